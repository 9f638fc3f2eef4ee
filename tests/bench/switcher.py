"""What a rerun of the page with the session switcher costs with ten sessions in the file and with ten thousand."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from statistics import median

from lessons.kit.workspace import new_visitor
from tests.bench.pages import Series, Tab
from tests.bench.server import APP, Server
from tests.bench.table import Figure, spread

SESSIONS = (10, 10_000)
REPEATS, QUICK_REPEATS = 40, 12


def measure(folder: Path, quick: bool) -> list[Figure]:
    with Server(APP, folder / "app") as app:
        visitors = {count: _visitor_with(app.data, count) for count in SESSIONS}
        return asyncio.run(_measure(app, visitors, QUICK_REPEATS if quick else REPEATS))


async def _measure(app: Server, visitors: dict[int, str], repeats: int) -> list[Figure]:
    series = {count: Series(f"rerun with {count:,} sessions in the switcher") for count in visitors}
    async with Tab(app.url) as few, Tab(app.url) as many:
        tabs = dict(zip(visitors, (few, many), strict=True))
        for count, tab in tabs.items():
            await tab.open(f"multi_session?visitor={visitors[count]}")
            for _ in range(5):
                await tab.rerun()
        for _ in range(repeats):
            for count, tab in tabs.items():
                await series[count].add(tab, tab.rerun())
    few_ms, many_ms = (median(each.ms) for each in series.values())
    name = f"{series[SESSIONS[1]].name}; baseline {SESSIONS[0]} sessions"
    aim = "the same: ratio ≤ 1.2"
    note = spread(series[SESSIONS[1]].ms)
    return [Figure("switcher", name, "ms", many_ms, few_ms, aim=aim, met=many_ms / few_ms <= 1.2, note=note)]


def _visitor_with(data: Path, count: int) -> str:
    """A visitor whose file holds that many sessions of two rows each, in the tables of the SDK."""
    from agents import SQLiteSession

    visitor = new_visitor()
    path = data / visitor / "multi_session" / "chat.db"
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
