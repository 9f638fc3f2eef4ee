"""The HTML of a page: Streamlit's own, with two things in it that a browser would otherwise find out late.

Below a page's own address, Streamlit's code asks for the server first. It is told that there is none, and waits a tenth of a
second before it asks next to the page. And it asks for the code that draws `st.html`, the first thing that is seen of a page,
only when that has come. Where this does not fit another version of Streamlit, its page stays as it is.
"""

import re
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from streamlit import file_util

from lessons.course.index import COURSE, START

# Every page is one level below the server, also behind a proxy that adds something before it.
SERVER = '<script>window.__streamlit = {BACKEND_BASE_URL: new URL(".", location.href).href}</script>'
PRELOAD = '<link rel="modulepreload" crossorigin href="./static/js/{}">'
_IMPORTED = re.compile(r'from"\./([\w.-]+\.js)"')


def page_routes() -> list[Route]:
    """The routes of the addresses of all pages."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return [Route(f"{base and f'/{base}'}/{'' if page is START else page.slug}", _page) for page in COURSE]


async def _page(request: Request) -> HTMLResponse:
    return HTMLResponse(page_html(Path(file_util.get_static_dir())), headers={"Cache-Control": "no-cache"})


@cache
def page_html(static: Path) -> str:
    """The page in the folder of Streamlit's files, with what is said above."""
    page = (static / "index.html").read_text(encoding="utf-8")
    preloads = "".join(map(PRELOAD.format, _code_of_html(static / "static" / "js", page)))
    return page.replace("</title>", f"</title>{SERVER}", 1).replace("</head>", f"{preloads}</head>", 1)


def _code_of_html(folder: Path, page: str) -> list[str]:
    """The file that draws `st.html`, and those that it imports and that the page does not name."""
    for found in folder.glob("Html.*.js"):
        names = [found.name, *_IMPORTED.findall(found.read_text(encoding="utf-8"))]
        return [name for name in names if name not in page]
    return []
