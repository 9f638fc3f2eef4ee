"""What visitors do reaches their page one after the other. On a real server: tests/ui/page/test_run_of_a_message.py."""

import asyncio
import gc
import weakref
from collections.abc import Callable

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.script_runner import ScriptRunnerEvent
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests

from lessons.ui.server import requests_in_turn
from lessons.ui.server.requests_in_turn import ASK, EVENT, STOP, InTurn, take_requests_in_turn

START, DRAW, RERUN, END = (
    ScriptRunnerEvent.SCRIPT_STARTED,
    ScriptRunnerEvent.ENQUEUE_FORWARD_MSG,
    ScriptRunnerEvent.SCRIPT_STOPPED_FOR_RERUN,
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
        self.is_stopped = False

    def request_rerun(self, asked: ClientState) -> None:
        self.asked.append(asked)
        data = RerunData(widget_states=asked.widget_states)
        if self._scriptrunner is None or not self._scriptrunner._requests.request_rerun(data):
            self._scriptrunner = Runner()
            self._scriptrunner._requests.request_rerun(data)

    def request_script_stop(self) -> None:
        self.is_stopped = True

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

    async def run(self, event: ScriptRunnerEvent) -> None:
        """The next run takes what is kept, and says this."""
        await self.begin()
        await self.hear(event)

    def texts(self) -> list[str]:
        return [text_of(asked) for asked in self.asked]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """The run of the page, whose callbacks go on until the script has started."""
    run = Run()
    monkeypatch.setattr(requests_in_turn, "get_script_run_ctx", lambda: run)
    monkeypatch.setattr(AppSession, ASK, lambda tab, asked: tab.request_rerun(asked))
    monkeypatch.setattr(AppSession, STOP, lambda tab: tab.request_script_stop())
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
        await tab.run(DRAW)
        assert tab.texts() == ["first", "second", "third"]

    in_tab(test)


def test_a_run_that_began_before_the_message_came_is_not_the_one_that_takes_it(run: Run):
    async def test(tab, ask):
        run.has_script_started = True
        ask(tab, message("first"))
        await tab.run(DRAW)
        ask(tab, message("second"))
        ask(tab, message("third"))
        await tab.hear(DRAW)
        tab.tell(START)  # a run that was asked for by the page itself
        await tab.hear(DRAW)
        assert tab.texts() == ["first", "second"]
        await tab.run(DRAW)
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
        await tab.run(END)
        assert tab.texts() == ["first", "second"]

    in_tab(test)


def test_the_run_of_a_tab_that_goes_ends_when_its_messages_are_taken(run: Run):
    async def test(tab, ask):
        stop = getattr(AppSession, STOP)
        run.has_script_started = True
        ask(tab, message("first"))
        ask(tab, message("second"))
        stop(tab)
        for _ in range(2):
            assert not tab.is_stopped
            await tab.run(DRAW)
        assert tab.texts() == ["first", "second"]
        assert tab.is_stopped

    in_tab(test)


def test_the_run_of_a_tab_ends_at_once_where_nothing_waits_and_not_at_all_where_the_tab_is_back(run: Run):
    async def test(tab, ask):
        stop = getattr(AppSession, STOP)
        run.has_script_started = True
        ask(tab, message("first"))
        stop(tab)
        ask(tab, message("second"))
        for _ in range(2):
            await tab.run(DRAW)
        assert not tab.is_stopped
        stop(tab)
        assert tab.is_stopped

    in_tab(test)


def test_a_timer_asks_only_when_nothing_that_was_done_waits(run: Run):
    async def test(tab, ask):
        timer = ClientState(fragment_id="live", is_auto_rerun=True)
        ask(tab, message("first"))
        ask(tab, timer)
        assert tab.texts() == ["first"]
        await tab.run(END)
        ask(tab, timer)
        assert tab.texts() == ["first", "timer"]
        assert tab.asked[-1].fragment_id == "live"

    in_tab(test)


def test_what_is_done_in_a_fragment_while_the_page_runs_asks_for_the_whole_page(run: Run):
    """Streamlit lets a fragment wait for the end of the run."""

    async def test(tab, ask):
        run.has_script_started = True
        for text, end in [("first", END), ("second", None), ("third", RERUN), ("fourth", END), ("fifth", END)]:
            ask(tab, message(text))
            await tab.run(end or DRAW)
        assert [asked.fragment_id for asked in tab.asked] == ["ledger", "ledger", "", "", "ledger"]
        assert tab.texts() == ["first", "second", "third", "fourth", "fifth"]

    in_tab(test)


def test_nothing_waits_for_a_request_of_which_no_run_comes_and_no_other_run_takes_the_next_one():
    async def test() -> None:
        asked: list[str] = []

        def pass_on(one: ClientState) -> bool:
            asked.append(text_of(one))
            if asked[-1] == "raises":
                raise RuntimeError("no thread can be started")
            return asked[-1] == "runs"

        in_turn = InTurn(asyncio.get_running_loop(), pass_on, lambda: None)
        with pytest.raises(RuntimeError):
            in_turn.ask(message("raises"))
        in_turn.ask(message("ignored"))
        in_turn.begin(is_any_kept=lambda: False)
        in_turn.draw()
        in_turn.ask(message("runs"))
        for text in ("ignored", "ignored", "runs"):
            in_turn.ask(message(text))
        await asyncio.sleep(0)
        assert asked == ["raises", "ignored", "runs"]
        in_turn.begin(is_any_kept=lambda: False)
        in_turn.draw()
        await asyncio.sleep(0)
        assert asked == ["raises", "ignored", "runs", "ignored", "ignored", "runs"]

    asyncio.run(test())


def test_what_is_kept_for_a_tab_does_not_keep_the_tab(run: Run):
    async def test(tab, ask):
        ask(tab, message("first"))
        ask(tab, message("second"))
        getattr(AppSession, STOP)(tab)

    tabs: list[weakref.ref[Tab]] = []

    async def in_another_tab(_, ask):
        tab = Tab()
        tabs.append(weakref.ref(tab))
        await test(tab, ask)

    in_tab(in_another_tab)
    gc.collect()
    assert [one() for one in tabs] == [None]
