"""Your own sessions: how long it takes to list, search, open and check those of a large SQLite file.

python -m tests.bench.own_sessions              a hundred thousand messages in a thousand sessions
python -m tests.bench.own_sessions 1000000      a million, in ten thousand
"""

import json
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lessons.kit.imports import load_sdk
from lessons.kit.inspect.check import check_storage
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.wanted import Wanted
from tests.support.stored_sessions import assistant, call, make_tables, output, user

A_SESSION, A_TURN = 100, 4
LONG = "long"
ROWS = "INSERT INTO agent_messages (session_id, message_data, created_at) VALUES (?, ?, ?)"


def build(path: Path, messages: int, long: int = 0) -> None:
    """Sessions of a hundred messages each: a question, a call, its output and an answer, 25 times. LONG has `long` more."""
    make_tables(path)
    connection = sqlite3.connect(path)
    if long:
        connection.execute("INSERT INTO agent_sessions VALUES (?, ?, ?)", (LONG, _day(0), _day(0)))
        connection.executemany(ROWS, _rows(LONG, _day(0), long))
    connection.executemany("INSERT INTO agent_sessions VALUES (?, ?, ?)", sessions_of(messages))
    connection.executemany(ROWS, messages_of(messages))
    connection.commit()
    connection.close()


def sessions_of(messages: int) -> Iterator[tuple[str, str, str]]:
    """The rows of agent_sessions: id, and when it was made and last used."""
    return ((f"s{number:05}", _day(number), _day(number)) for number in range(messages // A_SESSION))


def messages_of(messages: int) -> Iterator[tuple[str, str, str]]:
    """The rows of agent_messages: session, item and time."""
    return (row for name, day, _ in sessions_of(messages) for row in _rows(name, day))


def _day(number: int) -> str:
    return f"2026-{1 + number // 1000 % 12:02}-{1 + number // 40 % 25:02} 09:00:00"


def _rows(name: str, day: str, items: int = A_SESSION) -> Iterator[tuple[str, str, str]]:
    for turn in range(items // A_TURN):
        own = f"{name}_{turn}"
        question = user("Where is my order? I have waited since Monday.")
        for item in (question, call(own, '{"order": 1}', "find_order"), output(own), assistant(id_=f"msg_{own}")):
            yield name, json.dumps(item), day


def measure(path: Path) -> None:
    from lessons.kit.inspect.browse import open_session
    from lessons.kit.inspect.listing import checked, list_sessions, list_unlisted
    from lessons.kit.inspect.questions import answer

    storage, settings = SQLiteStorage(path), Settings()
    some = storage.newest(storage.pairs()[0], 10)[-1].session_id
    works: dict[str, Callable[[], Any]] = {
        "first page of sessions": lambda: list_sessions(storage, settings),
        "the same, with findings": lambda: list(checked(storage, list_sessions(storage, settings), settings)),
        "sessions that no row lists": lambda: list_unlisted(storage, settings),
        "a page deep inside": lambda: list_sessions(storage, settings, 15),
        "search for one id": lambda: list_sessions(storage, settings, 1, some),
        "search for a word that all sessions have": lambda: list_sessions(storage, settings, 1, "order"),
        "open one session": lambda: open_session(storage, some, None, settings),
        "a question": lambda: answer(storage, "Which tools are used most?"),
        "check of the newest 1,000 sessions": lambda: check_storage(storage, settings, Wanted(sessions=1_000)),
    }
    for name, work in works.items():
        began = time.perf_counter()
        work()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{name:<44}{time.perf_counter() - began:6.2f} s   peak {peak} MB")
    storage.close()


if __name__ == "__main__":
    load_sdk()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.db"
        build(file, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
        measure(file)
