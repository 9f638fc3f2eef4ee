"""What the app adds on each backend: one turn compared with the bare SDK, and the rows and the session list compared with the
bare driver.

All is measured on the same server in the same interleaved run. A backend that this environment lacks is left out.
"""

import gc
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.rows import offline
from tests.bench.table import Figure, median_difference, spread
from tests.support.database_servers import find_servers

KINDS = (
    "sqlite_file",
    "async_sqlite",
    "advanced_sqlite",
    "encrypted_sqlite_file",
    "sqlalchemy_sqlite",
    "postgresql",
    "mysql",
    "redis_fake",
    "redis",
    "hosted_emulated",
)
SESSIONS, ITEMS = 10, 50
REPEATS, QUICK_REPEATS = 40, 12

_ROWS = (
    "SELECT id, session_id, message_data, created_at FROM agent_messages WHERE session_id = 'alice' "
    "ORDER BY {order} LIMIT 50"
)
_SESSIONS = "SELECT session_id, created_at, updated_at FROM agent_sessions ORDER BY updated_at DESC LIMIT 6"

Call = Callable[[], object]


def measure(folder: Path, quick: bool) -> list[Figure]:
    os.environ.update(offline(folder))
    find_servers()
    from lessons.kit.stores.registry import usable_kinds

    usable = usable_kinds()
    repeats = QUICK_REPEATS if quick else REPEATS
    return [figure for kind in KINDS if kind in usable for figure in _on(kind, folder / kind, repeats)]


def _on(kind: str, folder: Path, repeats: int) -> list[Figure]:
    from lessons.kit.stores.registry import usable_kinds
    from lessons.kit.turns.open_desks import open_desk
    from lessons.kit.visitors.workspace import new_visitor

    folder.mkdir()
    desk, bare = open_desk(new_visitor(), "basic"), usable_kinds()[kind].open(folder)
    store = desk.store(kind)
    try:
        for one in (store, bare):
            _fill(one)
        figures = [
            _compared(f"one turn on {kind}; baseline Runner.run", _app_turn(desk, kind), _bare_turn(bare), repeats)
        ]
        driver = _driver(store)
        if driver is not None:
            rows, sessions, close = driver
            name = f"the newest {ITEMS} rows on {kind}; baseline its driver"
            figures.append(_compared(name, lambda: store.page("alice"), rows, repeats))
            name = f"the session list on {kind}; baseline its driver"
            figures.append(_compared(name, store.sessions, sessions, repeats))
            close()
        return figures
    finally:
        for one in (store, bare):
            one.erase()
        desk.close()


def _compared(name: str, app: Call, baseline: Call, repeats: int) -> Figure:
    taken: dict[str, list[float]] = {"app": [], "baseline": []}
    for call in (app, baseline):
        call()  # the first opens the connection
    for repeat in range(repeats):
        ways = [("app", app), ("baseline", baseline)]
        for way, call in ways if repeat % 2 else ways[::-1]:
            gc.collect()
            start = time.perf_counter()
            call()
            taken[way].append((time.perf_counter() - start) * 1e3)
    added = median_difference(taken["app"], taken["baseline"])
    note = f"median of paired differences {added:+.1f} ms; {spread(taken['app'])}"
    return Figure("backends", name, "ms", median(taken["app"]), median(taken["baseline"]), note=note)


def _fill(store: Any) -> None:
    from lessons.kit.background import background

    items = [{"role": ("user", "assistant")[place % 2], "content": f"Item {place}"} for place in range(ITEMS)]
    for number in range(SESSIONS):
        background().run(store.open_session(f"session_{number}").add_items(items[:2]))
    background().run(store.open_session("alice").add_items(items))


def _app_turn(desk: Any, kind: str) -> Call:
    from lessons.course.index import load_lesson
    from lessons.frame import walk
    from lessons.kit.models.providers import active_provider

    lesson, provider = load_lesson("basic"), active_provider()

    def turn() -> None:
        record = walk.start_message(walk.Walk(lesson, desk, kind, provider), "What is 1 + 1?", "alice").result(60)
        if record is None or record.problem is not None:
            raise RuntimeError(f"the turn failed on {kind}: {record}")

    return turn


def _bare_turn(store: Any) -> Call:
    from agents import Runner

    from lessons.course.index import load_lesson
    from lessons.kit.background import background
    from lessons.kit.models.offline.model import OfflineModel

    agent = load_lesson("basic").make_agent(OfflineModel(seconds_per_word=0))
    session = store.open_session("alice")

    async def turn() -> None:
        result = await Runner.run(agent, "What is 1 + 1?", session=session)
        if hasattr(type(session), "store_run_usage"):  # the app does so too
            await session.store_run_usage(result)

    return lambda: background().run(turn(), None)


def _driver(store: Any) -> tuple[Call, Call, Call] | None:
    """Calls that read the same rows and the same sessions with the driver alone, and one that closes it.

    None where no driver reads them.
    """
    if getattr(store, "inner", None) is not None or store.session_type == "OpenAIConversationsSession":
        return None
    if store.session_type == "RedisSession":
        return _redis(store)
    if store.medium == "PostgreSQL":
        import psycopg

        options = f"-c search_path={store.schema_name}"
        return _sql(psycopg.connect(os.environ["POSTGRES_URL"], options=options, autocommit=True))
    if store.medium == "MySQL":
        import pymysql
        from sqlalchemy.engine import make_url

        at = make_url(os.environ["MYSQL_URL"])
        given = {"host": at.host, "port": at.port or 3306, "user": at.username, "password": at.password or ""}
        return _sql(pymysql.connect(**given, database=store.schema_name, autocommit=True))
    import sqlite3

    order = "created_at DESC, id DESC" if store.session_type == "SQLAlchemySession" else "id DESC"
    return _sql(sqlite3.connect(f"{store.path.as_uri()}?mode=ro", uri=True, check_same_thread=False), order)


def _sql(connection: Any, order: str = "created_at DESC, id DESC") -> tuple[Call, Call, Call]:
    def fetch(query: str) -> Any:
        cursor = connection.cursor()
        cursor.execute(query)
        return cursor.fetchall()

    return lambda: fetch(_ROWS.format(order=order)), lambda: fetch(_SESSIONS), connection.close


def _redis(store: Any) -> tuple[Call, Call, Call]:
    prefix = f"{store.namespace}:agents:session"

    def rows() -> Any:
        return store._look(lambda client: client.lrange(f"{prefix}:alice:messages", -50, -1))

    def sessions() -> Any:
        return store._look(lambda client: [client.hgetall(f"{prefix}:session_{number}") for number in range(6)])

    return rows, sessions, lambda: None
