"""What happens when the server starts, before the first page: the process and the data folder are prepared, a browser opens."""

import asyncio
import logging
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from lessons.kit.descriptors import prepare_process
from lessons.kit.imports import load_sdk
from lessons.kit.visitors.workspace import close_to_others
from lessons.ui.server.admission import Admission

ADMISSION = Middleware(Admission)


@asynccontextmanager
async def around_the_server(app: st.App) -> AsyncIterator[None]:
    """The life of the server. As without an `st.App`, a browser opens its page, unless it is headless.

    The SDK is imported before the first visitor comes: a page, a turn and a store each import parts of it when they need them,
    and two that do so at the same moment can meet half a module.
    """
    prepare_process()
    load_sdk()
    still_open = close_to_others()
    if still_open:
        logging.getLogger(__name__).warning(still_open)
    opening = None
    if not st.get_option("server.headless"):
        opening = asyncio.create_task(asyncio.to_thread(webbrowser.open, _address()))
    yield
    if opening is not None:
        opening.cancel()


def _address() -> str:
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    host = st.get_option("browser.serverAddress") or "localhost"
    path = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"{scheme}://{host}:{st.get_option('server.port')}/{path}"
