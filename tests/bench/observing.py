"""What `observe` adds to Runner.run on a SQLiteSession in a file: while the run goes on, and until its ledger is made."""

import asyncio
import gc
import time
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.rows import fill
from tests.bench.table import Figure, median_difference, spread

REPEATS, QUICK_REPEATS = 60, 20
SIZES = (0, 100, 1_000)
AIM_MS = 1
AIMED = (0, 100)


def measure(folder: Path, quick: bool) -> list[Figure]:
    """The median difference of neighbours in one interleaved run, as time and as CPU time of the process."""
    repeats = QUICK_REPEATS if quick else REPEATS
    return [figure for rows in SIZES for figure in asyncio.run(_at(folder / str(rows), rows, repeats))]


async def _at(folder: Path, rows: int, repeats: int) -> list[Figure]:
    from agents import Runner, SQLiteSession

    from lessons.kit.ledger import observe
    from tests.bench.turns import _agent

    agent, sessions = _agent(), {}
    for name in ("bare", "observed"):
        fill(folder / f"{name}.db", rows)
        sessions[name] = SQLiteSession("alice", folder / f"{name}.db")

    async def bare(message: str) -> None:
        await Runner.run(agent, message, session=sessions["bare"])

    async def observed(message: str) -> Any:
        async with observe(sessions["observed"]) as seen:
            await Runner.run(agent, message, session=sessions["observed"])
        return seen

    clocks = {"time": time.perf_counter, "CPU time": time.process_time}
    taken: dict[tuple[str, str], list[float]] = {(name, clock): [] for name in sessions for clock in clocks}
    making: list[float] = []
    for repeat in range(-2, repeats):
        for name, run in (("bare", bare), ("observed", observed)):
            gc.collect()
            before = {clock: read() for clock, read in clocks.items()}
            seen = await run(f"What is 4000 + {repeat}?")
            for clock, read in clocks.items():
                taken[name, clock].append((read() - before[clock]) * 1e3)
            if seen is not None:
                start = time.process_time()
                assert seen.ledger.lines
                making.append((time.process_time() - start) * 1e3)
    figures = []
    for clock in clocks:
        with_, without = taken["observed", clock][2:], taken["bare", clock][2:]
        added = median_difference(with_, without)
        aimed = rows in AIMED and clock == "CPU time"
        figures.append(
            Figure(
                "observe",
                f"Runner.run inside observe, {rows:,} rows, {clock}; baseline Runner.run",
                "ms",
                median(with_),
                median(without),
                aim=f"adds ≤ {AIM_MS} ms" if aimed else "",
                met=added <= AIM_MS if aimed else None,
                note=f"median of paired differences {added:+.2f} ms; {spread(with_)}",
            )
        )
    figures.append(Figure("observe", f"making the ledger, {rows:,} rows, CPU time", "ms", median(making[2:])))
    return figures
