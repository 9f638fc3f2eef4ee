"""What a visitor does reaches the page one after the other, so that nothing of it is lost.

Streamlit keeps one request for the next run of a page. Another one is merged with it: of two messages the first is lost. And
one that comes while the callbacks of a run go on ends them at whatever they draw. So a request waits here until the run before
it has taken what it was asked for: none is kept in Streamlit, and the callbacks are over.

What is done in a fragment while the page runs becomes a request for the whole page, which ends that run. Streamlit would let it
wait for the end, and a run can follow a reply for a minute.

A tab that goes ends its run, and what has not been taken would be lost. So its run ends only when all is taken.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary, ref

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner, ScriptRunnerEvent
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

ASK, STOP, EVENT, RUNNER = "request_rerun", "request_script_stop", "_on_scriptrunner_event", "_scriptrunner"
REQUESTS, STATE = "_requests", "_state"
"""Names of Streamlit, most of them private. Where one is missing, Streamlit keeps its own way."""


class InTurn:
    """The requests of one tab. All of it is used in the server's loop, except for `begin`, `draw` and `end`.

    `pass_on` gives Streamlit a request, and returns whether a run will come of it. `stop` has Streamlit end the run.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        pass_on: Callable[[ClientState], bool],
        stop: Callable[[], object],
    ) -> None:
        self._loop, self._pass_on, self._stop = loop, pass_on, stop
        self._waiting: deque[ClientState] = deque()
        self._runs = self._is_to_stop = False
        self._guard = threading.Lock()
        # The number of the request that was passed on last, and of the last one whose run has begun, has said so, was heard.
        self._asked = self._begun = self._told = self._taken = 0

    def ask(self, asked: ClientState) -> None:
        """Pass the request on, now or when those before it are taken."""
        if asked.is_auto_rerun:
            if self._all_is_taken():  # otherwise the run that is to come is enough
                self._pass_on(asked)
            return
        self._is_to_stop = False  # the tab is back
        self._waiting.append(asked)
        self._go_on()

    def stop(self) -> None:
        """End the run, now or when all requests are taken."""
        self._is_to_stop = True
        self._go_on()

    def begin(self, *, is_any_kept: Callable[[], bool]) -> None:
        """A run begins, in its own thread. `is_any_kept`: whether Streamlit keeps a request for a later run."""
        self._runs = True
        with self._guard:
            if not is_any_kept():
                self._begun = self._asked

    def end(self, *, another_follows: bool) -> None:
        """The run that has begun has ended, in its own thread."""
        self._runs = another_follows
        self.draw()

    def draw(self) -> None:
        """The callbacks of the run that has begun are over, in its own thread."""
        if self._told != self._begun:
            self._told = self._begun
            try:
                self._loop.call_soon_threadsafe(self._take, self._told)
            except RuntimeError:
                if not self._loop.is_closed():  # the server ends
                    raise

    def _take(self, number: int) -> None:
        self._taken = max(self._taken, number)
        self._go_on()

    def _go_on(self) -> None:
        while self._waiting and self._taken == self._asked:
            self._give(self._waiting.popleft())
        if self._is_to_stop and self._all_is_taken():
            self._is_to_stop = False
            self._stop()

    def _all_is_taken(self) -> bool:
        return self._taken == self._asked and not self._waiting

    def _give(self, asked: ClientState) -> None:
        comes = False
        with self._guard:  # so that no run that began before is taken for the one that is asked for
            self._asked += 1
            try:
                comes = self._pass_on(_of_the_whole_page(asked) if self._runs else asked)
            finally:
                if not comes:
                    self._taken = self._asked


def take_requests_in_turn(loop: asyncio.AbstractEventLoop) -> None:
    """Have every tab pass its requests on one after the other."""
    if not all(hasattr(AppSession, name) for name in (ASK, STOP, EVENT)):
        return
    ask_streamlit, stop_streamlit, tell_streamlit = (getattr(AppSession, name) for name in (ASK, STOP, EVENT))
    of_tab = WeakKeyDictionary[AppSession, InTurn]()

    def ask(tab: AppSession, asked: ClientState | None) -> None:
        if asked is None:
            ask_streamlit(tab, asked)
            return
        in_turn = of_tab.get(tab)
        if in_turn is None:
            known = ref(tab)  # otherwise what is kept for the tab would keep the tab
            in_turn = of_tab[tab] = InTurn(loop, partial(give, known), partial(end, known))
        in_turn.ask(asked)

    def give(known: "ref[AppSession]", asked: ClientState) -> bool:
        tab = known()
        if tab is not None:
            ask_streamlit(tab, asked)
        return (
            tab is not None and _runner(tab) is not None
        )  # None: the fragment is no longer there, or the tab has gone

    def end(known: "ref[AppSession]") -> None:
        tab = known()
        if tab is not None:
            stop_streamlit(tab)

    def stop(tab: AppSession) -> None:
        in_turn = of_tab.get(tab)
        if in_turn is None:
            stop_streamlit(tab)
        else:
            in_turn.stop()

    def tell(tab: AppSession, sender: ScriptRunner, event: ScriptRunnerEvent, **what: Any) -> None:
        in_turn = of_tab.get(tab)
        if in_turn is not None and sender is _runner(tab):
            if event is ScriptRunnerEvent.SCRIPT_STARTED:
                in_turn.begin(is_any_kept=lambda: _keeps_a_request(sender))
            elif event is not ScriptRunnerEvent.ENQUEUE_FORWARD_MSG:
                in_turn.end(another_follows=event is ScriptRunnerEvent.SCRIPT_STOPPED_FOR_RERUN)
            elif _callbacks_are_over():
                in_turn.draw()
        tell_streamlit(tab, sender, event, **what)

    setattr(AppSession, ASK, ask)
    setattr(AppSession, STOP, stop)
    setattr(AppSession, EVENT, tell)


def _of_the_whole_page(asked: ClientState) -> ClientState:
    whole = ClientState()
    whole.CopyFrom(asked)
    whole.fragment_id = ""
    return whole


def _runner(tab: AppSession) -> ScriptRunner | None:
    """What runs the page; None while it does not run."""
    runner: ScriptRunner | None = getattr(tab, RUNNER, None)
    return runner


def _keeps_a_request(runner: ScriptRunner) -> bool:
    return getattr(getattr(runner, REQUESTS, None), STATE, None) is ScriptRequestType.RERUN


def _callbacks_are_over() -> bool:
    run = get_script_run_ctx()
    return run is not None and run.has_script_started
