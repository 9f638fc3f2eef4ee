"""A class of thirty, and of sixty: all tabs opened within two seconds, then one turn for each visitor every two seconds."""

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

CLASS, LARGE_CLASS, LARGE_CLASS_RUNS = 30, 60, 3
OPEN_SECONDS = 2.0
INTERVAL = 2.0
SECONDS, QUICK_SECONDS = 20.0, 8.0
AIM_P95_MS, AIM_P95_LARGE_MS, AIM_OPEN_MS, AIM_MB = 60, 150, 300, 250


@dataclass
class Class:
    """What its visitors met: milliseconds to open, to the reply and to the end of the rerun, and what went wrong."""

    visitors: int
    opened: list[float] = field(default_factory=list)
    replied: list[float] = field(default_factory=list)
    finished: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    interleaved: int = 0
    cpu: float = 0.0
    megabytes: float = 0.0


def measure(folder: Path, quick: bool) -> list[Figure]:
    seconds = QUICK_SECONDS if quick else SECONDS
    figures = _class_figures(*_attended(folder / "class", CLASS, seconds))
    for run in range(LARGE_CLASS_RUNS):
        figures += _large_class_figures(*_attended(folder / f"large-{run}", LARGE_CLASS, seconds))
    return figures


def _attended(folder: Path, visitors: int, seconds: float) -> tuple[Class, Class]:
    """What the visitors of the app met, and those of the bare chat page."""
    with MeasuredServer(APP, folder / "app") as app, MeasuredServer(BASELINE, folder / "baseline") as baseline:
        bare, lab = Class(visitors), Class(visitors)
        # In turn and not at once: two servers under load on the same cores would measure each other.
        for half in range(2):
            asyncio.run(_attend(baseline, "", seconds / 2, bare, first=half == 0))
            asyncio.run(_attend(app, lesson_page(), seconds / 2, lab, first=half == 0))
        lab.interleaved = sum(not _alternates(chat_file(app.data, visitor)) for visitor in lab.names)
        lab.errors += app.errors()
    return lab, bare


async def _attend(server: MeasuredServer, page: str, seconds: float, seen: Class, first: bool) -> None:
    tabs = [Tab(server.url) for _ in range(seen.visitors)]
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
        seen.names += parse_qs(tab.query_string).get("visitor", [])
        await tab.close()


async def _open(tab: Tab, page: str, number: int, seen: Class) -> None:
    await asyncio.sleep(OPEN_SECONDS * number / seen.visitors)
    start = time.perf_counter()
    timing = await tab.open(page)
    seen.opened.append((time.perf_counter() - start) * 1e3)
    if not timing.ok:
        seen.errors.append(f"opening: {timing}")


async def _talk(tab: Tab, number: int, start: float, seconds: float, seen: Class) -> None:
    at, turn = start + INTERVAL * number / seen.visitors, 0
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


def _class_figures(lab: Class, bare: Class) -> list[Figure]:
    what = _what(lab)
    slowest = max(lab.opened)
    return [
        Figure("load", f"{what}: send to the end of the rerun, p50", "ms", median(lab.finished), median(bare.finished),
               note=f"{spread(lab.finished)}; {_cpu(lab, bare)}"),
        _p95(lab, bare, AIM_P95_MS),
        Figure("load", f"{what}: send to reply, p95", "ms", percentile(lab.replied, 0.95), percentile(bare.replied, 0.95)),
        *_faults(lab, bare),
        Figure("load", f"{lab.visitors} tabs opened within {OPEN_SECONDS:g} s, the slowest", "ms", slowest, max(bare.opened),
               **at_most(AIM_OPEN_MS, "ms", slowest), note=spread(lab.opened)),
        Figure("load", f"resident memory with {lab.visitors} tabs", "MB", lab.megabytes, bare.megabytes,
               **at_most(AIM_MB, "MB", lab.megabytes)),
    ]  # fmt: skip


def _large_class_figures(lab: Class, bare: Class) -> list[Figure]:
    return [
        _p95(lab, bare, AIM_P95_LARGE_MS),
        *_faults(lab, bare),
        Figure("load", f"resident memory with {lab.visitors} tabs", "MB", lab.megabytes, bare.megabytes),
    ]


def _p95(lab: Class, bare: Class, limit: int) -> Figure:
    p95, bare_p95 = percentile(lab.finished, 0.95), percentile(bare.finished, 0.95)
    name = f"{_what(lab)}: send to the end of the rerun, p95"
    return Figure("load", name, "ms", p95, bare_p95, **at_most(limit, "ms", p95), note=_cpu(lab, bare))


def _faults(lab: Class, bare: Class) -> list[Figure]:
    return [
        Figure("load", f"{_what(lab)}: errors", "", len(lab.errors), len(bare.errors), aim="0", met=not lab.errors,
               note="; ".join(lab.errors[:2]).replace("|", "/").replace("\n", " ")[:200]),
        Figure("load", "visitors whose history is interleaved or incomplete", "", lab.interleaved, None, aim="0",
               met=lab.interleaved == 0 and len(lab.names) == 2 * lab.visitors, note=f"of {len(lab.names)} visitors"),
    ]  # fmt: skip


def _what(lab: Class) -> str:
    return f"{lab.visitors} visitors, 1 turn / {INTERVAL:g} s"


def _cpu(lab: Class, bare: Class) -> str:
    return f"server CPU {lab.cpu:.0f} %, baseline {bare.cpu:.0f} %"
