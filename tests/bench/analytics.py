"""What the analytics page costs on ten turns and on the data set of 500 turns with four branches.

Also how long it takes to make the data set.
"""

import asyncio
import threading
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from lessons.kit.analytics.dataset import SESSION_ID, generate
from lessons.kit.models.providers import disable_tracing_unless_asked
from lessons.kit.stores.sqlite.advanced_store import KIND, AdvancedSQLiteStore
from lessons.kit.turns.running_work import LongWork
from lessons.kit.visitors.workspace import Workspace, new_visitor
from tests.bench.pages import AIM_KB, Series
from tests.bench.table import Figure, at_most, spread
from tests.support.app_server import APP
from tests.support.measuring import MeasuredServer
from tests.support.tab import Tab

TURNS = (10, 500)
VIEWS = ("Tokens", "Cumulated", "Message kinds", "Cost")
REPEATS, QUICK_REPEATS = 40, 12
AIM_MS = 50


def measure(folder: Path, quick: bool) -> list[Figure]:
    disable_tracing_unless_asked({})
    with MeasuredServer(APP, folder / "app") as app:
        made = {turns: _visitor_with(app.data, turns) for turns in TURNS}
        figures = asyncio.run(_measure(app, {turns: visitor for turns, (visitor, _) in made.items()}, quick))
        if app.errors():
            raise RuntimeError(f"the server's log has errors: {app.errors()[:3]}")
    seconds = made[TURNS[-1]][1]
    return [*figures, Figure("analytics", f"a data set of {TURNS[-1]} turns is made", "s", seconds)]


async def _measure(app: MeasuredServer, visitors: dict[int, str], quick: bool) -> list[Figure]:
    repeats = QUICK_REPEATS if quick else REPEATS
    reruns, opened, views = (
        {turns: Series(f"{what}, {turns} turns") for turns in visitors}
        for what in ("rerun of the analytics page", "first opening of it", "another chart of it")
    )
    async with Tab(app.url) as warm, Tab(app.url) as few, Tab(app.url) as many:
        tabs = dict(zip(visitors, (few, many), strict=True))
        await warm.open(_page(visitors[TURNS[0]]))
        for view in VIEWS:
            await _choose(warm, view)
        for turns, tab in tabs.items():
            await opened[turns].add(tab, tab.open(_page(visitors[turns])))
            for _ in range(3):
                await tab.rerun()
        spent = dict.fromkeys(visitors, 0.0)
        for _ in range(repeats):
            for turns, tab in tabs.items():
                before = app.cpu_seconds()
                await reruns[turns].add(tab, tab.rerun())
                spent[turns] += (app.cpu_seconds() - before) / repeats * 1e3
        for view in VIEWS * (1 if quick else 3):
            for turns, tab in tabs.items():
                await views[turns].add(tab, _choose(tab, view))
    few_ms, many_ms = (spent[turns] for turns in TURNS)
    return [
        *_compared(reruns, ratio=1.5),
        Figure("analytics", f"server CPU of it, {TURNS[1]} turns; baseline {TURNS[0]} turns", "ms", many_ms, few_ms),
        *_compared(views),
        *(_bytes(series) for series in (opened, reruns, views)),
    ]


def _page(visitor: str) -> str:
    return f"analytics?visitor={visitor}&session={SESSION_ID}&tool=usage"


def _choose(tab: Tab, view: str):
    tab.wire = 0
    return tab.change("Chart", view)


def _compared(series: dict[int, Series], ratio: float | None = None) -> list[Figure]:
    """The many turns compared with the few, in milliseconds."""
    few, many = (series[turns] for turns in TURNS)
    measured = median(many.ms)
    figure = Figure(
        "analytics", f"{many.name}; baseline {TURNS[0]} turns", "ms", measured, median(few.ms), note=spread(many.ms)
    )
    found = [replace(figure, **at_most(AIM_MS, "ms", measured))]
    if ratio is not None:
        same = measured / median(few.ms) <= ratio
        found.append(replace(figure, aim=f"nearly the same: ratio ≤ {ratio:g}", met=same))
    return found


def _bytes(series: dict[int, Series]) -> Figure:
    few, many = (series[turns] for turns in TURNS)
    measured = median(many.kilobytes)
    return Figure(
        "bytes", f"{many.name}; baseline {TURNS[0]} turns", "kB", measured, median(few.kilobytes),
        **at_most(AIM_KB, "kB", measured),
    )  # fmt: skip


def _visitor_with(data: Path, turns: int) -> tuple[str, float]:
    """A visitor whose data set has that many turns, and the seconds that it took to make it."""
    visitor = new_visitor()
    folder = data / visitor / "analytics"
    folder.mkdir(parents=True)
    store = KIND.open(folder)
    assert isinstance(store, AdvancedSQLiteStore)
    room = Workspace(visitor, data / visitor)
    start = time.perf_counter()
    generate(store, room, LongWork(""), threading.Event(), turns)
    seconds = time.perf_counter() - start
    store.close()
    return visitor, seconds
