"""What happens when the server starts, before the first page: the process and the data folder are prepared, a browser opens."""

import asyncio
import logging
import signal
import socket
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from types import FrameType

import streamlit as st
import uvicorn
from anyio import to_thread
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

from lessons.kit.descriptors import prepare_process
from lessons.kit.imports import load_in_background
from lessons.kit.visitors.workspace import close_to_others
from lessons.ui.server.admission import Admission
from lessons.ui.server.compressing import compress_with_more_in_view
from lessons.ui.server.flushing import flush_in_one_go, write_together
from lessons.ui.server.kept_messages import send_again_what_may_be_gone
from lessons.ui.server.repeated_work import keep_settings, keep_style_check, look_up_one_value
from lessons.ui.server.requests_in_turn import take_requests_in_turn
from lessons.ui.server.script_threads import Places, ScriptThreads

_PLACES = Places()
MIDDLEWARE = [
    Middleware(Admission, longest_wait=_PLACES.longest_wait),
    Middleware(ScriptThreads, places=_PLACES),
]

PAGES = ("lessons.ui.page.sidebar", "lessons.ui.start.start_page", "lessons.ui.page.lesson_page")
"""The modules that draw the pages that most visitors see first. None imports the SDK."""

FILE_THREADS = 2
"""Threads that read the files of the page. Each is read for a millisecond; Streamlit would take up to thirty."""


@asynccontextmanager
async def around_the_server(app: st.App) -> AsyncIterator[None]:
    """The life of the server. As without an `st.App`, a browser opens its page, unless it is headless.

    The first pages are drawn while the SDK is still being loaded, and say so. What draws them is imported before that: two
    threads that import at the same moment make each other wait.
    """
    prepare_process()
    tasks: list[asyncio.Task[object]] = []
    server = _server()
    if server is not None:
        _end_quietly(server)
        tasks.append(asyncio.create_task(send_small_at_once(server)))
    compress_with_more_in_view()
    keep_settings()
    keep_style_check()
    look_up_one_value()
    # Otherwise the first visitor's page runs once without the entry, and only then as it should (navigation.through_the_entry).
    PagesManager.uses_pages_directory = False
    flush_in_one_go(asyncio.get_running_loop())
    write_together()
    send_again_what_may_be_gone()  # after it: each passes on to what is there
    take_requests_in_turn(asyncio.get_running_loop())
    to_thread.current_default_thread_limiter().total_tokens = FILE_THREADS
    for page in PAGES:
        import_module(page)
    load_in_background()
    still_open = close_to_others()
    if still_open:
        logging.getLogger(__name__).warning(still_open)
    if not st.get_option("server.headless"):
        tasks.append(asyncio.create_task(asyncio.to_thread(webbrowser.open, _address())))
    yield
    for task in tasks:
        task.cancel()


def _server() -> uvicorn.Server | None:
    """The server that runs the app, None if it is not the one that Streamlit starts."""
    server = getattr(signal.getsignal(signal.SIGINT), "__self__", None)
    return server if isinstance(server, uvicorn.Server) else None


async def send_small_at_once(server: uvicorn.Server) -> None:
    """Have the system send each message at once, and not wait up to 40 ms until the browser has confirmed the one before it.

    Every connection has the setting of the socket that it came in on. asyncio does not set it on sockets that are made as
    Streamlit makes them.
    """
    while not server.started:
        await asyncio.sleep(0.01)
    for listening in server.servers:
        for one in listening.sockets:
            with suppress(OSError):  # not a socket of TCP
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _end_quietly(server: uvicorn.Server) -> None:
    """Have Ctrl+C end the server, and nothing else.

    uvicorn raises the signal once more at its end, which `streamlit run` reports as "Aborted!", with status 1.
    """

    def end(signal_number: int, frame: FrameType | None) -> None:
        server.force_exit = server.should_exit  # pressed again: what is open is not waited for
        server.should_exit = True

    signal.signal(signal.SIGINT, end)  # uvicorn puts the former handler back when it ends


def _address() -> str:
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    host = st.get_option("browser.serverAddress") or "localhost"
    path = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"{scheme}://{host}:{st.get_option('server.port')}/{path}"
