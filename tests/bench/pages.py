"""What a rerun of the page costs the server, and how many bytes go to the browser, at several numbers of stored rows.

The client rests between two reruns.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench.rows import BASELINE, NO_LIMIT, chat_file, visitor_with
from tests.bench.table import Figure, at_most, spread
from tests.support.app_server import APP
from tests.support.measuring import MeasuredServer
from tests.support.st_client import Timing
from tests.support.tab import Tab

ROWS = (50, 100_000, 1_000_000)
QUICK_ROWS = (50, 100_000)
REPEATS, QUICK_REPEATS = 40, 12
TURNS = 20
"""Also in a short run: the processor time of a process is told in hundredths of a second."""
REST_SECONDS = 0.06
AIM_MS, AIM_CHANGED_MS, AIM_TURN_CPU_MS, AIM_KB, AIM_TURN_KB = 15, 25, 15, 30, 10


def lesson_page(visitor: str = "") -> str:
    return f"basic?visitor={visitor}&session=alice" if visitor else "basic"


@dataclass
class Series:
    """What one page took, rerun after rerun: milliseconds of the whole rerun, and kilobytes to the browser."""

    name: str
    ms: list[float] = field(default_factory=list)
    kilobytes: list[float] = field(default_factory=list)

    async def add(self, tab: Tab, rerun: Awaitable[Timing]) -> Timing:
        """Rest, then wait for the rerun of `tab` and note what it took."""
        await asyncio.sleep(REST_SECONDS)
        timing = await rerun
        if not timing.ok:
            raise RuntimeError(f"{self.name}: the rerun failed: {timing}")
        self.ms.append(timing.total_ms)
        self.kilobytes.append(tab.wire / 1e3)
        return timing


def measure(folder: Path, quick: bool) -> list[Figure]:
    sizes, repeats = (QUICK_ROWS, QUICK_REPEATS) if quick else (ROWS, REPEATS)
    with (
        MeasuredServer(APP, folder / "app", **NO_LIMIT) as app,
        MeasuredServer(BASELINE, folder / "baseline") as baseline,
    ):
        visitors = {rows: visitor_with(app.data, rows) for rows in sizes}
        figures = asyncio.run(_measure(app, baseline, visitors, repeats))
        if app.errors():
            raise RuntimeError(f"the server's log has errors: {app.errors()[:3]}")
    return figures


async def _measure(
    app: MeasuredServer, baseline: MeasuredServer, visitors: dict[int, str], repeats: int
) -> list[Figure]:
    await _warm(app, baseline)
    few = max(5, repeats // 4)
    empty = Series("the empty page")
    opened, reruns, changed, older = (
        {rows: Series(f"{what}, {rows:,} rows") for rows in visitors}
        for what in ("first opening", "rerun of the page", "rerun after one more row", "the oldest page of rows")
    )
    async with AsyncExitStack() as open_tabs:
        bare = await open_tabs.enter_async_context(Tab(baseline.url))
        await bare.open()
        tabs = {rows: await open_tabs.enter_async_context(Tab(app.url)) for rows in visitors}
        for rows, tab in tabs.items():
            await opened[rows].add(tab, tab.open(lesson_page(visitors[rows])))
        before = app.cpu_seconds(), baseline.cpu_seconds()
        for _ in range(repeats):
            await empty.add(bare, bare.rerun())
            for rows, tab in tabs.items():
                await reruns[rows].add(tab, tab.rerun())
        cpu = (app.cpu_seconds() - before[0]) / repeats / len(tabs), (baseline.cpu_seconds() - before[1]) / repeats
        for _ in range(few):
            for rows, tab in tabs.items():
                _store_one_more(chat_file(app.data, visitors[rows]))
                await changed[rows].add(tab, tab.rerun())
        for _ in range(few):
            for rows, tab in tabs.items():
                here, tab.query_string = tab.query_string, f"{tab.query_string}&row=1"
                if rows > 50:
                    await older[rows].add(tab, tab.rerun())
                tab.query_string = here
        turns = await _turns(app, baseline, bare)
    kept = [*reruns.values()]
    after_a_change = [each for kind in (changed, older) for each in kind.values() if each.ms]
    least, most = (reruns[pick(reruns)] for pick in (min, max))
    ratio = median(most.ms) / median(least.ms)
    return [
        *(_time(each, empty, AIM_MS) for each in kept),
        *(_time(each, empty, AIM_CHANGED_MS) for each in after_a_change),
        Figure(
            "page", f"{most.name}; baseline {min(reruns)} rows", "ms", median(most.ms), median(least.ms),
            aim="the same: ratio ≤ 1.2", met=ratio <= 1.2,
        ),
        Figure("page", "server CPU of a rerun; baseline the empty page", "ms", cpu[0] * 1e3, cpu[1] * 1e3),
        *turns,
        *(_bytes(each, empty) for each in [*opened.values(), *kept, *after_a_change]),
    ]  # fmt: skip


async def _turns(app: MeasuredServer, baseline: MeasuredServer, bare: Tab) -> list[Figure]:
    """A message of a new visitor, from the send to the end of the rerun that shows its rows."""
    lab, least = Series("a turn"), Series("a bare chat page's turn")
    async with Tab(app.url) as tab:
        await tab.open(lesson_page())
        pages = ((baseline, bare, least), (app, tab, lab))
        for _, page, _ in pages:
            await page.chat("What is 1 + 1?")
        spent = {server: 0.0 for server, _, _ in pages}
        for number in range(TURNS):
            for server, page, series in pages:
                before = server.cpu_seconds()
                await series.add(page, page.chat(f"What is 4000 + {number}?"))
                spent[server] += server.cpu_seconds() - before
    cpu, bare_cpu = (spent[server] / TURNS * 1e3 for server in (app, baseline))
    baseline_is = "baseline a bare chat page"
    return [
        Figure("page", f"a turn, send to the end of the rerun; {baseline_is}", "ms", median(lab.ms), median(least.ms),
               note=spread(lab.ms)),
        Figure("page", f"server CPU of a turn; {baseline_is}", "ms", cpu, bare_cpu,
               **at_most(AIM_TURN_CPU_MS, "ms", cpu), note=f"n={TURNS}"),
        _bytes(lab, least, AIM_TURN_KB),
    ]  # fmt: skip


async def _warm(app: MeasuredServer, baseline: MeasuredServer) -> None:
    """The first visitor pays for the imports; that is measured elsewhere."""
    for server, page in ((app, lesson_page()), (baseline, "")):
        async with Tab(server.url) as tab:
            await tab.open(page)
            for _ in range(5):
                await tab.rerun()


def _store_one_more(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO agent_messages (session_id, message_data) VALUES ('alice', ?)",
            ('{"content": "One more.", "role": "user"}',),
        )


def _time(series: Series, empty: Series, limit: int) -> Figure:
    measured = median(series.ms)
    return Figure(
        "page", f"{series.name}; baseline the empty page", "ms", measured, median(empty.ms),
        **at_most(limit, "ms", measured), note=spread(series.ms),
    )  # fmt: skip


def _bytes(series: Series, baseline: Series, limit: int = AIM_KB) -> Figure:
    measured = median(series.kilobytes)
    return Figure(
        "bytes", f"{series.name}; baseline {baseline.name}", "kB", measured, median(baseline.kilobytes),
        **at_most(limit, "kB", measured),
    )  # fmt: skip
