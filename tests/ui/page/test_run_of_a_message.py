"""A message is one run of the page, which draws the ledger and the message box: a class sends thirty in two seconds."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import pytest

from lessons.ui.ledger.running_turn import FOLLOWED_AT_ONCE
from tests.support.app_server import AppServer, served
from tests.support.st_client import WidgetState
from tests.support.tab import Tab

MESSAGES = 12
LONG = "What is a session?"
"""Its reply takes more than ten seconds with the paced model."""
TWO_MORE = ["My name is Alice", "What is my name?"]


class CountingTab(Tab):
    """A tab that notes what the server draws: `runs` of the page, and the kinds of elements."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.runs, self.drawn = 0, []

    def _apply(self, raw: bytes):
        kind, message = super()._apply(raw)
        if kind == "new_session":
            self.runs += 1
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self.drawn.append(message.delta.new_element.WhichOneof("type"))
        return kind, message

    async def send(self, message: str) -> None:
        """Send a message, and do not wait for what comes of it."""
        box = self.find(None, kinds=("chat_input",))
        typed = WidgetState(id=box.id)
        typed.chat_input_value.data = message
        await self.rerun(triggers={box.id: typed}, fragment_id=box.fragment_id, wait=False)

    def texts(self) -> list[str]:
        """The texts of the items in the ledger, with those that wait or arrive."""
        drawn = next(node for node in self.elements("bidi_component") if node.key.startswith("ledger@"))
        return [line["text"] for line in json.loads(drawn.proto.json)[0]["lines"] if line["type"] == "item"]

    async def until(self, comes: Callable[[], bool]) -> None:
        """Read what the server sends until this is so. Raises TimeoutError after ten seconds."""
        end = time.monotonic() + 10
        while not comes():
            if time.monotonic() > end:
                raise TimeoutError(self.texts())
            await self.drain(0.1)

    async def say(self, message: str, reply: str) -> tuple[int, list[str]]:
        """The runs that a message took, and what they have drawn."""
        self.runs, self.drawn = 0, []
        timing = await self.chat(message, wait_text=reply)
        assert timing.ok, timing
        assert timing.text_ms is not None, f"{reply} did not come"
        return self.runs, self.drawn


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with served(tmp_path_factory.mktemp("app"), SESSIONS_OFFLINE_SECONDS_PER_WORD="0") as running:
        yield running


@pytest.fixture(scope="module")
def paced_server(tmp_path_factory):
    with served(tmp_path_factory.mktemp("paced"), SESSIONS_OFFLINE_SECONDS_PER_WORD="0.3") as running:
        yield running


def visit(server: AppServer, what: Callable[[CountingTab], Awaitable[None]]) -> None:
    """Open the first lesson in a new tab, and do this there once it is complete."""

    async def opened() -> None:
        async with CountingTab(server.url) as tab:
            await tab.open("basic")
            await tab.say("What is 1 + 1?", "= 2.")  # the first message loads what is loaded late
            await what(tab)

    asyncio.run(opened())


@pytest.mark.server
def test_a_message_is_one_run_that_draws_the_ledger_alone_unless_more_shows_it(server):
    async def talk(tab: CountingTab) -> None:
        assert await tab.say("What is 2 + 2?", "= 4.") == (1, ["bidi_component", "chat_input"])
        await tab.change(next(node for node in tab.elements("button_group") if "tool@" in node.key), ["Session calls"])
        _, drawn = await tab.say("What is 3 + 3?", "= 6.")
        assert {"button", "html", "bidi_component", "chat_input"} <= set(drawn)

    visit(server, talk)


@pytest.mark.server
def test_a_click_in_the_moment_in_which_a_message_ends_draws_the_page_where_it_belongs(server):
    """Streamlit runs both in one thread then, and drew the whole page inside the ledger: it went on from the fragment."""

    async def click_at_once(tab: CountingTab) -> None:
        for number in range(MESSAGES):
            await tab.say(f"What is 10 + {number}?", f"= {10 + number}.")
            await tab.change("With session", number % 2 == 1)
            assert [node.path[1] for node in tab.elements("chat_input")] == [7], number

    visit(server, click_at_once)


