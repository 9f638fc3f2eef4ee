"""How the messages that pages draw get from their threads into Streamlit's loop, and how the loop sends them.

Streamlit wakes its loop for each message: the thread that draws writes to a socket, releases Python's lock (the GIL), and gets
it back once the loop has sent that one message. Under load it takes 5 ms until the loop has the lock again. So the loop sent
200 messages a second, and what 300 visitors saw was up to 30 seconds old. Here messages come into the loop together, and are
sent one after the other, with one call of the system for all of them.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

from streamlit.runtime import runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.script_runner import ScriptRunnerEvent

NAME = "asyncio"
EVENT, HANDLE, WAKE = "_on_scriptrunner_event", "_handle_scriptrunner_event_on_event_loop", "_message_enqueued_callback"
"""Private names of Streamlit. If one of them is missing, Streamlit keeps its own way."""

MODULE, PROTOCOL = "uvicorn.protocols.websockets.websockets_sansio_impl", "WebSocketsSansIOProtocol"
"""The connection of a tab. A uvicorn without it keeps its own way."""

IN_ONE_GO_SECONDS = 0.005
"""How long messages are sent before the loop does anything else: as long as it can wait for a thread that draws."""

TOGETHER_SECONDS = 0.01
"""How long a message of a page waits for the next ones. When a run and its thread end, all of them are passed on at once."""

START_SECONDS = 0.05
"""How long the start of a run waits for its first element. Alone, it has a browser draw its whole page again, twice: a run has
begun, and it is running. What a short turn has drawn waits until that is done."""

KEPT_BYTES = 65_536
"""The most bytes that are kept to be written together."""

WAIT = (
    ScriptRunnerEvent.SCRIPT_STARTED,
    ScriptRunnerEvent.ENQUEUE_FORWARD_MSG,
    ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS,
    ScriptRunnerEvent.FRAGMENT_STOPPED_WITH_SUCCESS,
)
"""The events of a run that may wait, since another one follows.

The end of a run waits for the end of its thread. What a visitor asks for once the browser knows of the end would otherwise find
a page that still counts as running: the whole page was drawn, and not the part that was asked for.
"""


class FewerMoments:
    """The module asyncio, in which `sleep` does nothing until IN_ONE_GO_SECONDS have passed, and never waits for longer.

    Streamlit waits 5 ms between two rounds, so that one round has more messages. They come together already.
    """

    def __init__(self) -> None:
        self._last = float("-inf")

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        if seconds == 0 and time.monotonic() - self._last < IN_ONE_GO_SECONDS:
            return
        await asyncio.sleep(0)
        self._last = time.monotonic()


class Together:
    """The events of the runs of one tab: kept for a moment, and then passed to the loop in the same order."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._kept: deque[Callable[[], object]] = deque()
        self._is_due = False
        self._alone_until = 0.0

    def tell(self, call: Callable[[], object], *, may_wait: bool, is_start: bool = False) -> Callable[[], None] | None:
        """Keep this call. Returns what the loop must be woken to do, None if that is planned already. From any thread."""
        self._kept.append(call)
        self._alone_until = time.monotonic() + START_SECONDS if is_start else 0.0
        if not may_wait:
            return self._all
        if self._is_due:
            return None
        self._is_due = True
        return self._begin

    def _begin(self) -> None:
        self._loop.call_later(TOGETHER_SECONDS, self._due)

    def _due(self) -> None:
        if time.monotonic() < self._alone_until:  # only the start of a run is kept
            self._begin()
            return
        self._is_due = False  # first, so that a call that comes from now on is planned again
        self._all()

    def _all(self) -> None:
        while self._kept:
            try:
                self._kept.popleft()()
            except Exception as error:
                self._loop.call_exception_handler({"message": "An event of a page failed", "exception": error})


class Once:
    """Passes on the first of many calls at the same moment. From any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
        self._loop, self._call = loop, call
        self._is_due = False

    def __call__(self) -> None:
        if not self._is_due:
            self._is_due = True
            _wake(self._loop, self._do)

    def _do(self) -> None:
        self._is_due = False  # first, so that a call that comes from now on is passed on again
        self._call()


class WritesTogether:
    """The transport of a connection: what is written in one moment of the loop goes to the system at the end of it."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._kept: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._kept:
            self._loop.call_soon(self._flush)
        self._kept.append(data)
        self._size += len(data)
        if self._size > KEPT_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        kept, self._kept, self._size = self._kept, [], 0
        if kept:
            self._transport.write(b"".join(kept))


def write_together() -> None:
    """Have the connections of tabs that are opened from now on write like this."""
    with suppress(ImportError):
        protocol = getattr(import_module(MODULE), PROTOCOL, None)
        if protocol is not None:
            protocol.connection_made = _connected(protocol.connection_made)


def _connected(made: Callable[..., None]) -> Callable[..., None]:
    def connection_made(connection: Any, transport: asyncio.Transport) -> None:
        made(connection, transport)
        connection.transport = WritesTogether(transport, connection.loop)

    return connection_made


def flush_in_one_go(loop: asyncio.AbstractEventLoop) -> None:
    """Have Streamlit's loop take messages of pages together, and do everything else once in IN_ONE_GO_SECONDS."""
    setattr(runtime, NAME, FewerMoments())
    if hasattr(AppSession, EVENT) and hasattr(AppSession, HANDLE):
        setattr(AppSession, EVENT, _teller(loop))


def _teller(loop: asyncio.AbstractEventLoop) -> Callable[..., None]:
    of_tab: WeakKeyDictionary[AppSession, Together] = WeakKeyDictionary()

    def tell(tab: AppSession, sender: object, event: ScriptRunnerEvent, **what: Any) -> None:
        together = of_tab.get(tab)
        if together is None:
            together = of_tab.setdefault(tab, Together(loop))
            if wake := getattr(tab, WAKE, None):
                setattr(tab, WAKE, Once(loop, wake))  # otherwise Streamlit wakes its loop again for each message
        call = partial(getattr(tab, HANDLE), sender, event, **what)
        begin = together.tell(call, may_wait=event in WAIT, is_start=event is ScriptRunnerEvent.SCRIPT_STARTED)
        if begin is not None:
            _wake(loop, begin)

    return tell


def _wake(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    """From any thread. A page can still draw when the server ends: nobody sees it any more."""
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        if not loop.is_closed():
            raise
