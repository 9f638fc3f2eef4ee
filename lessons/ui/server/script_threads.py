"""Few runs of the page at the same moment: Streamlit makes a thread for each, and many threads at once are slower than few."""

import asyncio
import threading
import time
from collections import deque
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from lessons.ui.server.waiting_words import no_words, words

AT_ONCE = 5
"""How many pages run at the same moment. Python uses one core, so more of them would only wait for each other."""

STUCK_SECONDS = 5.0
"""When none of them ends for this long, each waits for something outside: one more is let in, so that nobody is locked out."""

LOOK_SECONDS = 0.005
"""How often a free place is looked for, while any run waits."""

WORDS_SECONDS = 2.0
"""A tab that has waited so long is told why, and again after the same time, with the number of pages before it."""

KEPT = 20
"""How many messages of a waiting tab are kept; later ones stay in its connection."""

ONCE = ("trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value")
"""The kinds of values that a tab sends once, and not again with each request."""

_NOTHING = WidgetState()
_THREAD = "ScriptRunner.scriptThread"
_SHORT = 200
"""The most bytes of a message about the state of a tab."""


class Places:
    """The places for runs at the same moment. The run that has waited longest gets the next free place."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[asyncio.Future[None], float]] = deque()
        self._coming = 0
        """How many runs were let in whose threads have not started yet."""
        self._moved_at = 0.0
        self._letting_in: asyncio.Task[None] | None = None

    def longest_wait(self) -> float:
        """For how many seconds the first of those that wait has been waiting."""
        return time.monotonic() - self._waiting[0][1] if self._waiting else 0.0

    def ask(self) -> asyncio.Future[None]:
        """Ask for a place: it is given when the future is done. Call `came` once the thread has started, which then counts."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not self._waiting and self._is_free():
            self._coming += 1
            woken.set_result(None)
            return woken
        self._waiting.append((woken, time.monotonic()))
        if self._letting_in is None or self._letting_in.done():
            self._moved_at = time.monotonic()
            self._letting_in = asyncio.create_task(self._let_in())
        return woken

    def give_up(self, woken: asyncio.Future[None]) -> None:
        """The tab that asked has gone."""
        if not woken.cancel():
            self._coming -= 1

    def before(self, woken: asyncio.Future[None]) -> int:
        """How many of those that wait came before this one."""
        count = 0
        for other, _ in self._waiting:
            if other is woken:
                break
            count += not other.done()
        return count

    def came(self) -> None:
        self._coming -= 1

    async def _let_in(self) -> None:
        while self._waiting:
            await asyncio.sleep(LOOK_SECONDS)
            while self._waiting and (self._is_free() or time.monotonic() - self._moved_at > STUCK_SECONDS):
                self._moved_at = time.monotonic()
                woken, _ = self._waiting.popleft()
                if not woken.done():  # otherwise its tab has gone
                    self._coming += 1
                    woken.set_result(None)

    def _is_free(self) -> bool:
        return self._coming + sum(thread.name == _THREAD for thread in threading.enumerate()) < AT_ONCE


class ScriptThreads:
    """ASGI middleware: passes on a tab's request for a run of its page when there is a place for the run.

    If the tab's page runs already, the request is passed on at once: that run ends, and the next one uses its thread. If the
    tab goes while it waits, its requests are dropped, unless one does something that would be lost.
    """

    def __init__(self, app: ASGIApp, places: Places) -> None:
        self._app, self._places = app, places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        tab = _Tab(self._places, receive, send)
        try:
            await self._app(scope, tab.received, tab.sent)
        finally:
            tab.leave()


class _Tab:
    """The connection of one tab."""

    def __init__(self, places: Places, receive: Receive, send: Send) -> None:
        self._places, self._receive, self._send = places, receive, send
        self._runs = self._is_coming = False
        self._kept: deque[Message] = deque()
        """What came while the tab waited for its place."""
        self._next: asyncio.Task[Message] | None = None

    async def received(self) -> Message:
        """The next message, once it may be passed on."""
        self._came()  # Streamlit has started the thread when it asks for the next message
        message = self._kept.popleft() if self._kept else await self._come()
        if _run_asked_for(message) is None or self._runs:
            return message
        place = self._places.ask()
        try:
            still_here = await self._wait_for(place)
        except BaseException:
            self._places.give_up(place)
            raise
        if not still_here:
            self._places.give_up(place)
            if not any(map(_does_something, (message, *self._kept))):
                return self._kept.pop()
        self._is_coming = still_here
        self._runs = True  # before Streamlit says that it runs, so that what comes next ends it too
        return message

    async def sent(self, message: Message) -> None:
        if message["type"] == "websocket.send":
            told = _tells_of_a_run(message.get("bytes"))
            self._runs = self._runs if told is None else told
        await self._send(message)

    def leave(self) -> None:
        self._came()
        if self._next is not None:
            self._next.cancel()

    async def _wait_for(self, place: asyncio.Future[None]) -> bool:
        """Wait for the place, and tell the tab in words why it waits. False where the tab has gone."""
        told, due = False, time.monotonic() + WORDS_SECONDS
        while not place.done():
            wanted: set[asyncio.Future[Any]] = {place}
            if len(self._kept) < KEPT:
                self._next = self._next or asyncio.ensure_future(self._receive())
                wanted.add(self._next)
            done, _ = await asyncio.wait(
                wanted, timeout=max(0.0, due - time.monotonic()), return_when=asyncio.FIRST_COMPLETED
            )
            if self._next in done and not self._keep(await self._come()):
                return False
            if not done:
                await self._send({"type": "websocket.send", "bytes": words(self._places.before(place))})
                told, due = True, time.monotonic() + WORDS_SECONDS
        if told:
            await self._send({"type": "websocket.send", "bytes": no_words()})
        return True

    async def _come(self) -> Message:
        coming, self._next = self._next, None
        return await (coming or self._receive())

    def _keep(self, message: Message) -> bool:
        """Keep what has come for later. False where the tab has gone.

        Requests of a timer are not kept: a page with a timer sends them while it waits too, and the run it waits for is enough.
        """
        asked = _run_asked_for(message)
        if asked is None or not asked.is_auto_rerun:
            self._kept.append(message)
        return bool(message["type"] != "websocket.disconnect")

    def _came(self) -> None:
        if self._is_coming:
            self._places.came()
        self._is_coming = False


def _run_asked_for(message: Message) -> ClientState | None:
    """The run of the page that a tab asks for. None if the message is about something else."""
    if message["type"] != "websocket.receive":
        return None
    try:
        asked = BackMsg.FromString(message.get("bytes") or b"")
    except Exception:
        return None  # Streamlit closes the connection for it
    return asked.rerun_script if asked.HasField("rerun_script") else None


def _does_something(message: Message) -> bool:
    """Whether it asks for something that happens once, as a message to the agent or a click does: it would be lost."""
    asked = _run_asked_for(message)
    return asked is not None and any(
        (kind := state.WhichOneof("value")) in ONCE and getattr(state, kind) != getattr(_NOTHING, kind)
        for state in asked.widget_states.widgets
    )


def _tells_of_a_run(message: bytes | None) -> bool | None:
    """Whether the tab's page runs from now on. None if the message is about something else."""
    if not message or len(message) > _SHORT:
        return None
    told = ForwardMsg.FromString(message)
    return bool(told.session_status_changed.script_is_running) if told.HasField("session_status_changed") else None