@pytest.mark.server
def test_the_place_of_a_reply_stays_when_nothing_runs_since_the_clock_of_a_run_before_may_draw_into_it_once_more(
    server,
):
    """The whole page went blank in the browser, which cannot draw into a place that is not there."""

    async def look_for_the_place(tab: CountingTab) -> None:
        await tab.say("What is 2 + 2?", "= 4.")
        assert len([node for node in tab.walk() if node.is_block and node.proto.id.endswith("-live-turn")]) == 1

    visit(server, look_for_the_place)


@pytest.mark.server
def test_messages_that_are_sent_while_a_reply_arrives_are_queued_at_once_and_none_is_lost(paced_server):
    """Streamlit lets a fragment wait until the run before it ends, and drops the first of two messages that wait."""

    async def send_three(tab: CountingTab) -> None:
        await tab.send(LONG)
        await tab.until(lambda: LONG in tab.texts())
        for message in TWO_MORE:
            await tab.send(message)
            await tab.drain(0.2)
        await tab.until(lambda: tab.texts()[-2:] == TWO_MORE)

    visit(paced_server, send_three)


@pytest.mark.server
def test_messages_of_a_tab_that_is_closed_at_once_are_not_lost(paced_server):
    """Streamlit ends the run of a tab that goes, also one that has not begun."""
    sent = ["What is 3 + 4?", "What is 5 + 6?"]

    async def send_and_go(tab: CountingTab) -> None:
        for message in sent:
            await tab.send(message)
        await tab.close()
        async with CountingTab(paced_server.url) as again:
            await again.open(f"basic?{tab.query_string}")
            end = time.monotonic() + 10
            while [text for text in again.texts() if text in sent] != sent:
                assert time.monotonic() < end, again.texts()
                await again.rerun()

    visit(paced_server, send_and_go)


@pytest.mark.server
def test_a_reply_that_was_looked_at_by_a_clock_is_drawn_once_when_the_page_follows_it_from_frame_to_frame(paced_server):
    """What the clock had drawn stayed before the new words until the end of the reply, and the ledger copied the old ones."""

    async def look_and_follow(tab: CountingTab) -> None:
        others = [CountingTab(paced_server.url) for _ in range(FOLLOWED_AT_ONCE)]
        try:
            for other in others:
                await other.open("basic")
                await other.send(LONG)
                await other.drain(1.2)
            await tab.send("What is memory?")
            await tab.drain(1.2)
            again = tab.auto_reruns[-1]  # it looks by a clock: the two others are followed
            await tab.rerun(fragment_id=again.fragment_id, is_auto_rerun=True, look_again=False)
            await others[0].close()
            await others[1].click(next(node for node in others[1].elements("button") if node.key.startswith("stop@")))
            await tab.rerun(wait=False)
            await tab.drain(1.5)
            drawn = [node for node in tab.walk() if node.is_block and node.proto.id.endswith("-live-text")]
            assert len(drawn) == 1
        finally:
            for other in others:
                await other.close()

    visit(paced_server, look_and_follow)


@pytest.mark.server
def test_messages_that_arrive_together_are_all_queued_in_their_order_also_where_a_panel_makes_each_draw_the_page(
    paced_server,
):
    """Of two requests that wait for the same run, Streamlit keeps the message of the second: the first was lost."""

    async def send_together(tab: CountingTab) -> None:
        await say_at_once(tab, range(10, 16))
        await tab.change(next(node for node in tab.elements("button_group") if "tool@" in node.key), ["Session calls"])
        await say_at_once(tab, range(20, 26))

    async def say_at_once(tab: CountingTab, numbers: range) -> None:
        together = [f"What is 1 + {number}?" for number in numbers]
        for message in together:
            await tab.send(message)
        await tab.until(lambda: [text for text in tab.texts() if text in together] == together)

    visit(paced_server, send_together)
