"""The icon of the browser's tab, at the address where Streamlit's own is.

`st.set_page_config(page_icon=)` imports numpy and PIL before the first page is drawn, and sends the icon with every run.
"""

from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

ICON = Path(__file__).with_name("icon.svg")
A_DAY = {"Cache-Control": "public, max-age=86400"}


def favicon_route() -> Route:
    """The route of the address that Streamlit's page names. It ends in .png, although the icon is an SVG."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return Route(f"/{base}/favicon.png" if base else "/favicon.png", _icon)


async def _icon(request: Request) -> FileResponse:
    return FileResponse(ICON, media_type="image/svg+xml", headers=A_DAY)
