"""What visitors do reaches their page one after the other. On a real server: tests/ui/page/test_run_of_a_message.py."""

import asyncio
from collections.abc import Callable

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.script_runner import ScriptRunnerEvent
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests

from lessons.ui.server import requests_in_turn
from lessons.ui.server.requests_in_turn import ASK, EVENT, InTurn, take_requests_in_turn

START, DRAW, END = (
    ScriptRunnerEvent.SCRIPT_STARTED,
    ScriptRunnerEvent.ENQUEUE_FORWARD_MSG,
    ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS,
)


def message(text: str) -> ClientState:
    """Sent in the fragment of the ledger."""
    asked = ClientState(fragment_id="ledger")
    asked.widget_states.widgets.add(id="message").chat_input_value.data = text
    return asked


def text_of(asked: ClientState) -> str:
    return asked.widget_states.widgets[0].chat_input_value.data if asked.widget_states.widgets else "timer"


class Runner:
    """What runs a page in Streamlit, as far as it keeps requests."""

    def __init__(self) -> None:
        self._requests = ScriptRequests()


class Run:
    has_script_started = False


class Tab:
    """A tab of Streamlit, whose page runs when a test says so."""

    def __init__(self) -> None:
        self._scriptrunner: Runner | None = None
        self.asked: list[ClientState] = []

    def request_rerun(self, asked: ClientState) -> None:
        self.asked.append(asked)
        data = RerunData(widget_states=asked.widget_states)
        if self._scriptrunner is None or not self._scriptrunner._requests.request_rerun(data):
            self._scriptrunner = Runner()
            self._scriptrunner._requests.request_rerun(data)

    def tell(self, event: ScriptRunnerEvent) -> None:
        getattr(AppSession, EVENT)(self, self._scriptrunner, event)

    async def begin(self) -> None:
        """The next run takes what is kept, and begins."""
        assert self._scriptrunner is not None
        self._scriptrunner._requests.on_scriptrunner_ready()
        self.tell(START)
        await asyncio.sleep(0)

    async def hear(self, event: ScriptRunnerEvent) -> None:
        self.tell(event)
        await asyncio.sleep(0)

    def texts(self) -> list[str]:
        return [text_of(asked) for asked in self.asked]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """The run of the page, whose callbacks go on until the script has started."""
    run = Run()
    monkeypatch.setattr(requests_in_turn, "get_script_run_ctx", lambda: run)
    monkeypatch.setattr(AppSession, ASK, lambda tab, asked: tab.request_rerun(asked))
    monkeypatch.setattr(AppSession, EVENT, lambda tab, sender, event, **what: None)
    return run


def in_tab(test: Callable[..., object]) -> None:
    async def with_loop() -> None:
        take_requests_in_turn(asyncio.get_running_loop())
        await test(Tab(), getattr(AppSession, ASK))

    asyncio.run(with_loop())


def test_a_message_waits_until_the_callbacks_of_the_run_that_took_the_one_before_are_over(run: Run):
    async def test(tab, ask):
        ask(tab, message("first"))
        ask(tab, message("second"))
        ask(tab, message("third"))
        await tab.begin()
        await tab.hear(DRAW)  # a callback has changed the address
        assert tab.texts() == ["first"]
        run.has_script_started = True
        await tab.hear(DRAW)
        assert tab.texts() == ["first", "second"]
        await tab.hear(DRAW)
        assert tab.texts() == ["first", "second"]
        await tab.begin()
        await tab.hear(DRAW)
        assert tab.texts() == ["first", "second", "third"]

    in_tab(test)


def test_a_run_that_began_before_the_message_came_is_not_the_one_that_takes_it(run: Run):
    async def test(tab, ask):
        run.has_script_started = True
        ask(tab, message("first"))
        await tab.begin()
        await tab.hear(DRAW)
        ask(tab, message("second"))
        ask(tab, message("third"))
        await tab.hear(DRAW)
        tab.tell(START)  # a run that was asked for by the page itself
        await tab.hear(DRAW)
        assert tab.texts() == ["first", "second"]
        await tab.begin()
        await tab.hear(DRAW)
        assert tab.texts() == ["first", "second", "third"]

    in_tab(test)


def test_a_run_that_ends_without_drawing_has_taken_its_message_and_another_runner_is_not_heard(run: Run):
    async def test(tab, ask):
        stopped = tab._scriptrunner = Runner()
        stopped._requests.request_stop()
        ask(tab, message("first"))
        ask(tab, message("second"))
        for event in (START, END):
            getattr(AppSession, EVENT)(tab, stopped, event)
        await asyncio.sleep(0)
        assert tab.texts() == ["first"]
        await tab.begin()
        await tab.hear(END)
        assert tab.texts() == ["first", "second"]

    in_tab(test)


def test_a_timer_asks_only_when_nothing_that_was_done_waits(run: Run):
    async def test(tab, ask):
        timer = ClientState(fragment_id="live", is_auto_rerun=True)
        ask(tab, message("first"))
        ask(tab, timer)
        assert tab.texts() == ["first"]
        await tab.begin()
        await tab.hear(END)
        ask(tab, timer)
        assert tab.texts() == ["first", "timer"]
        assert tab.asked[-1].fragment_id == "live"

    in_tab(test)


def test_what_is_done_in_a_fragment_while_the_page_runs_asks_for_the_whole_page(run: Run):
    """Streamlit lets a fragment wait for the end of the run."""

    async def test(tab, ask):
        ask(tab, message("first"))
        await tab.begin()
        await tab.hear(END)
        ask(tab, message("second"))
        assert [asked.fragment_id for asked in tab.asked] == ["ledger", ""]
        await tab.begin()
        await tab.hear(END)
        tab._scriptrunner = None
        ask(tab, message("third"))
        assert [asked.fragment_id for asked in tab.asked] == ["ledger", "", "ledger"]
        assert tab.texts() == ["first", "second", "third"]

    in_tab(test)


def test_nothing_waits_for_a_request_of_which_no_run_comes_and_no_other_run_takes_the_next_one():
    async def test() -> None:
        asked: list[str] = []

        def pass_on(one: ClientState) -> bool:
            asked.append(text_of(one))
            return len(asked) > 1

        in_turn = InTurn(asyncio.get_running_loop(), pass_on)
        in_turn.ask(message("first"))
        in_turn.begin(is_any_kept=lambda: False)
        in_turn.draw()
        in_turn.ask(message("second"))
        assert asked == ["first", "second"]
        in_turn.ask(message("third"))
        await asyncio.sleep(0)
        assert asked == ["first", "second"]

    asyncio.run(test())
