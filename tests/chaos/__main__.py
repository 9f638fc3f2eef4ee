"""Visitors at a server to which everything happens: no row that was acknowledged may be lost, doubled or out of order.

    python -m tests.chaos --minutes 5

The server is killed at random and started again, its disk is full, its SQLite files are locked by another process, and its
PostgreSQL, MariaDB and Redis, which belong to this run alone, are stopped and started. At the end every visitor must be
served again, and the rows are read from the storage itself. The exit status is 1 when anything is wrong; the last line repeats
the run.
"""

import argparse
import asyncio
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from lessons.kit.records import load_records
from lessons.kit.turns.snapshots.one_snapshot import MANIFEST, SNAPSHOTS
from tests.chaos.attacks import DISK_FULL, FILES_LOCKED, KILLS, Attacks
from tests.chaos.disk import small_disk
from tests.chaos.visitor import Place, Visitor
from tests.support.app_server import AppServer
from tests.support.measured_table import write_line
from tests.support.measuring import machine, when_and_where
from tests.support.own_databases import OwnDatabase, OwnLastingRedis, OwnMariaDB, OwnPostgreSQL
from tests.support.said import Said, history_faults, said_in, said_in_order
from tests.support.stored_texts import KEY, KEY_VARIABLE, texts_in_copy, texts_of

PLACES = (
    Place("basic", "sqlite_file"),
    Place("databases", "postgresql"),
    Place("databases", "mysql"),
    Place("redis", "redis"),
    Place("multi_session", "json_files"),
    Place("encrypted", "encrypted_sqlite_file"),
    Place("analytics", "advanced_sqlite"),
    Place("databases", "sqlalchemy_sqlite"),
    Place("databases", "async_sqlite"),
    Place("memory_operations", "sqlite_custom_tables"),
)
DATABASES: dict[str, type[OwnDatabase]] = {"postgresql": OwnPostgreSQL, "mysql": OwnMariaDB, "redis": OwnLastingRedis}
SHOWN = 10


def started_databases(folder: Path, stack: ExitStack) -> tuple[dict[str, OwnDatabase], list[str]]:
    """The run's own servers, by the name of the store that uses them, and why the others are missing."""
    lacking = [f"{name}: {why}" for name, kind in DATABASES.items() if (why := kind.missing())]
    servers = {}
    for name, kind in DATABASES.items():
        if not kind.missing():
            place = folder / name
            place.mkdir()
            servers[name] = kind(place)

    def start(server: OwnDatabase) -> None:
        server.prepare()
        stack.callback(server.stop)
        server.start()

    with ThreadPoolExecutor() as pool:
        list(pool.map(start, servers.values()))
    return servers, lacking


async def attend(visitors: Sequence[Visitor], attacks: Attacks, seconds: float) -> list[str]:
    """Let the visitors live under attack. Returns who is not served again after it, and what else went wrong."""
    until = time.perf_counter() + seconds
    wrong = []
    living = asyncio.gather(*(visitor.live(until) for visitor in visitors))
    try:
        await attacks.go_on(until)
    except RuntimeError as error:
        return [f"the server did not start again: {error}"]
    finally:
        await asyncio.wait([living])
    served = await asyncio.gather(*(visitor.is_served_again() for visitor in visitors))
    for visitor, ok in zip(visitors, served, strict=True):
        if not ok:
            wrong.append(f"{visitor} is not served again: {'; '.join(visitor.problems[-1:]) or 'no reply'}")
        await visitor.leave()
        wrong += [f"{visitor} was sent the secret {secret}" for secret in sorted(visitor.leaked)]
        wrong += [f"{visitor} was shown {words}" for words in sorted(set(visitor.shown_exceptions))]
    return wrong


def stored(visitor: Visitor, data: Path, urls: Mapping[str, str]) -> list[Said]:
    """The visitor's rows, from the storage itself, in its order."""
    folder = data / visitor.name / visitor.place.lesson
    return said_in_order(texts_of(visitor.place.store, folder, visitor.session, urls), visitor.secret)


def recorded(visitor: Visitor, data: Path) -> set[Said]:
    """What the records in the visitor's folder say was stored in its session."""
    records = load_records(data / visitor.name / visitor.place.lesson / "records")
    return {
        said
        for record in records
        for line in record.ledger.lines
        if line.mark == "added" and line.row is not None and line.row.session_id == visitor.session
        if (said := said_in(line.item.text, visitor.secret)) is not None
    }


def copied(visitor: Visitor, data: Path, urls: Mapping[str, str]) -> set[Said]:
    """The messages and replies of the visitor's session that are in the copies of the storage, which steps make."""
    whole = (data / visitor.name / visitor.place.lesson / SNAPSHOTS).glob(f"*/{MANIFEST}")
    texts = (texts_in_copy(visitor.place.store, one.parent, visitor.session, urls) for one in whole)
    return {said for found in texts for said in said_in_order(found, visitor.secret)}


