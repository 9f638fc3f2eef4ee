"""Visitors who walk through the lessons at the same time, each with a secret word in all its messages.

    python -m tests.load --visitors 30 --minutes 10 --pace realistic

It prints errors, secrets that another visitor was sent, histories out of order, how long turns and reruns take, and the memory,
the files and the threads of the server over time. The exit status is 1 when anything went wrong; the last line repeats the run.
"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.load.visitor import Met, Visitor
from tests.support.app_server import APP
from tests.support.measured_table import write_line
from tests.support.measuring import MOST_FILES, MeasuredServer, machine, percentile, when_and_where
from tests.support.said import history_faults, said_in_order
from tests.support.stored_texts import IN_FILES, KEY, KEY_VARIABLE, texts_of

PACES = {"realistic": (20.0, "0.03"), "heavy": (2.0, "0")}
"""The mean seconds from turn to turn of a visitor, and the pace of the offline model in seconds a word."""
ARRIVAL_SECONDS = 2 / 30
"""Thirty visitors open their first page within two seconds."""
SAMPLES = 12
SHOWN = 10


@dataclass(frozen=True)
class Sample:
    """The server's process at one moment. `files` are those that it has open, apart from sockets."""

    seconds: float
    megabytes: float
    files: int
    threads: int


async def attend(
    server: MeasuredServer, visitors: int, seconds: float, apart: float, seed: int
) -> tuple[Met, list[Sample]]:
    """Open all tabs, then let everybody walk for that time."""
    met, samples = Met(), []
    start = time.perf_counter()
    people = [Visitor(server.url, number, seed, apart, met) for number in range(visitors)]

    async def all_of_it() -> None:
        await asyncio.gather(*(person.arrive(visitors * ARRIVAL_SECONDS) for person in people))
        until = time.perf_counter() + seconds
        await asyncio.gather(*(person.walk(until) for person in people))

    walking = asyncio.ensure_future(all_of_it())
    while not walking.done():
        samples.append(Sample(time.perf_counter() - start, server.megabytes(), server.files(), server.threads()))
        await asyncio.wait([walking], timeout=max(1.0, seconds / SAMPLES))
    await walking
    return met, samples


def judge_storage(met: Met, data: Path) -> None:
    """Note in `met` what the visitors saw as stored and the files of the ended server do not have, and rows out of order."""
    for told in met.told:
        place = told.place
        if place.store not in IN_FILES:
            continue
        texts = texts_of(place.store, data / told.visitor / place.lesson, place.session, {})
        faults = history_faults(said_in_order(texts, told.secret), told.said)
        met.histories += 1
        met.disordered += [f"{told.secret} in {place.store} of {place.lesson}: {fault}" for fault in faults]


def report(met: Met, samples: list[Sample]) -> str:
    """The figures, and the first of what went wrong."""
    lines = []
    for what, values in (
        ("a turn", met.turns),
        ("a step", met.steps),
        ("a rerun", met.reruns),
        ("opening a page", met.opened),
        ("a first sign", met.signs),
    ):
        if values:
            p50, p95 = percentile(values, 0.5), percentile(values, 0.95)
            times = f"p50 {p50:7,.0f} ms   p95 {p95:7,.0f} ms   at most {max(values):7,.0f} ms"
            lines.append(f"{what:<15} {times}   {len(values):,} times")
    lines += ["", "    time   memory   files   threads"]
    lines += [
        f"{sample.seconds:6.0f} s {sample.megabytes:6.0f} MB {sample.files:6} {sample.threads:8}" for sample in samples
    ]
    lines.append("")
    if met.told_to_wait:
        lines += [f"told that the server is busy, and when to try again: {met.told_to_wait} times", ""]
    for what, found in (
        ("errors", met.errors),
        ("leaks between visitors", met.leaks),
        (f"rows out of order, twice or missing, in {met.histories:,} histories", met.disordered),
    ):
        lines.append(f"{what}: {len(found)}")
        lines += [f"  {words}" for words in found[:SHOWN]]
    return "\n".join(lines)


def cells(met: Met, samples: list[Sample]) -> list[str]:
    """The cells of this run in the table of docs/reliability.md, after its command."""
    times = (f"{percentile(kind, 0.5):,.0f}, {percentile(kind, 0.95):,.0f} ms" for kind in (met.turns, met.reruns))
    wrong = (len(met.errors), len(met.leaks), len(met.disordered))
    return [
        when_and_where(),
        f"{len(met.turns):,}",
        *times,
        f"{max(sample.megabytes for sample in samples):,.0f} MB",
        f"{max(sample.files for sample in samples)}, {max(sample.threads for sample in samples)}",
        ", ".join(map(str, wrong)),
    ]


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m tests.load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--visitors", type=int, default=30, metavar="N")
    made.add_argument("--minutes", type=float, default=10, metavar="M")
    made.add_argument(
        "--pace", choices=PACES, default="realistic", help="a turn of each visitor about every 20 seconds, or every 2"
    )
    made.add_argument("--seed", type=int, help="what the visitors do follows from it")
    made.add_argument("--document", action="store_true", help="write the figures into docs/reliability.md")
    return made


def main(arguments: list[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    seed = random.randrange(10**6) if chosen.seed is None else chosen.seed
    apart, pace_of_model = PACES[chosen.pace]
    print("\n".join(f"- {name}: {value}" for name, value in machine().items()), flush=True)
    folder = Path(tempfile.mkdtemp(prefix="sessions-load-"))
    settings = {"SESSIONS_OFFLINE_SECONDS_PER_WORD": pace_of_model, KEY_VARIABLE: KEY}
    with MeasuredServer(APP, folder, **settings) as server:
        met, samples = asyncio.run(attend(server, chosen.visitors, chosen.minutes * 60, apart, seed))
    met.errors += [f"the server's log: {line}" for line in server.troubles()]
    judge_storage(met, server.data)
    most = max(sample.files for sample in samples)
    if most > MOST_FILES:
        met.errors.append(f"the server had {most} files open; {MOST_FILES} is the most that it may have")
    command = f"python -m tests.load --visitors {chosen.visitors} --minutes {chosen.minutes:g} --pace {chosen.pace}"
    print(f"\n{command}\n\n{report(met, samples)}\n")
    if chosen.document:
        write_line("load", command, cells(met, samples))
    print(f"Repeat it: {command} --seed {seed}")
    if met.errors or met.leaks or met.disordered or not met.histories:
        print(f"What the visitors stored, and the server's log: {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
