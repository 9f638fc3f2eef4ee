"""Few runs of the page at the same moment: Streamlit makes a thread for each, and many threads at once are slower than few."""

import asyncio
import threading
import time
from collections import deque

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

AT_ONCE = 5
"""Runs of pages at the same moment. Python uses one core, so more of them would only wait for each other."""

STUCK_SECONDS = 5.0
"""When none of them ends for so long, each waits for something outside: one more is let in, so that nobody is locked out."""

LOOK_SECONDS = 0.005
"""How often those that wait look, while any wait."""

_THREAD = "ScriptRunner.scriptThread"
_SHORT = 200
"""Bytes that a message about the state of a tab has at most."""


class Places:
    """The places of the runs at the same moment. Who waits longest gets the next one that is free."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[asyncio.Future[None], float]] = deque()
        self._coming = 0
        """Let in, and their threads are not there yet."""
        self._moved_at = 0.0
        self._letting_in: asyncio.Task[None] | None = None

    def longest_wait(self) -> float:
        """For how many seconds the one that came first has been waiting."""
        return time.monotonic() - self._waiting[0][1] if self._waiting else 0.0

    async def take(self) -> None:
        """Wait for a place. Say `came` when the thread is there, and counts by itself."""
        if not self._waiting and self._is_free():
            self._coming += 1
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((woken, time.monotonic()))
        if self._letting_in is None or self._letting_in.done():
            self._moved_at = time.monotonic()
            self._letting_in = asyncio.create_task(self._let_in())
        await woken

    def came(self) -> None:
        self._coming -= 1

    async def _let_in(self) -> None:
        while self._waiting:
            await asyncio.sleep(LOOK_SECONDS)
            while self._waiting and (self._is_free() or time.monotonic() - self._moved_at > STUCK_SECONDS):
                self._moved_at = time.monotonic()
                woken, _ = self._waiting.popleft()
                if not woken.done():  # otherwise the server ends
                    self._coming += 1
                    woken.set_result(None)

    def _is_free(self) -> bool:
        return self._coming + sum(thread.name == _THREAD for thread in threading.enumerate()) < AT_ONCE


class ScriptThreads:
    """ASGI middleware: what a tab asks for is heard when there is a place for the run of its page.

    A tab whose page runs already is heard at once: that run ends, and the next one goes on in its thread.
    """

    def __init__(self, app: ASGIApp, places: Places) -> None:
        self._app, self._places = app, places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        runs = is_coming = False

        def came() -> None:
            nonlocal is_coming
            if is_coming:
                self._places.came()
            is_coming = False

        async def received() -> Message:
            nonlocal is_coming
            came()  # Streamlit has started the thread when it asks for the next message
            message = await receive()
            if message["type"] == "websocket.receive" and not runs and _asks_for_a_run(message.get("bytes")):
                await self._places.take()
                is_coming = True
            return message

        async def sent(message: Message) -> None:
            nonlocal runs
            if message["type"] == "websocket.send":
                told = _tells_of_a_run(message.get("bytes"))
                runs = runs if told is None else told
            await send(message)

        try:
            await self._app(scope, received, sent)
        finally:
            came()


def _asks_for_a_run(message: bytes | None) -> bool:
    try:
        return bool(BackMsg.FromString(message or b"").HasField("rerun_script"))
    except Exception:
        return False  # Streamlit closes the connection for it


def _tells_of_a_run(message: bytes | None) -> bool | None:
    """Whether the tab's page runs from now on. None where the message is about something else."""
    if not message or len(message) > _SHORT:
        return None
    told = ForwardMsg.FromString(message)
    return bool(told.session_status_changed.script_is_running) if told.HasField("session_status_changed") else None
