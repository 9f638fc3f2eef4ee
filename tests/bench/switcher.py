"""What a rerun of the page with the session switcher costs with ten sessions in the file and with ten thousand."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import median

from lessons.kit.visitors.workspace import new_visitor
from tests.bench.pages import Series
from tests.bench.table import Figure, spread
from tests.support.app_server import APP
from tests.support.measuring import MeasuredServer
from tests.support.tab import Tab

SESSIONS = (10, 10_000)
REPEATS, QUICK_REPEATS = 40, 12


def measure(folder: Path, quick: bool) -> list[Figure]:
    with MeasuredServer(APP, folder / "app") as app:
        visitors = {count: _visitor_with(app.data, count) for count in SESSIONS}
        return asyncio.run(_measure(app, visitors, QUICK_REPEATS if quick else REPEATS))


async def _measure(app: MeasuredServer, visitors: dict[int, str], repeats: int) -> list[Figure]:
    series, changed = (
        {count: Series(f"{what} with {count:,} sessions in the switcher") for count in visitors}
        for what in ("rerun", "rerun after one more row")
    )
    async with Tab(app.url) as few, Tab(app.url) as many:
        tabs = dict(zip(visitors, (few, many), strict=True))
        for count, tab in tabs.items():
            await tab.open(f"multi_session?visitor={visitors[count]}")
            for _ in range(5):
                await tab.rerun()
        for _ in range(repeats):
            for count, tab in tabs.items():
                await series[count].add(tab, tab.rerun())
        for _ in range(max(5, repeats // 4)):
            for count, tab in tabs.items():
                _store_one_more(_file(app.data, visitors[count]))
                await changed[count].add(tab, tab.rerun())
    if app.errors():
        raise RuntimeError(f"the server's log has errors: {app.errors()[:3]}")
    aim = "the same: ratio ≤ 1.2"
    same, after = _compared(series), _compared(changed)
    return [replace(same, aim=aim, met=same.measured / same.baseline <= 1.2), after]


def _compared(series: dict[int, Series]) -> Figure:
    """The many compared with the few."""
    few, many = (series[count] for count in SESSIONS)
    name = f"{many.name}; baseline {SESSIONS[0]} sessions"
    return Figure("switcher", name, "ms", median(many.ms), median(few.ms), note=spread(many.ms))


def _file(data: Path, visitor: str) -> Path:
    return data / visitor / "multi_session" / "chat.db"


def _store_one_more(path: Path) -> None:
    item = '{"content": "One more.", "role": "user"}'
    with closing(sqlite3.connect(path)) as connection, connection:
        query = "INSERT INTO agent_messages (session_id, message_data) VALUES ('session_00000', ?)"
        connection.execute(query, (item,))


def _visitor_with(data: Path, count: int) -> str:
    """A visitor whose file holds that many sessions of two rows each, in the tables of the SDK."""
    from agents import SQLiteSession

    visitor = new_visitor()
    path = _file(data, visitor)
    path.parent.mkdir(parents=True)
    SQLiteSession("first", path).close()
    ids = [(f"session_{number:05}",) for number in range(count)]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO agent_sessions (session_id) VALUES (?)", ids)
        for role in ("user", "assistant"):
            item = f'{{"content": "What is stored here?", "role": "{role}"}}'
            connection.executemany(
                "INSERT INTO agent_messages (session_id, message_data) VALUES (?, ?)", [(name, item) for (name,) in ids]
            )
    return visitor
