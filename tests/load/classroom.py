"""A class under the limit of descriptors of an ordinary machine: a turn of every visitor in every lesson, and what it takes.

    python -m tests.load.classroom                  thirty visitors, 256 descriptors, and a minute of rest after the last turn
    python -m tests.load.classroom --gap 0          every visitor at the same moment

Prints what the server held, and exits with 1 if a visitor was not served or it held more than it should. Linux alone can set
the limit of another process, so the command needs it.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lessons.course.index import LESSONS
from tests.support.app_server import APP
from tests.support.measuring import MOST_FILES, MeasuredServer
from tests.support.st_client import StClient

MOST_THREADS, MOST_FILES_AFTER = 20, 30
PATIENCE = 120.0
"""Seconds that a visitor waits for a page or a reply, on a busy machine."""


@dataclass
class Held:
    """What the server held, without sockets: the most at any time, and afterwards."""

    served: int = 0
    errors: list[str] = field(default_factory=list)
    files: int = 0
    threads: int = 0
    files_after: int = 0
    threads_after: int = 0
    log_bytes: int = 0


def attend(folder: Path, visitors: int, slugs: Sequence[str], descriptors: int, gap: float, rest: float) -> Held:
    """Let `visitors` have a turn in each lesson, `gap` seconds apart, and look again `rest` seconds after the last one."""
    held = Held()
    with MeasuredServer(APP, folder) as server:
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (descriptors, descriptors))
        done = threading.Event()
        watching = threading.Thread(target=_watch, args=[server, held, done])
        watching.start()
        try:
            asyncio.run(_attend(server, held, visitors, slugs, gap, rest))
        finally:
            done.set()
            watching.join()
        held.files_after, held.threads_after = server.files(), server.threads()
        held.errors += server.errors()
        held.log_bytes = server.log.stat().st_size
    return held


def _watch(server: MeasuredServer, held: Held, done: threading.Event) -> None:
    while not done.wait(0.02):
        held.threads = max(held.threads, server.threads())
        held.files = max(held.files, server.files())


async def _attend(
    server: MeasuredServer, held: Held, visitors: int, slugs: Sequence[str], gap: float, rest: float
) -> None:
    async with StClient(server.url, timeout=PATIENCE) as first:  # the teacher, who looks whether it runs
        await first.open(slugs[0])
    tabs = [StClient(server.url, timeout=PATIENCE) for _ in range(visitors)]
    for lesson, slug in enumerate(slugs):
        await asyncio.gather(*(_turn(tab, slug, lesson, number, gap, held) for number, tab in enumerate(tabs)))
    await asyncio.sleep(rest)
    for tab in tabs:
        await tab.close()


async def _turn(tab: StClient, slug: str, lesson: int, number: int, gap: float, held: Held) -> None:
    await asyncio.sleep(gap * number)
    try:
        await (tab.switch_page(slug) if lesson else tab.open(slug))
        sum_ = 2_000 + 10 * number + lesson
        timing = await tab.chat(f"What is 1000 + {sum_ - 1_000}?", wait_text=f"= {sum_:,}.")
        if timing.text_ms is None or not timing.ok or tab.exceptions():
            held.errors.append(f"visitor {number} in {slug}: {timing} {[node.text for node in tab.exceptions()]}")
        else:
            held.served += 1
    except Exception as error:
        held.errors.append(f"visitor {number} in {slug}: {type(error).__name__}: {error}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load.classroom", description=__doc__.partition("\n")[0])
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument(
        "--descriptors", type=int, default=256, help="what the system allows the server, sockets included"
    )
    parser.add_argument("--gap", type=float, default=0.1, help="seconds from one visitor's turn to the next one's")
    parser.add_argument("--rest", type=float, default=60.0, help="seconds after the last turn, with all tabs open")
    chosen = parser.parse_args(arguments)
    slugs = [entry.slug for entry in LESSONS]
    with tempfile.TemporaryDirectory(prefix="sessions-lab-") as folder:
        held = attend(Path(folder), chosen.visitors, slugs, chosen.descriptors, chosen.gap, chosen.rest)
    turns = chosen.visitors * len(slugs)
    print(f"{held.served} of {turns} turns served, under a limit of {chosen.descriptors} descriptors")
    print(f"most files at any time    {held.files:6}   at most {MOST_FILES}")
    print(f"files after {chosen.rest:4.0f} s of rest  {held.files_after:6}   at most {MOST_FILES_AFTER}")
    print(f"most threads at any time  {held.threads:6}   at most {MOST_THREADS}")
    print(f"bytes of the log          {held.log_bytes:6}")
    for error in held.errors[:10]:
        print(error[:500])
    good = not held.errors and held.served == turns and held.files <= MOST_FILES and held.threads <= MOST_THREADS
    return 0 if good and held.files_after <= MOST_FILES_AFTER else 1


if __name__ == "__main__":
    sys.exit(main())
