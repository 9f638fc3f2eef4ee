"""A message is one run of the page, which draws the ledger and the message box: a class sends thirty in two seconds."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.support.app_server import AppServer, served
from tests.support.tab import Tab

MESSAGES = 12


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
            assert [node.path[1] for node in tab.elements("chat_input")] == [8], number

    visit(server, click_at_once)
