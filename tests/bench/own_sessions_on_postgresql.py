"""Your own sessions in a PostgreSQL database, compared with the bare statement that reads the same rows.

    POSTGRES_URL=... python -m tests.bench.own_sessions_on_postgresql              a hundred thousand messages
    POSTGRES_URL=... python -m tests.bench.own_sessions_on_postgresql 10000

The database gets a schema, which is dropped at the end. Each figure is the median of five, in turn with its baseline.
"""

import os
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import psycopg

from lessons.kit.imports import load_sdk
from lessons.kit.inspect.browse import open_session
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.listing import checked, days_of, list_sessions, list_unlisted
from lessons.kit.inspect.opening.server_storage import ServerStorage
from tests.bench.own_sessions import messages_of, sessions_of

SCHEMA, TIMES, PAGE = "sessions_bench", 5, 15
TABLES = """
CREATE TABLE agent_sessions (session_id VARCHAR PRIMARY KEY, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL);
CREATE TABLE agent_messages (id SERIAL PRIMARY KEY,
  session_id VARCHAR NOT NULL REFERENCES agent_sessions (session_id) ON DELETE CASCADE,
  message_data TEXT NOT NULL, created_at TIMESTAMP NOT NULL);
CREATE INDEX idx_agent_messages_session_time ON agent_messages (session_id, created_at);
"""


def build(connection: "psycopg.Connection[Any]", messages: int) -> None:
    """What SQLAlchemySession makes, with the rows of `own_sessions`."""
    connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    connection.execute(f"SET search_path TO {SCHEMA}")
    connection.execute(TABLES)
    with connection.cursor().copy("COPY agent_sessions FROM STDIN") as copy:
        for row in sessions_of(messages):
            copy.write_row(row)
    with connection.cursor().copy("COPY agent_messages (session_id, message_data, created_at) FROM STDIN") as copy:
        for row in messages_of(messages):
            copy.write_row(row)
    connection.execute("ANALYZE")


def measure(url: str, connection: "psycopg.Connection[Any]") -> None:
    settings = Settings()
    storage = ServerStorage("POSTGRES_URL", f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{SCHEMA}")
    (some,) = connection.execute(
        "SELECT session_id FROM agent_sessions ORDER BY session_id OFFSET 50 LIMIT 1"
    ).fetchone()
    newest = "SELECT * FROM agent_sessions ORDER BY updated_at DESC LIMIT 50"
    said = "SELECT * FROM agent_messages WHERE message_data ILIKE '%{}%' ORDER BY id DESC LIMIT 50"

    def bare(query: str) -> Callable[[], Any]:
        return lambda: connection.execute(query).fetchall()

    works: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "the first page": (lambda: list_sessions(storage, settings), bare(newest)),
        "a page deep inside": (
            lambda: list_sessions(storage, settings, PAGE if PAGE * 50 <= 1_000 else 1),
            bare(f"{newest} OFFSET {50 * (PAGE - 1)}"),
        ),
        "search for a word of all sessions": (
            lambda: list_sessions(storage, settings, 1, "Monday"),
            bare(said.format("Monday")),
        ),
        "search for a word of none": (lambda: list_sessions(storage, settings, 1, "qqqq"), bare(said.format("qqqq"))),
        "open a session of 100 rows": (
            lambda: open_session(storage, some, None, settings),
            bare(f"SELECT * FROM agent_messages WHERE session_id = '{some}' ORDER BY created_at, id"),
        ),
        "findings of the 50 of the first page": (
            lambda: list(checked(storage, list_sessions(storage, settings), settings)),
            bare(f"SELECT * FROM agent_messages WHERE session_id IN (SELECT session_id FROM ({newest}) AS newest)"),
        ),
        "days, and sessions that no row lists": (
            lambda: (days_of(storage), list_unlisted(storage, settings)),
            bare("SELECT updated_at::date, count(*) FROM agent_sessions GROUP BY 1"),
        ),
    }
    for name, pair in works.items():
        took: tuple[list[float], list[float]] = ([], [])
        for work in pair:
            work()
        for _ in range(TIMES):
            for work, times in zip(pair, took, strict=True):
                began = time.perf_counter()
                work()
                times.append((time.perf_counter() - began) * 1e3)
        print(f"{name:<40}{median(took[0]):8.1f} ms   statement alone {median(took[1]):8.1f} ms", flush=True)
    storage.close()


if __name__ == "__main__":
    load_sdk()
    address = os.environ["POSTGRES_URL"]
    with psycopg.connect(address, autocommit=True) as opened:
        try:
            build(opened, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
            print(f"load {os.getloadavg()[0]:.1f}")
            measure(address, opened)
        finally:
            opened.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
