"""Lets in as many tabs as the process has descriptors and time for. Those that come after them get an explanation."""

import time
from collections import deque
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from lessons.kit.descriptors import NO_ROOM_TEXT, SPARE, left

TAB = 4
"""Descriptors of a tab: its connection, two of the event loop that Streamlit makes for it, and one for a file."""

LAST = 12
"""How many descriptors must be free when a tab connects: the open tabs need them for their turns. For a page it is SPARE."""

COMING_SECONDS = 10.0
"""A browser that was given the page connects within this time."""

BUSY_SECONDS = 8.0
"""While open pages wait longer than this to be drawn, no new page is let in."""

AGAIN_SECONDS = 10

BUSY_TEXT = f"""The server is busy: more people use it at the moment than it can draw pages for.
What is stored is kept, and every turn that runs goes on.
This page tries again by itself in {AGAIN_SECONDS} seconds.
"""

_NOT_PAGES = ("/_stcore/", "/static/", "/media/", "/component/")


class Admission:
    """ASGI middleware: answers 503, with words, if a page or the connection of a tab would take the last descriptors.

    It answers the same for a page while those that are open wait too long to be drawn (`longest_wait`).

    Tabs that were let in and have not opened their descriptors yet are counted, so that forty tabs at the same moment are not
    all let in on the same free ones.
    """

    def __init__(self, app: ASGIApp, longest_wait: Callable[[], float]) -> None:
        self._app, self._longest_wait = app, longest_wait
        self._coming: deque[float] = deque()
        self._connecting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_page(scope):
            if self._left() - TAB * len(self._coming) < SPARE:
                await _full()(scope, receive, send)
                return
            if self._longest_wait() > BUSY_SECONDS:
                await _busy()(scope, receive, send)
                return
            self._coming.append(time.monotonic())
        if scope["type"] == "websocket":
            await self._connect(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._left() < LAST:
            await WebSocket(scope, receive, send).send_denial_response(_full())
            return
        if self._coming:
            self._coming.popleft()
        self._connecting += 1
        is_connecting = True

        def connected() -> None:
            nonlocal is_connecting
            self._connecting -= is_connecting
            is_connecting = False

        async def sent(message: Message) -> None:
            if message["type"] == "websocket.send":  # its descriptors are open by now
                connected()
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            connected()

    def _left(self) -> int:
        now = time.monotonic()
        while self._coming and self._coming[0] < now - COMING_SECONDS:
            self._coming.popleft()
        return left() - TAB * self._connecting


def _is_page(scope: Scope) -> bool:
    """Whether a browser asks for a page to show, and not for a part of one."""
    wanted = Headers(scope=scope).get("accept", "")
    return "text/html" in wanted and not scope["path"].startswith(_NOT_PAGES)


def _full() -> PlainTextResponse:
    return PlainTextResponse(NO_ROOM_TEXT, status_code=503, headers={"Retry-After": "60"})


def _busy() -> PlainTextResponse:
    again = str(AGAIN_SECONDS)
    return PlainTextResponse(BUSY_TEXT, status_code=503, headers={"Retry-After": again, "Refresh": again})
