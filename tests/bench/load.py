"""A class of thirty: thirty tabs opened within two seconds, then one turn for each visitor every two seconds."""

import asyncio
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import parse_qs

from tests.bench.pages import lesson_page
from tests.bench.rows import BASELINE, chat_file
from tests.bench.table import Figure, at_most, spread
from tests.support.app_server import APP
from tests.support.measuring import MeasuredServer, percentile
from tests.support.tab import Tab

VISITORS = 30
OPEN_SECONDS = 2.0
INTERVAL = 2.0
SECONDS, QUICK_SECONDS = 20.0, 8.0
AIM_P95_MS, AIM_OPEN_MS, AIM_MB = 100, 300, 250


@dataclass
class Class:
    """What thirty visitors met: milliseconds to open, to the reply and to the end of the rerun, and what went wrong."""

    opened: list[float] = field(default_factory=list)
    replied: list[float] = field(default_factory=list)
    finished: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    visitors: list[str] = field(default_factory=list)
    cpu: float = 0.0
    megabytes: float = 0.0


def measure(folder: Path, quick: bool) -> list[Figure]:
    seconds = QUICK_SECONDS if quick else SECONDS
    with MeasuredServer(APP, folder / "app") as app, MeasuredServer(BASELINE, folder / "baseline") as baseline:
        bare, lab = Class(), Class()
        # In turn and not at once: two servers under load on the same cores would measure each other.
        for half in range(2):
            asyncio.run(_attend(baseline, "", seconds / 2, bare, first=half == 0))
            asyncio.run(_attend(app, lesson_page(), seconds / 2, lab, first=half == 0))
        interleaved = sum(not _alternates(chat_file(app.data, visitor)) for visitor in lab.visitors)
        lab.errors += app.errors()
    return _figures(lab, bare, interleaved)


async def _attend(server: MeasuredServer, page: str, seconds: float, seen: Class, first: bool) -> None:
    tabs = [Tab(server.url) for _ in range(VISITORS)]
    if first:
        async with Tab(server.url) as warming:  # the first visitor pays for the imports; measured elsewhere
            await warming.open(page)
            await warming.chat("What is 1 + 1?")
    await asyncio.gather(*(_open(tab, page, number, seen) for number, tab in enumerate(tabs)))
    cpu, start = server.cpu_seconds(), time.perf_counter()
    await asyncio.gather(*(_talk(tab, number, start, seconds, seen) for number, tab in enumerate(tabs)))
    seen.cpu = (server.cpu_seconds() - cpu) / (time.perf_counter() - start) * 100
    seen.megabytes = max(seen.megabytes, server.megabytes())
    for tab in tabs:
        seen.visitors += parse_qs(tab.query_string).get("visitor", [])
        await tab.close()


async def _open(tab: Tab, page: str, number: int, seen: Class) -> None:
    await asyncio.sleep(OPEN_SECONDS * number / VISITORS)
    start = time.perf_counter()
    timing = await tab.open(page)
    seen.opened.append((time.perf_counter() - start) * 1e3)
    if not timing.ok:
        seen.errors.append(f"opening: {timing}")


async def _talk(tab: Tab, number: int, start: float, seconds: float, seen: Class) -> None:
    at, turn = start + INTERVAL * number / VISITORS, 0
    while at < start + seconds:
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        # From the moment it was due, so that a late server cannot thin out its own load.
        late, sum_ = (time.perf_counter() - at) * 1e3, 4_000 + number * 30 + turn
        try:
            timing = await tab.chat(f"What is 2000 + {sum_ - 2_000}?", wait_text=f"= {sum_:,}.")
        except Exception as error:
            seen.errors.append(f"{type(error).__name__}: {error}")
            return
        if timing.text_ms is None or not timing.ok:
            seen.errors.append(f"no reply: {timing} {[node.text for node in tab.exceptions()]}")
        else:
            seen.replied.append(late + timing.text_ms)
            seen.finished.append(late + timing.total_ms)
        at, turn = at + INTERVAL, turn + 1


def _alternates(path: Path) -> bool:
    """Whether the stored roles are user, assistant, user, … with nothing missing."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT json_extract(message_data, '$.role') FROM agent_messages ORDER BY id"
        ).fetchall()
    roles = [role for (role,) in rows]
    return bool(roles) and roles == ["user", "assistant"] * (len(roles) // 2)


def _figures(lab: Class, bare: Class, interleaved: int) -> list[Figure]:
    p95, bare_p95 = percentile(lab.finished, 0.95), percentile(bare.finished, 0.95)
    slowest = max(lab.opened)
    what = f"{VISITORS} visitors, 1 turn / {INTERVAL:g} s"
    return [
        Figure("load", f"{what}: send to the end of the rerun, p50", "ms", median(lab.finished), median(bare.finished),
               note=f"{spread(lab.finished)}; server CPU {lab.cpu:.0f} %, baseline {bare.cpu:.0f} %"),
        Figure("load", f"{what}: send to the end of the rerun, p95", "ms", p95, bare_p95, **at_most(AIM_P95_MS, "ms", p95)),
        Figure("load", f"{what}: send to reply, p95", "ms", percentile(lab.replied, 0.95), percentile(bare.replied, 0.95)),
        Figure("load", f"{what}: errors", "", len(lab.errors), len(bare.errors), aim="0", met=not lab.errors,
               note="; ".join(lab.errors[:2]).replace("|", "/").replace("\n", " ")[:200]),
        Figure("load", "visitors whose history is interleaved or incomplete", "", interleaved, None, aim="0",
               met=interleaved == 0 and len(lab.visitors) == 2 * VISITORS, note=f"of {len(lab.visitors)} visitors"),
        Figure("load", f"{VISITORS} tabs opened within {OPEN_SECONDS:g} s, the slowest", "ms", slowest, max(bare.opened),
               **at_most(AIM_OPEN_MS, "ms", slowest), note=spread(lab.opened)),
        Figure("load", f"resident memory with {VISITORS} tabs", "MB", lab.megabytes, bare.megabytes,
               **at_most(AIM_MB, "MB", lab.megabytes)),
    ]  # fmt: skip
