"""The HTML of a page: Streamlit's own, with three things in it that a browser would otherwise find out late.

Below a page's own address, Streamlit's code asks for the server first. It is told that there is none, and waits a tenth of a
second before it asks next to the page. And it asks for the code that draws `st.html`, the first thing that is seen of a page,
only when that has come, and so for the code of the ledger, which is a file of the app. Where this does not fit another version
of Streamlit, its page stays as it is.
"""

import re
from functools import cache, partial
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from streamlit import file_util

from lessons.course.index import COURSE, LESSONS, START
from lessons.frame.entry import Entry
from lessons.ui.ledger.ledger_table import CODE, CODE_NAME

# Every page is one level below the server, also behind a proxy that adds something before it.
SERVER = '<script>window.__streamlit = {BACKEND_BASE_URL: new URL(".", location.href).href}</script>'
PRELOAD = '<link rel="modulepreload" crossorigin href="./{}">'
INSPECT = "inspect"
"""The page for your own sessions: it has a ledger too."""
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_IMPORTED = re.compile(r'from"\./([\w.-]+\.js)"')


def page_routes() -> list[Route]:
    """The routes of the addresses of all pages, and of the code of the ledger."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    above = f"/{base}/" if base else "/"
    pages = [Route(f"{above}{'' if page is START else page.slug}", partial(_page, page)) for page in COURSE]
    return [*pages, Route(f"{above}{CODE_NAME}", _ledger)]


async def _ledger(request: Request) -> Response:
    return Response(CODE, media_type="text/javascript", headers=FOR_EVER)


async def _page(page: Entry, request: Request) -> HTMLResponse:
    has_ledger = page in LESSONS or page.slug == INSPECT
    html = page_html(Path(file_util.get_static_dir()), has_ledger=has_ledger)
    return HTMLResponse(html, headers={"Cache-Control": "no-cache"})


@cache
def page_html(static: Path, *, has_ledger: bool = False) -> str:
    """The page in the folder of Streamlit's files, with what is said above."""
    page = (static / "index.html").read_text(encoding="utf-8")
    named = [f"static/js/{name}" for name in _code_of_html(static / "static" / "js", page)]
    preloads = "".join(map(PRELOAD.format, [*named, *[CODE_NAME] * has_ledger]))
    return page.replace("</title>", f"</title>{SERVER}", 1).replace("</head>", f"{preloads}</head>", 1)


def _code_of_html(folder: Path, page: str) -> list[str]:
    """The file that draws `st.html`, and those that it imports and that the page does not name."""
    for found in folder.glob("Html.*.js"):
        names = [found.name, *_IMPORTED.findall(found.read_text(encoding="utf-8"))]
        return [name for name in names if name not in page]
    return []
