"""A search, another page and another day of your own sessions draw the list alone, and not the whole page."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lessons.ui.inspector.watching import AT_ONCE_SECONDS
from tests.bench.own_sessions import build
from tests.support.app_server import served
from tests.support.st_client import WidgetState
from tests.support.tab import Tab

SESSIONS = 60
LIST = {"text_input", "html", "selectbox"}
FILES = ["Table (CSV)", "Table (JSON)", "Table (Markdown)"]

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    build(folder / "own.db", SESSIONS * 100)
    with served(tmp_path_factory.mktemp("app"), SESSIONS_FILES_DIR=str(folder)) as running:
        running.file = folder / "own.db"
        yield running


class NotingTab(Tab):
    """A tab that notes the kinds of elements that the server draws."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.drawn = []

    def _apply(self, raw: bytes):
        kind, message = super()._apply(raw)
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self.drawn.append(message.delta.new_element.WhichOneof("type"))
        return kind, message

    async def open_list(self) -> None:
        """Read the first page until the sessions are there: the first visitor waits for the SDK."""
        self.page_name = "inspect"
        await self.connect()
        async with asyncio.timeout(60):
            while "Where is my order?" not in self.text():
                await self.rerun(page_name="inspect", page_script_hash="", look_again=False)

    async def choose(self, kind: str, value: object) -> set[str]:
        """What is drawn once this has been chosen in the widget of that kind."""
        self.drawn = []
        widget = next(node for node in self.walk() if node.kind == kind and node.label != "Storage")
        timing = await self.change(widget, value, look_again=False)
        assert timing.ok, timing
        return set(self.drawn)


def test_a_page_a_search_and_a_day_draw_the_list_alone(server):
    async def visit():
        async with NotingTab(server.url) as tab:
            await tab.open_list()
            assert await tab.choose("pagination", 2) == LIST | {"pagination"}
            assert "s00059" not in tab.text()
            assert await tab.choose("text_input", "s00042") == LIST
            assert "1 session found" in tab.text()
            assert await tab.choose("text_input", "") == LIST | {"pagination"}
            assert await tab.choose("selectbox", "2026-01-02") == LIST
            assert "20 sessions found" in tab.text()

    asyncio.run(visit())


def test_the_files_of_the_list_are_drawn_once_their_menu_is_open(server):
    async def visit():
        async with NotingTab(server.url) as tab:
            await tab.open_list()
            assert "download_button" not in tab.drawn
            menu = next(one.proto.popover.id for one in tab.walk() if one.is_block and one.proto.popover.label)
            tab.states[menu] = WidgetState(id=menu, bool_value=True)
            await tab.rerun(look_again=False)
            assert [one.label for one in tab.elements("download_button")] == FILES

    asyncio.run(visit())


def test_the_page_is_drawn_again_only_if_something_was_stored_since_its_list_was_drawn(server):
    async def visit():
        async with NotingTab(server.url) as tab:
            await tab.open_list()
            assert await looked(tab) == set()
            store_a_session(server.file, "new-1")
            assert {"button_group", "html"} <= await looked(tab)
            assert "new-1" in tab.text()
            store_a_session(server.file, "new-2")
            await tab.choose("text_input", "new-")
            assert "new-2" in tab.text()
            assert await looked(tab) == set()

    asyncio.run(visit())


async def looked(tab: NotingTab) -> set[str]:
    """What is drawn when the page looks for changes, once it no longer counts as drawn at this moment."""
    await tab.drain(AT_ONCE_SECONDS + 0.1)
    tab.drawn = []
    await tab.run_fragment(tab.auto_reruns[-1].fragment_id)
    return set(tab.drawn)


def store_a_session(path: Path, name: str) -> None:
    """As another process does."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO agent_sessions VALUES (?, ?, ?)", (name, *["2026-12-31 09:00:00"] * 2))
