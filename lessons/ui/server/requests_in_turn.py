"""What a visitor does reaches the page one after the other, so that nothing of it is lost.

Streamlit keeps one request for the next run of a page. Another one is merged with it: of two messages the first is lost. And
one that comes while the callbacks of a run go on ends them at whatever they draw. So a request waits here until the run before
it has taken what it was asked for: none is kept in Streamlit, and the callbacks are over.

What is done in a fragment while the page runs becomes a request for the whole page, which ends that run. Streamlit would let it
wait for the end, and a run can follow a reply for a minute.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner, ScriptRunnerEvent
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

ASK, EVENT, RUNNER = "request_rerun", "_on_scriptrunner_event", "_scriptrunner"
REQUESTS, STATE = "_requests", "_state"
"""Names of Streamlit, most of them private. Where one is missing, Streamlit keeps its own way."""


class InTurn:
    """The requests of one tab. All of it is used in the server's loop, except for `begin` and `draw`.

    `pass_on` gives Streamlit a request, and returns whether a run will come of it.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, pass_on: Callable[[ClientState], bool]) -> None:
        self._loop, self._pass_on = loop, pass_on
        self._waiting: deque[ClientState] = deque()
        self._guard = threading.Lock()
        # The number of the request that was passed on last, and of the last one whose run has begun, has said so, was heard.
        self._asked = self._begun = self._told = self._taken = 0

    def ask(self, asked: ClientState) -> None:
        """Pass the request on, now or when those before it are taken."""
        is_free = self._taken == self._asked
        if asked.is_auto_rerun:
            if is_free:  # otherwise the run that is to come is enough
                self._pass_on(asked)
        elif is_free:
            self._give(asked)
        else:
            self._waiting.append(asked)

    def begin(self, *, is_any_kept: Callable[[], bool]) -> None:
        """A run begins, in its own thread. `is_any_kept`: whether Streamlit keeps a request for a later run."""
        with self._guard:
            if not is_any_kept():
                self._begun = self._asked

    def draw(self) -> None:
        """The run that has begun draws or has ended, in its own thread, so its callbacks are over."""
        if self._told != self._begun:
            self._told = self._begun
            try:
                self._loop.call_soon_threadsafe(self._take, self._told)
            except RuntimeError:
                if not self._loop.is_closed():  # the server ends
                    raise

    def _give(self, asked: ClientState) -> None:
        with self._guard:  # so that no run that began before is taken for the one that is asked for
            self._asked += 1
            if not self._pass_on(asked):
                self._taken = self._asked

    def _take(self, number: int) -> None:
        if number != self._asked:
            return
        self._taken = number
        if self._waiting:
            self._give(self._waiting.popleft())


def take_requests_in_turn(loop: asyncio.AbstractEventLoop) -> None:
    """Have every tab pass its requests on one after the other."""
    if not (hasattr(AppSession, ASK) and hasattr(AppSession, EVENT)):
        return
    ask_streamlit, tell_streamlit = getattr(AppSession, ASK), getattr(AppSession, EVENT)
    of_tab = WeakKeyDictionary[AppSession, InTurn]()

    def ask(tab: AppSession, asked: ClientState | None) -> None:
        if asked is None:
            ask_streamlit(tab, asked)
            return
        in_turn = of_tab.get(tab)
        if in_turn is None:
            in_turn = of_tab[tab] = InTurn(loop, lambda given: _give_streamlit(tab, given, ask_streamlit))
        in_turn.ask(asked)

    def tell(tab: AppSession, sender: ScriptRunner, event: ScriptRunnerEvent, **what: Any) -> None:
        in_turn = of_tab.get(tab)
        if in_turn is not None and sender is _runner(tab):
            if event is ScriptRunnerEvent.SCRIPT_STARTED:
                in_turn.begin(is_any_kept=lambda: _keeps_a_request(sender))
            elif event is not ScriptRunnerEvent.ENQUEUE_FORWARD_MSG or _callbacks_are_over():
                in_turn.draw()
        tell_streamlit(tab, sender, event, **what)

    setattr(AppSession, ASK, ask)
    setattr(AppSession, EVENT, tell)


def _give_streamlit(tab: AppSession, asked: ClientState, ask_streamlit: Callable[..., None]) -> bool:
    if _runner(tab) is not None and asked.fragment_id and not asked.is_auto_rerun:
        of_fragment, asked = asked, ClientState()
        asked.CopyFrom(of_fragment)
        asked.fragment_id = ""
    ask_streamlit(tab, asked)
    return _runner(tab) is not None  # None: the fragment is no longer there, or the tab has gone


def _runner(tab: AppSession) -> ScriptRunner | None:
    """What runs the page; None while it does not run."""
    runner: ScriptRunner | None = getattr(tab, RUNNER, None)
    return runner


def _keeps_a_request(runner: ScriptRunner) -> bool:
    return getattr(getattr(runner, REQUESTS, None), STATE, None) is ScriptRequestType.RERUN


def _callbacks_are_over() -> bool:
    run = get_script_run_ctx()
    return run is not None and run.has_script_started
