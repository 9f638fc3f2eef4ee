"""Two clicks, one right after the other: what the first does is done to its end, and the address is that of the page."""

import asyncio

import pytest

from tests.support.app_server import AppServer
from tests.support.tab import Tab


class QuickTab(Tab):
    """A tab whose visitor clicks again before the page is drawn for the click before."""

    async def click_twice(self, first: str, second: str, *, between: float = 0) -> None:
        """`between` is in seconds. The second click brings the fields and the address that were there before the first."""
        one, other = self.find(first, kinds=("button",)), self.find(second, kinds=("button",))
        before = self.query_string, dict(self.states)
        await self.rerun(triggers={one.id: True}, wait=False)
        await asyncio.sleep(between)
        self.query_string, self.states = before[0], dict(before[1])
        await self.rerun(triggers={other.id: True}, wait=False)
        while await self.drain(1.0):
            pass


def visit(server: AppServer, address: str, what) -> None:
    async def opened() -> None:
        async with QuickTab(server.url) as tab:
            await tab.open(address)
            await what(tab)

    asyncio.run(opened())


@pytest.mark.server
@pytest.mark.parametrize("between", [0, 0.005, 0.02, 0.05])
def test_bring_them_back_is_done_whole_when_another_click_follows_at_once(server, between):
    """The click was lost, or the rows were back and the page went on saying that the tables are empty."""

    async def click(tab: QuickTab) -> None:
        await tab.chat("My name is Alice", wait_text="Nice to meet you")
        await tab.click("Reset", wait_text="The tables are empty")
        await tab.click_twice("Bring them back", "Solution", between=between)
        assert "set aside" not in tab.text()
        assert "The tables are empty" not in tab.text()
        assert "Run the solution on empty tables" in tab.text()

    visit(server, "basic?tool=challenges", click)


@pytest.mark.server
@pytest.mark.parametrize("between", [0.02, 0.2, 0.5])
def test_the_address_is_that_of_the_page_when_a_click_comes_before_the_browser_knows_the_new_one(server, between):
    """Next right after Step back: the page showed step 2, and the address said step 1."""

    async def click(tab: QuickTab) -> None:
        await tab.click("Run step 1", wait_text="The rows show it")
        await tab.click("Next", wait_text="Step 2 of")
        await tab.click_twice("Step back", "Next", between=between)
        shown = "2" if "Step 2 of" in tab.text() else "1"
        assert f"step={shown}" in tab.query_string

    visit(server, "basic", click)
