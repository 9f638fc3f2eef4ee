"""What a rerun of the page costs the server, and how many bytes go to the browser, at several numbers of stored rows.

Streamlit does not set TCP_NODELAY, so a client that acknowledges late adds up to 40 ms that are no work of the server. The
client here acknowledges each message at once where the system can (TCP_QUICKACK, Linux), and rests between two reruns.
"""

import asyncio
import socket
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench.server import APP, BASELINE, Server, chat_file, visitor_with
from tests.bench.st_client import StClient, Timing
from tests.bench.table import Figure, at_most, spread

ROWS = (50, 100_000, 1_000_000)
QUICK_ROWS = (50, 100_000)
REPEATS, QUICK_REPEATS = 40, 12
REST_SECONDS = 0.06
AIM_MS, AIM_KB = 25, 30


class Tab(StClient):
    """A browser tab without a browser, which acknowledges at once."""

    def __init__(self, url: str) -> None:
        super().__init__(url, on_msg=lambda message, milliseconds: self._acknowledge())

    async def connect(self) -> float:
        milliseconds = await super().connect()
        self._acknowledge()
        return milliseconds

    def _acknowledge(self) -> None:
        if hasattr(socket, "TCP_QUICKACK") and self.ws is not None:
            connection = self.ws.transport.get_extra_info("socket")
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def lesson_page(visitor: str = "") -> str:
    return f"basic?visitor={visitor}&session=alice" if visitor else "basic"


@dataclass
class Series:
    """What one page took, rerun after rerun: milliseconds of the whole rerun, and kilobytes to the browser."""

    name: str
    ms: list[float] = field(default_factory=list)
    kilobytes: list[float] = field(default_factory=list)

    def add(self, timing: Timing) -> None:
        if not timing.ok:
            raise RuntimeError(f"{self.name}: the rerun failed: {timing}")
        self.ms.append(timing.total_ms)
        self.kilobytes.append(timing.bytes_in / 1e3)


def measure(folder: Path, quick: bool) -> list[Figure]:
    sizes, repeats = (QUICK_ROWS, QUICK_REPEATS) if quick else (ROWS, REPEATS)
    with Server(APP, folder / "app") as app, Server(BASELINE, folder / "baseline") as baseline:
        visitors = {rows: visitor_with(app.data, rows) for rows in sizes}
        figures = asyncio.run(_measure(app, baseline, visitors, repeats))
        if app.errors():
            raise RuntimeError(f"the server's log has errors: {app.errors()[:3]}")
    return figures


async def _measure(app: Server, baseline: Server, visitors: dict[int, str], repeats: int) -> list[Figure]:
    empty, empty_cpu = Series("the empty page"), 0.0
    reruns = {rows: Series(f"{rows:,} rows") for rows in visitors}
    changed = {rows: Series(f"{rows:,} rows, one more stored") for rows in visitors}
    older = {rows: Series(f"{rows:,} rows, an older page") for rows in visitors}
    opened: dict[int, Timing] = {}
    await _warm(app, baseline)
    async with Tab(baseline.url) as bare:
        await bare.open()
        tabs = {}
        for rows, visitor in visitors.items():
            tabs[rows] = Tab(app.url)
            opened[rows] = await tabs[rows].open(lesson_page(visitor))
        before = app.cpu_seconds(), baseline.cpu_seconds()
        for _ in range(repeats):
            empty.add(await _rested(bare.rerun()))
            for rows, tab in tabs.items():
                reruns[rows].add(await _rested(tab.rerun()))
        app_cpu = (app.cpu_seconds() - before[0]) / repeats / len(tabs) * 1e3
        empty_cpu = (baseline.cpu_seconds() - before[1]) / repeats * 1e3
        for _ in range(max(5, repeats // 4)):
            for rows, tab in tabs.items():
                _store_one_more(chat_file(app.data, visitors[rows]))
                changed[rows].add(await _rested(tab.rerun()))
        for _ in range(max(5, repeats // 4)):
            for rows, tab in tabs.items():
                if any(node.label == "Older rows" and not node.proto.disabled for node in tab.elements("button")):
                    older[rows].add(await _rested(tab.click("Older rows")))
        for tab in tabs.values():
            await tab.close()
    floor = median(empty.ms)
    figures = [_rerun_figure("rerun of the page", series, floor) for series in reruns.values()]
    few, most = reruns[min(reruns)], reruns[max(reruns)]
    ratio = median(most.ms) / median(few.ms)
    figures.append(
        Figure("page", f"rerun with {max(reruns):,} rows; baseline with {min(reruns):,}", "ms", median(most.ms),
               median(few.ms), aim="the same: ratio ≤ 1.2", met=ratio <= 1.2)
    )  # fmt: skip
    figures += [_rerun_figure("rerun after one more row", series, floor) for series in changed.values()]
    figures += [_rerun_figure("one page of rows back", series, floor) for series in older.values() if series.ms]
    figures.append(Figure("page", "server CPU of a rerun; baseline the empty page", "ms", app_cpu, empty_cpu))
    for rows, timing in opened.items():
        figures.append(_bytes_figure(f"first opening, {rows:,} rows", timing.bytes_in / 1e3, empty))
    for series in (*reruns.values(), *changed.values(), *older.values()):
        if series.kilobytes:
            figures.append(_bytes_figure(f"rerun, {series.name}", max(series.kilobytes), empty))
    return figures


async def _warm(app: Server, baseline: Server) -> None:
    """The first visitor pays for the imports; that is measured elsewhere."""
    for server, page in ((app, lesson_page()), (baseline, "")):
        async with Tab(server.url) as tab:
            await tab.open(page)
            for _ in range(5):
                await _rested(tab.rerun())


async def _rested(rerun) -> Timing:
    await asyncio.sleep(REST_SECONDS)
    return await rerun


def _store_one_more(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO agent_messages (session_id, message_data) VALUES ('alice', ?)",
            ('{"content": "One more.", "role": "user"}',),
        )


def _rerun_figure(what: str, series: Series, floor: float) -> Figure:
    measured = median(series.ms)
    return Figure(
        "page", f"{what}, {series.name}; baseline the empty page", "ms", measured, floor,
        **at_most(AIM_MS, "ms", measured), note=spread(series.ms),
    )  # fmt: skip


def _bytes_figure(what: str, kilobytes: float, empty: Series) -> Figure:
    return Figure(
        "bytes", f"{what}; baseline a rerun of the empty page", "kB", kilobytes, median(empty.kilobytes),
        **at_most(AIM_KB, "kB", kilobytes),
    )  # fmt: skip
