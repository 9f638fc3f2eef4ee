"""What the tests of turns share: one turn on a desk, agents with models that misbehave, and dumps of SQLite files."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from agents import Agent, Runner, function_tool
from agents.models.interface import Model

from lessons.kit.ledger.ledger import LedgerLine
from lessons.kit.models.providers import Provider
from lessons.kit.records import TurnRecord
from lessons.kit.stores.opened_stores import opened_kinds
from lessons.kit.stores.redis.store import RedisStore
from lessons.kit.stores.sql.server_store import DatabaseServerStore
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.planned_turn import PlannedTurn
from lessons.kit.turns.running_work import RunningTurn


def start(
    desk: Desk,
    provider: Provider,
    code: Callable[..., Any],
    *,
    store: str = "sqlite_file",
    session_id: str = "alice",
    make_agent: Callable[[Any], Agent] | None = None,
    **more: Any,
) -> RunningTurn:
    """Queue `code` as a turn of the desk."""
    return desk.start(PlannedTurn(code.__name__, code, session_id, store, provider, make_agent or plain_agent, **more))


def do(desk: Desk, provider: Provider, code: Callable[..., Any], **more: Any) -> TurnRecord:
    """Run `code` as a turn of the desk and return its record."""
    record = start(desk, provider, code, **more).result(60)
    assert record is not None
    return record


def plain_agent(model: Any) -> Agent:
    return Agent(name="Assistant", instructions="Reply in one or two short sentences.", model=model)


async def tell(agent: Agent, session: Any) -> Any:
    return await Runner.run(agent, "My name is Alice", session=session)


async def ask_name(agent: Agent, session: Any) -> Any:
    return await Runner.run(agent, "What's my name?", session=session)


def stored(desk: Desk, store: str = "sqlite_file", session_id: str = "alice") -> list[str]:
    """The stored texts of a session."""
    return [row.data for row in desk.store(store).page(session_id).rows]


def keys(desk: Desk, store: str = "sqlite_file", session_id: str = "alice") -> list[int]:
    """The row ids of a session."""
    return [row.key for row in desk.store(store).page(session_id).rows]


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


EXCHANGE = (user("My name is Alice"), assistant("Hello, Alice."))


def fill(desk: Desk, *items: Any) -> Any:
    """Store items in the session "alice", in the file, so that no record tells of them; return the store."""
    store = desk.store("sqlite_file")
    asyncio.run(store.open_session("alice").add_items(list(items)))
    return store


def line_of(record: TurnRecord, text: str) -> LedgerLine:
    """The one line of the trace that contains `text`."""
    (found,) = [line for line in record.ledger.lines if text in line.item.text]
    return found


def key_of(line: LedgerLine) -> int | None:
    """The key of the line's row; None where it has none."""
    return None if line.row is None else line.row.key


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: sunny, 12 degrees"


def weather_agent(model: Any) -> Agent:
    return Agent(name="Weather", instructions="Use the tool.", model=model, tools=[get_weather])


class SilentModel(Model):
    """Takes the request and never answers. `asked` is set when one has come."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    async def get_response(self, *args: Any, **kwargs: Any) -> Any:
        self.asked.set()
        await asyncio.Event().wait()

    async def stream_response(self, *args: Any, **kwargs: Any) -> Any:
        self.asked.set()
        await asyncio.Event().wait()
        yield


class FailingModel(Model):
    """Raises `error` for every request."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    async def get_response(self, *args: Any, **kwargs: Any) -> Any:
        raise self.error

    async def stream_response(self, *args: Any, **kwargs: Any) -> Any:
        raise self.error
        yield


def with_model(model: Model) -> Callable[[Any], Agent]:
    """Makes an agent that asks `model`, whatever the provider."""
    return lambda _: plain_agent(model)


def another_process(desk: Desk) -> Desk:
    """The same visitor and lesson in a server that has just been started."""
    return Desk(desk.workspace, desk.lesson)


def dump(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of one SQLite file, with its rowid, sqlite_sequence included."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f'SELECT rowid, * FROM "{name}"').fetchall() for name in sorted(names)}


def dump_memory(session: Any) -> dict[str, list[tuple[Any, ...]]]:
    """The same for a session in memory."""
    with session._locked_connection() as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f'SELECT rowid, * FROM "{name}"').fetchall() for name in sorted(names)}


def storage_of(store: Any) -> Any:
    """The store that keeps the rows: of an encrypted store, the one that it wraps."""
    return getattr(store, "inner", store)


def _read(store: Any) -> dict[str, Any]:
    """What the store reads of each session."""
    return {name: (store.page(name), store.picture(name)) for name in sorted(store.session_ids())}


def dump_schema(store: DatabaseServerStore) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that the visitor has on a database server."""
    schema = store.schema_name
    names = f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}' ORDER BY 1"
    with store.server.reader().connect() as reader:
        return {
            name: [tuple(row) for row in reader.exec_driver_sql(f"SELECT * FROM {schema}.{name} ORDER BY 1")]
            for name in reader.exec_driver_sql(names).scalars().all()
        }


def dump_keys(store: RedisStore) -> dict[str, Any]:
    """Every key that the visitor has in Redis, with all that it holds, but not the time that is left to it: that changes."""

    def read(client: Any) -> dict[str, Any]:
        names = sorted(client.scan_iter(match=f"{store.namespace}:*", count=1_000))
        with client.pipeline(transaction=False) as asked:
            for name in names:
                asked.type(name)
            for name, kind in zip(names, asked.execute(), strict=True):
                {b"list": lambda name: asked.lrange(name, 0, -1), b"hash": asked.hgetall}.get(kind, asked.get)(name)
            held = dict(zip(names, asked.execute(), strict=True))
        return {name.decode().removeprefix(f"{store.namespace}:"): found for name, found in held.items() if found}

    return store._look(read)


def dump_desk(desk: Desk) -> dict[str, Any]:
    """All that the desk has stored: the raw rows of every SQLite database, and what every opened store reads from its own."""
    found = [*desk.folder.glob("*.db"), *desk.folder.glob("encrypted_*/*.db")]
    files = {str(path.relative_to(desk.folder)): dump(path) for path in sorted(found)}
    stores = [desk.store(name) for name in opened_kinds(desk.folder)]
    in_memory = [storage_of(store) for store in stores if store.medium == "memory"]
    memory = {name: dump_memory(session) for store in in_memory for name, session in store._sessions.items()}
    # A server is dumped as it stores the rows, also the encrypted ones: that decides what is read.
    servers = {}
    for store in stores:
        kept = storage_of(store)
        if isinstance(kept, DatabaseServerStore):
            servers[store.name] = dump_schema(kept)
        if isinstance(kept, RedisStore):
            servers[store.name] = dump_keys(kept)
    read = {store.name: _read(store) for store in stores if store.name not in servers}
    return {**files, **memory, **{name: rows for name, rows in (servers | read).items() if rows}}


def insert_row(path: Path, session_id: str, data: Any) -> int:
    """Put a row into the file without the SDK, as another program would; return its id."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT OR IGNORE INTO agent_sessions (session_id) VALUES (?)", (session_id,))
        query = "INSERT INTO agent_messages (session_id, message_data) VALUES (?, ?)"
        return connection.execute(query, (session_id, data)).lastrowid