def judge(visitor: Visitor, rows: Sequence[Said], recorded: set[Said], copied: set[Said]) -> list[str]:
    """A sentence for each row that is lost, doubled, out of order, or that nobody sent."""
    acknowledged = visitor.acknowledged | recorded
    faults = history_faults(rows, acknowledged)
    faults += [f"{said} is stored and was never sent" for said in rows if said.number > visitor.sent]
    gone = visitor.put_aside - {*rows} - copied
    faults += [f"{said} was put aside by a step, and is neither stored nor in a copy" for said in sorted(gone)]
    if not acknowledged | visitor.put_aside:
        faults.append("no row was ever acknowledged, so nothing was tested")
    return [f"{visitor}: {fault}" for fault in faults]


@dataclass(frozen=True)
class Outcome:
    """What a run did, how often, and what is wrong; `notes` say how the disk was filled, and what was not attacked."""

    attacks: dict[str, int]
    visitors: dict[str, int]
    notes: list[str]
    wrong: list[str]


def run(folder: Path, visitors: int, seconds: float, seed: int) -> Outcome:
    """One chaos run. What was stored is copied into the folder when anything is wrong."""
    with ExitStack() as stack:
        disk = small_disk(folder / "disk")
        if disk is not None:
            stack.callback(disk.close)
        databases, lacking = started_databases(folder, stack)
        environment = {kind.variable: "" for kind in DATABASES.values()}
        environment |= {server.variable: server.url for server in databases.values()}
        environment["SESSIONS_DATA_DIR"] = str((folder if disk is None else disk.folder) / "data")
        server = AppServer(folder, {**environment, KEY_VARIABLE: KEY})
        stack.callback(server.stop)
        server.start()
        places = [place for place in PLACES if place.store in databases or place.store not in DATABASES]
        people = [Visitor(server.url, number, seed, places[number % len(places)]) for number in range(visitors)]
        attacks = Attacks(server, disk, list(databases.values()), people, random.Random(seed))
        wrong = asyncio.run(attend(people, attacks, seconds))
        server.stop()
        urls = {name: database.url for name, database in databases.items()}
        for person in people:
            data = server.data
            wrong += judge(person, stored(person, data, urls), recorded(person, data), copied(person, data, urls))
        wrong += [f"the server's log: {line}" for line in server.troubles()]
        if wrong:
            shutil.copytree(server.data, folder / "kept", ignore_dangling_symlinks=True)
    words = disk.words if disk else "not filled: this system has neither a tmpfs nor RLIMIT_FSIZE of another process"
    done = {
        "messages sent": sum(person.sent for person in people),
        "steps": sum(person.done["step"] for person in people),
        "steps taken back": sum(person.done["step back"] for person in people),
        "rows acknowledged, and looked for in the storage": sum(len(person.acknowledged) for person in people),
    }
    broken_off = sum((person.broken_off for person in people), Counter())
    ends = ", ".join(f"{what} {count}" for what, count in broken_off.most_common())
    notes = [
        f"tries that were broken off: {ends or 'none'}",
        f"the disk: {words}",
        *(f"not attacked: {words}" for words in lacking),
    ]
    return Outcome(dict(sorted(attacks.counts.items())), done, notes, wrong)


def cells(outcome: Outcome) -> list[str]:
    """The cells of this run in the table of docs/reliability.md, after its command."""
    own = {KILLS: "kills", DISK_FULL: "full disks", FILES_LOCKED: "locked files"}
    attacks = [f"{outcome.attacks.get(name, 0)} {words}" for name, words in own.items()]
    attacks.append(
        f"{sum(outcome.attacks.values()) - sum(outcome.attacks.get(name, 0) for name in own)} outages of databases"
    )
    return [
        when_and_where(),
        ", ".join(attacks),
        *(f"{count:,}" for count in outcome.visitors.values()),
        str(len(outcome.wrong)),
    ]


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m tests.chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--visitors", type=int, default=10, metavar="N")
    made.add_argument("--minutes", type=float, default=5, metavar="M")
    made.add_argument("--seed", type=int, help="what the visitors do, and what is done to the server, follows from it")
    made.add_argument("--document", action="store_true", help="write the figures into docs/reliability.md")
    return made


def main(arguments: list[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    seed = random.randrange(10**6) if chosen.seed is None else chosen.seed
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers are stopped and the disk is unmounted
    print("\n".join(f"- {name}: {value}" for name, value in machine().items()), flush=True)
    folder = Path(tempfile.mkdtemp(prefix="sessions-chaos-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user
    outcome = run(folder, chosen.visitors, chosen.minutes * 60, seed)
    command = f"python -m tests.chaos --visitors {chosen.visitors} --minutes {chosen.minutes:g}"
    lines = [f"{what}: {count:,}" for what, count in {**outcome.attacks, **outcome.visitors}.items()]
    lines += [*outcome.notes, "", f"wrong: {len(outcome.wrong)}"]
    lines += [f"  {' '.join(words.split())[:300]}" for words in outcome.wrong[:SHOWN]]
    print(f"\n{command}\n", *lines, f"Repeat it: {command} --seed {seed}", sep="\n")
    if chosen.document:
        write_line("chaos", command, cells(outcome))
    if outcome.wrong:
        print(f"What the visitors stored (kept), and the server's log: {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
