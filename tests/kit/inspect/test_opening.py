"""Storage is found by its columns and read without a trace; writing through each connection fails."""

import asyncio
import hashlib
import itertools
import json
import os
import sqlite3
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from agents import SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession, RedisSession, SQLAlchemySession
from redis import Redis
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from lessons.kit.inspect.browse import open_session
from lessons.kit.inspect.check import check_storage
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.findings.case import Case
from lessons.kit.inspect.listing import list_sessions
from lessons.kit.inspect.opening import server_tables, sqlite_file
from lessons.kit.inspect.opening.redis_storage import RedisStorage
from lessons.kit.inspect.opening.server_connection import NotRead, reading_client
from lessons.kit.inspect.opening.server_tables import SHORT_BYTES
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.opening.storage import open_storage
from lessons.kit.inspect.stored import SHORT_ROWS, CannotRead, Head, Hit, Listing, Overview, TimeIsUp
from lessons.kit.inspect.wanted import Wanted
from tests.support.database_servers import tables_on_a_server
from tests.support.stored_sessions import assistant, call, make_tables, output, store, user


def as_it_is(folder):
    return {
        path.name: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest()) for path in folder.iterdir()
    }


def read_all(storage):
    return {
        (pair.messages, head.session_id): [row.key for row in storage.read(head).rows]
        for pair in storage.pairs()
        for head in storage.newest(pair, 10)
    }


def made_by_the_sdk(path):
    session = SQLiteSession("s", path)
    asyncio.run(session.add_items([user(), assistant()]))
    session.close()
    return path


def test_a_file_in_wal_mode_is_read_and_nothing_is_left_next_to_it(tmp_path):
    path = made_by_the_sdk(tmp_path / "a.db")
    before = as_it_is(tmp_path)
    storage = SQLiteStorage(path)
    assert read_all(storage) == {("agent_messages", "s"): [1, 2]}
    storage.close()
    assert as_it_is(tmp_path) == before
    assert len(before) == 1


def test_what_is_written_while_it_is_read_is_seen(tmp_path):
    path = made_by_the_sdk(tmp_path / "a.db")
    storage = SQLiteStorage(path)
    assert read_all(storage) == {("agent_messages", "s"): [1, 2]}
    writer = SQLiteSession("s", path)
    asyncio.run(writer.add_items([user("more")]))
    assert read_all(storage) == {("agent_messages", "s"): [1, 2, 3]}
    asyncio.run(writer.add_items([assistant(id_="msg_2")]))
    assert read_all(storage) == {("agent_messages", "s"): [1, 2, 3, 4]}
    writer.close()
    assert read_all(storage) == {("agent_messages", "s"): [1, 2, 3, 4]}
    storage.close()


@pytest.mark.parametrize("in_use", [False, True], ids=["at rest", "in use"])
def test_writing_to_a_file_fails_at_the_database(tmp_path, in_use):
    path = made_by_the_sdk(tmp_path / "a.db")
    writer = sqlite3.connect(path) if in_use else None
    if writer is not None:
        writer.execute("SELECT * FROM agent_messages").fetchall()
    storage = SQLiteStorage(path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        storage.execute("DELETE FROM agent_messages")
    storage.execute("PRAGMA query_only = OFF")  # the file itself is opened read-only, whatever this setting says
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        storage.execute("DELETE FROM agent_messages")
    storage.close()
    if writer is not None:
        writer.close()


def test_own_names_and_several_pairs_in_one_file(tmp_path):
    path = tmp_path / "a.db"
    store(path, [user()], "one", sessions="support_sessions", messages="support_messages")
    store(path, [user(), assistant()], "two", sessions="sales_sessions", messages="sales_messages")
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE notes (session_id TEXT, body TEXT)")
    connection.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, created_at TEXT, updated_at TEXT)")
    connection.close()
    storage = SQLiteStorage(path)
    assert [(pair.messages, pair.sessions) for pair in storage.pairs()] == [
        ("sales_messages", "sales_sessions"),
        ("support_messages", "support_sessions"),
    ]
    assert read_all(storage) == {("sales_messages", "two"): [1, 2], ("support_messages", "one"): [1]}
    storage.close()


def test_the_tables_of_each_class_are_known_for_what_they_are(tmp_path):
    AdvancedSQLiteSession(session_id="s", db_path=tmp_path / "advanced.db", create_tables=True).close()
    make_tables(tmp_path / "plain.db")

    async def make():
        session = SQLAlchemySession.from_url(
            "s", url=f"sqlite+aiosqlite:///{tmp_path / 'alchemy.db'}", create_tables=True
        )
        await session.add_items([user()])
        await session.engine.dispose()

    asyncio.run(make())
    known = {}
    for name in ("advanced", "plain", "alchemy"):
        storage = SQLiteStorage(tmp_path / f"{name}.db")
        (pair,) = storage.pairs()
        known[name] = pair.made_by, pair.structure, pair.usage
        storage.close()
    assert known == {
        "advanced": ("SQLiteSession", "message_structure", "turn_usage"),
        "plain": ("SQLiteSession", None, None),
        "alchemy": ("SQLAlchemySession", None, None),
    }


def test_the_newest_sessions_come_first_and_those_before_a_time_are_left_out(tmp_path):
    path = tmp_path / "a.db"
    for day, name in ((3, "newest"), (1, "oldest"), (2, "between")):
        store(path, [user()], name, times=[f"2026-11-0{day} 09:00:00"])
    storage = SQLiteStorage(path)
    (pair,) = storage.pairs()
    assert [head.session_id for head in storage.newest(pair, 2)] == ["newest", "between"]
    assert [head.session_id for head in storage.newest(pair, 9, "2026-11-02 00:00:00")] == ["newest", "between"]
    storage.close()


def test_a_table_without_an_index_and_without_a_list_of_sessions_is_read(tmp_path):
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.execute("CREATE TABLE history (session_id TEXT, message_data TEXT)")
    connection.executemany("INSERT INTO history VALUES (?, '{}')", [("b",), ("a",), ("b",)])
    connection.commit()
    connection.close()
    storage = SQLiteStorage(tmp_path / "a.db")
    assert read_all(storage) == {("history", "a"): [2], ("history", "b"): [1, 3]}
    storage.close()


@pytest.mark.parametrize("ids", [[None, None], [1, None], [7, 7]])
def test_rows_without_an_own_id_are_refused_in_words(ids, tmp_path):
    path = store(tmp_path / "a.db", [user("a"), assistant()])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE copied AS SELECT * FROM agent_messages")
        connection.execute("DROP TABLE agent_messages")
        connection.execute("ALTER TABLE copied RENAME TO agent_messages")  # id is a plain number now
        connection.executemany("UPDATE agent_messages SET id = ? WHERE id = ?", zip(ids, [1, 2], strict=True))
        connection.commit()
    with closing(SQLiteStorage(path)) as storage, pytest.raises(CannotRead, match="Is id still the PRIMARY KEY"):
        check_storage(storage, Settings(), Wanted())


def test_a_table_whose_id_is_a_text_is_not_taken_for_one_in_the_order_of_its_rows(tmp_path):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE agent_messages (id TEXT PRIMARY KEY, session_id TEXT, message_data TEXT)")
        rows = [("b", "s", json.dumps(user())), ("a", "s", json.dumps(assistant()))]
        connection.executemany("INSERT INTO agent_messages VALUES (?, ?, ?)", rows)
        connection.commit()
    session = SQLiteSession("s", path)
    assert asyncio.run(session.get_items()) == [assistant(), user()]
    session.close()
    with closing(SQLiteStorage(path)) as storage, pytest.raises(CannotRead, match="a number for each row"):
        check_storage(storage, Settings(), Wanted())


@pytest.mark.servers
def test_names_of_columns_in_capitals_are_read_on_mysql_as_it_reads_them():
    columns = "(ID integer PRIMARY KEY, Session_ID varchar(50), Message_Data text, Created_At datetime)"
    made = ("CREATE TABLE {name}_messages " + columns, "INSERT INTO {name}_messages VALUES (1, 's', '{{}}', now())")
    with (
        tables_on_a_server("MYSQL_URL", SERVER_TABLES[0], *made) as (_, name),
        closing(open_storage("MYSQL_URL", os.environ)) as storage,
    ):
        (pair,) = [pair for pair in storage.pairs() if pair.messages == f"{name}_messages"]
        assert [row.key for row in storage.read(storage.newest(pair, 1)[0]).rows] == [1]


def test_memory_is_bounded_by_rows(tmp_path):
    storage = SQLiteStorage(store(tmp_path / "a.db", [user(str(number)) for number in range(50)]))
    (pair,) = storage.pairs()
    (head,) = storage.newest(pair, 1)
    stored = storage.read(head, 10)
    assert [row.key for row in stored.rows] == list(range(41, 51))
    assert not stored.is_whole
    storage.close()


def test_what_cannot_be_read_is_said_in_words(tmp_path, monkeypatch):
    (tmp_path / "text.db").write_text("not a database, but a text of some length " * 20)
    sqlite3.connect(tmp_path / "empty.db").execute("SELECT 1 FROM sqlite_master").close()
    (tmp_path / "gone.db-wal").write_bytes(b"wal")
    (tmp_path / "text.db-shm").write_bytes(b"shm")
    for name, words in (
        ("none.db", "is neither a file nor a variable"),
        ("text.db", "is not a SQLite database, its beginning is damaged, or the whole file is encrypted"),
        ("empty.db", "is an empty file.* Is it the path that your agents use"),
        ("gone.db-wal", "what SQLite keeps next to the database gone.db. That does not exist"),
        ("text.db-shm", "what SQLite keeps next to the database text.db. Name that"),
        (".", "is a folder. Name one file in it."),
    ):
        with pytest.raises(CannotRead, match=words):
            open_storage(str(tmp_path / name), {}).pairs()
    for url, words in (
        ("mongodb://user:secret@host/db", "does not begin with"),
        ("postgresql://user:secret@127.0.0.1:1/db", "no server answers at this host and port"),
        ("mysql://user:secret@127.0.0.1:1/db", "no server answers at this host and port"),
        ("redis://user:secret@127.0.0.1:1/0", "did not answer"),
    ):
        with pytest.raises(CannotRead, match=words) as raised:
            open_storage("MY_URL", {"MY_URL": url}).pairs()
        assert "secret" not in str(raised.value)
    with pytest.raises(CannotRead, match="name of the variable"):
        open_storage("redis://user:secret@host/0", {})


@pytest.mark.parametrize("value", ["", " "])
def test_a_variable_that_is_set_and_empty_is_not_said_to_be_missing(value):
    with pytest.raises(CannotRead, match="The variable STAGING_DATABASE_URL is set, and empty"):
        open_storage("STAGING_DATABASE_URL", {"STAGING_DATABASE_URL": value})


@pytest.mark.parametrize("kind", ["device", "pipe"])
@pytest.mark.parametrize("ending", [".db", ".sql", ".json", ".sessions.json"])
def test_a_device_or_a_pipe_is_never_read(ending, kind, tmp_path):
    path = tmp_path / f"{kind}{ending}"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(os.devnull)
    with pytest.raises(CannotRead, match=rf"{kind}.* is not a file"):
        open_storage(str(path), {})


def test_a_locked_file_is_said_to_be_locked(tmp_path, monkeypatch):
    monkeypatch.setattr("lessons.kit.inspect.opening.sqlite_file.BUSY_SECONDS", 0.01)
    path = store(tmp_path / "a.db", [user()])
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    writer.execute("DELETE FROM agent_messages")
    with pytest.raises(CannotRead, match="locked by another program"):
        read_all(SQLiteStorage(path))
    writer.close()


def test_a_look_waits_for_the_end_of_a_transaction(tmp_path, monkeypatch):
    path = store(tmp_path / "a.db", [user()])
    writer = sqlite3.connect(path, isolation_level=None)
    waiting = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: writer.execute("ROLLBACK"))
    monkeypatch.setattr(sqlite_file, "time", waiting)
    writer.execute("BEGIN EXCLUSIVE")
    writer.execute("DELETE FROM agent_messages")
    storage = SQLiteStorage(path)
    assert read_all(storage) == {("agent_messages", "s"): [1]}
    assert not writer.in_transaction
    storage.close()
    writer.close()


def test_a_file_that_changes_while_it_is_read_is_not_read_again_without_end(tmp_path):
    path = store(tmp_path / "a.db", [user()])
    storage = SQLiteStorage(path)
    looks = []

    def changes():
        looks.append(len(looks))
        if len(looks) < 9:
            os.utime(path, (looks[-1], looks[-1]))
        return storage._connection.execute("SELECT id FROM agent_messages").fetchall()

    assert storage.from_one_state(changes) == [(1,)]
    assert len(looks) == 3  # the third look locks it
    storage.close()


# Servers.

TIME = "TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP"
SERVER_TABLES = (
    f"CREATE TABLE {{name}}_sessions (session_id VARCHAR(200) PRIMARY KEY, created_at {TIME}, updated_at {TIME})",
    f"CREATE TABLE {{name}}_messages (id INTEGER PRIMARY KEY, session_id VARCHAR(200), message_data TEXT, created_at {TIME},"
    " FOREIGN KEY (session_id) REFERENCES {name}_sessions (session_id))",
    "INSERT INTO {name}_sessions (session_id) VALUES ('s')",
    "INSERT INTO {name}_messages (id, session_id, message_data) VALUES (1, 's', '{{}}'), (2, 's', '{{}}')",
)


def found_by_search(storage, pair, head):
    """Whether the storage searches and counts, and tells of no change while nothing changes."""
    text = storage.read(head).rows[-1].text
    word = text.partition('"text": "')[2][:2] or text[-8:]
    assert [hit.session_id for hit in storage.search(pair, word, 5)] == [head.session_id]
    assert storage.search(pair, "100 % absent", 5) == []
    assert storage.listing(pair, 5) == Listing((head,), 1)
    assert storage.listing(pair, 5, 1).heads == ()
    assert storage.listing(pair, 5, 0, head.used[:10]) == Listing((head,), 1)
    assert storage.listing(pair, 5, 0, "2001-01-01") == Listing((), 0)
    assert storage.days(pair) == {head.used[:10]: 1}
    assert storage.unlisted(pair, 5) == []
    assert storage.heads(pair, [Hit("absent", 1, ""), Hit(head.session_id, 1, "")])[1:] == [head]
    overview = storage.overviews(pair, [head])[head]
    assert overview == Overview(storage.read(head).rows[0], 2)
    assert storage.size(head, 10) == (2, sum(len(row.text) for row in storage.read(head).rows))
    assert {row.key for _, row in storage.newest_rows(pair, 10)} == {1, 2}
    pages = [
        storage.page(head, 1, **at) for at in ({"before": 2}, {"before": 1}, {"after": 0}, {"after": 1}, {"after": 2})
    ]
    assert [[row.key for row in page] for page in pages] == [[1], [], [1], [2], []]
    return storage.changed(head.session_id) == storage.changed(head.session_id) != ""


@pytest.fixture(params=["POSTGRES_URL", "MYSQL_URL"])
def on_a_server(request):
    """A pair of tables with a new name on a server: the variable of its address, and the name."""
    with tables_on_a_server(request.param, *SERVER_TABLES) as (_, name):
        yield request.param, name


@pytest.mark.servers
@pytest.mark.parametrize("variable", ["POSTGRES_URL", "MYSQL_URL"])
@pytest.mark.parametrize("look_up", [1, 1_000], ids=["long sessions", "short sessions"])
def test_sessions_that_no_row_lists_are_found_on_a_server(variable, monkeypatch, look_up):
    monkeypatch.setattr(server_tables, "_LOOK_UP", look_up)
    sessions, messages, *rows = SERVER_TABLES
    more = (
        "CREATE INDEX {name}_ids ON {name}_messages (session_id)",
        "INSERT INTO {name}_messages (id, session_id, message_data) VALUES (3, 't lost', '{{}}'), (4, 't lost', '{{}}')",
    )
    alone = messages.partition(", FOREIGN")[0] + ")"
    with tables_on_a_server(variable, sessions, alone, *rows, *more) as (_, name):
        storage = open_storage(variable, os.environ)
        (pair,) = [pair for pair in storage.pairs() if pair.messages == f"{name}_messages"]
        assert [(head.session_id, head.is_listed, bool(head.used)) for head in storage.unlisted(pair, 5)] == [
            ("t lost", False, True)
        ]
        assert [head.session_id for head in storage.newest(pair, 5)] == ["t lost", "s"]
        storage.close()


@pytest.mark.servers
@pytest.mark.parametrize("variable", ["POSTGRES_URL", "MYSQL_URL"])
def test_all_sessions_of_a_server_are_counted_and_on_pages_of_the_list(variable):
    more = "INSERT INTO {name}_sessions (session_id) VALUES " + ", ".join(f"('m{number}')" for number in range(60))
    with tables_on_a_server(variable, *SERVER_TABLES, more) as (_, name):
        storage = open_storage(variable, os.environ)
        (pair,) = [pair for pair in storage.pairs() if pair.messages == f"{name}_messages"]
        pages = [storage.listing(pair, 50), storage.listing(pair, 50, 50)]
        assert [(len(page.heads), page.total) for page in pages] == [(50, 61), (11, 61)]
        assert len({head.session_id for page in pages for head in page.heads}) == 61
        storage.close()


@pytest.mark.servers
def test_a_server_is_read_and_refuses_every_write(on_a_server):

    variable, name = on_a_server
    storage = open_storage(variable, os.environ)
    try:
        (pair,) = [pair for pair in storage.pairs() if pair.messages == f"{name}_messages"]
        assert (pair.sessions, pair.made_by) == (f"{name}_sessions", "SQLAlchemySession")
        (head,) = storage.newest(pair, 5)
        assert storage.find(pair, "s") == head
        assert storage.find(pair, "none") is None
        assert [row.key for row in storage.read(head).rows] == [1, 2]
        assert [row.key for row in storage.read(head, 1).rows] == [2]
        assert found_by_search(storage, pair, head)
        for write in (f"DELETE FROM {name}_messages", f"CREATE TABLE {name}_more (id INTEGER)"):
            with pytest.raises(CannotRead, match="reads only"), storage.connected() as connection:
                connection.execute(text(write))
        assert len(storage.read(head).rows) == 2
    finally:
        storage.close()


@contextmanager
def own_schema():
    """A connection to a new schema with the tables of SERVER_TABLES, and the address of the schema."""
    import psycopg

    url = os.environ.get("POSTGRES_URL", "")
    if not url:
        pytest.skip("POSTGRES_URL names no server that can be used")
    schema = f"inspected_{uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"SET search_path = {schema}")
        for statement in SERVER_TABLES:
            connection.execute(statement.replace("{name}", "own").replace("{{}}", "{}"))
        try:
            yield connection, f"{url}?options=-csearch_path%3D{schema}"
        finally:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.mark.servers
def test_the_search_path_of_an_address_says_which_tables_are_meant():
    with own_schema() as (connection, url), closing(open_storage("CHAT_URL", {"CHAT_URL": url})) as storage:
        assert [(pair.messages, pair.sessions) for pair in storage.pairs()] == [("own_messages", "own_sessions")]
        with pytest.raises(CannotRead, match="reads only"), storage.connected() as reading:
            reading.exec_driver_sql("DELETE FROM own_messages")
        connection.execute("ALTER TABLE own_messages RENAME TO ids")  # a name that a statement could use too
        (pair,) = storage.pairs()
        assert [head.session_id for head in storage.newest(pair, 5)] == ["s"]


@pytest.mark.servers
def test_short_sessions_are_read_together_as_each_alone_and_long_ones_alone(monkeypatch):
    rows = {
        "s": [],  # SERVER_TABLES has stored it
        "short": [json.dumps(user(f"Where is order {n}?")) for n in range(SHORT_ROWS)],
        "longer": [json.dumps(user("Hello"))] * (SHORT_ROWS + 1),
        "a long row": [json.dumps(user("Hello")), json.dumps(user("x" * SHORT_BYTES)), "{"],
    }
    with own_schema() as (connection, url), closing(open_storage("CHAT_URL", {"CHAT_URL": url})) as storage:
        cursor, key = connection.cursor(), itertools.count(3)
        into_sessions = "INSERT INTO own_sessions VALUES (%s) ON CONFLICT DO NOTHING"
        cursor.executemany(into_sessions, [[session_id] for session_id in rows])
        cursor.executemany(
            "INSERT INTO own_messages VALUES (%s, %s, %s)",
            [[next(key), session_id, data] for session_id, stored in rows.items() for data in stored],
        )
        (pair,) = storage.pairs()
        heads = storage.newest(pair, 10)
        together = {head: read for head, read in storage.read_together(heads).items() if read is not None}
        assert {head.session_id for head in heads} == rows.keys()
        assert {head.session_id for head in together} == {"s", "short"}
        assert together == {head: storage.read(head) for head in together}
        alone, read = list[str](), storage.read
        monkeypatch.setattr(storage, "read", lambda head, limit: alone.append(head.session_id) or read(head, limit))
        assert check_storage(storage, Settings(), Wanted()).sessions == len(rows)
        assert sorted(alone) == ["a long row", "longer"]


@pytest.mark.servers
def test_sessions_of_mysql_are_read_together_and_ids_that_it_takes_for_the_same_have_the_same_rows():
    texts = "VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
    made = (
        f"CREATE TABLE {{name}}_sessions (session_id {texts} PRIMARY KEY, created_at DATETIME, updated_at DATETIME)",
        f"CREATE TABLE {{name}}_messages (id INTEGER PRIMARY KEY AUTO_INCREMENT, session_id {texts}, message_data TEXT,"
        " created_at DATETIME DEFAULT CURRENT_TIMESTAMP, INDEX (session_id, created_at))",
    )
    rows = {
        "alice": [json.dumps(user("Hello"))],
        "ALICE": [json.dumps(user("Where is it?")), "{"],
        "élan %s": [json.dumps(user("Hello"))],
        "elan %s": ["[]"],
        "longer": ["{}"] * (SHORT_ROWS + 1),
        "a long row": ["{}", json.dumps(user("x" * SHORT_BYTES))],
    }
    with (
        tables_on_a_server("MYSQL_URL", *made) as (engine, name),
        closing(open_storage("MYSQL_URL", os.environ)) as storage,
    ):
        with engine.begin() as connection:
            for session_id, stored in rows.items():
                insert = text(f"INSERT INTO {name}_messages (session_id, message_data) VALUES (:one, :data)")
                connection.execute(insert, [{"one": session_id, "data": data} for data in stored])
        (pair,) = [pair for pair in storage.pairs() if pair.messages == f"{name}_messages"]
        heads = [Head(pair, one, is_listed=False) for one in (*rows, "none")]
        together = storage.read_together(heads)
        assert {head.session_id for head, read in together.items() if read is None} == {"longer", "a long row"}
        assert {head: read for head, read in together.items() if read is not None} == {
            head: storage.read(head) for head, read in together.items() if read is not None
        }
        assert [len(together[head].rows) for head in (*heads[:4], heads[-1])] == [3, 3, 2, 2, 0]


@pytest.mark.servers
def test_a_view_that_leaves_out_calls_gives_no_finding():
    with own_schema() as (connection, url):
        items = (user(), call("a"), output("a"), assistant())
        for key, item in enumerate(items, start=1):
            values = (key + 10, json.dumps(item))
            connection.execute("INSERT INTO own_messages (id, session_id, message_data) VALUES (%s, 's', %s)", values)
        connection.execute("DELETE FROM own_messages WHERE id < 10")
        connection.execute("CREATE VIEW recent AS SELECT * FROM own_messages WHERE id > 12")
        with closing(open_storage("CHAT_URL", {"CHAT_URL": url})) as storage:
            report = check_storage(storage, Settings(), Wanted())
            assert (report.sessions, report.findings, report.incomplete) == (1, [], [])


@pytest.mark.servers
def test_a_view_is_read_if_no_table_has_items():
    with own_schema() as (connection, url):
        connection.execute("UPDATE own_messages SET message_data = %s", (json.dumps(user()),))
        connection.execute("ALTER TABLE own_messages RENAME message_data TO body")
        connection.execute(
            "CREATE VIEW items AS SELECT id, session_id, body AS message_data, created_at FROM own_messages"
        )
        with closing(open_storage("CHAT_URL", {"CHAT_URL": url})) as storage:
            assert [pair.messages for pair in storage.pairs()] == ["items"]
            assert check_storage(storage, Settings(), Wanted()).sessions == 1


@pytest.mark.servers
@pytest.mark.parametrize("kind", ["json", "jsonb"])
def test_items_that_postgresql_keeps_as_json_are_not_called_unreadable(kind):
    with own_schema() as (connection, url):
        connection.execute(f"ALTER TABLE own_messages ALTER message_data TYPE {kind} USING message_data::{kind}")
        storage, named = (
            open_storage("CHAT_URL", {"CHAT_URL": url}),
            f"message_data of own_messages has the type {kind}",
        )
        with closing(storage), pytest.raises(CannotRead, match=named):
            check_storage(storage, Settings(), Wanted())
        asyncio.run(_every_call_raises(url))


@pytest.mark.servers
def test_tables_that_the_class_cannot_use_are_named_and_a_partition_is_not_one_more_table():
    with own_schema() as (connection, url), closing(open_storage("CHAT_URL", {"CHAT_URL": url})) as storage:
        columns = "(id serial, session_id text, message_data text, created_at timestamp DEFAULT now())"
        connection.execute(f"CREATE TABLE parted_messages {columns} PARTITION BY HASH (session_id)")
        connection.execute("CREATE TABLE part PARTITION OF parted_messages FOR VALUES WITH (MODULUS 1, REMAINDER 0)")
        assert [pair.messages for pair in storage.pairs()] == ["own_messages", "parted_messages"]
        assert storage.not_readable() == {}
        connection.execute("ALTER TABLE parted_messages DROP created_at")
        connection.execute("ALTER TABLE own_messages ALTER message_data TYPE bytea USING message_data::bytea")
        assert storage.pairs() == []
        with pytest.raises(CannotRead) as told:
            check_storage(storage, Settings(), Wanted())
        assert "parted_messages has no column created_at" in str(told.value)
        assert "message_data of own_messages has the type bytea" in str(told.value)
        asyncio.run(_only_reads(url))


async def _only_reads(url: str) -> None:
    address, tables = f"postgresql+psycopg://{url.partition('://')[2]}", ("own_sessions", "own_messages")
    session = SQLAlchemySession.from_url("s", url=address, sessions_table=tables[0], messages_table=tables[1])
    assert await session.get_items() == [{}, {}]
    with pytest.raises(ProgrammingError, match="bytea"):
        await session.add_items([user()])
    await session.engine.dispose()
    without = SQLAlchemySession.from_url("s", url=address, sessions_table=tables[0], messages_table="parted_messages")
    with pytest.raises(ProgrammingError, match="created_at"):
        await without.get_items()
    await without.engine.dispose()


@pytest.mark.servers
def test_a_schema_outside_of_the_search_path_is_named():
    empty = f"inspected_{uuid4().hex[:12]}"
    with own_schema() as (connection, url):
        connection.execute(f"CREATE SCHEMA {empty}")
        address = f"{url.rpartition('%3D')[0]}%3D{empty}"
        with (
            closing(open_storage("CHAT_URL", {"CHAT_URL": address})) as storage,
            pytest.raises(CannotRead, match=r"add \?options=-csearch_path%3D\w+ to the address"),
        ):
            check_storage(storage, Settings(), Wanted())
        connection.execute(f"DROP SCHEMA {empty}")


async def _every_call_raises(url: str) -> None:
    address, tables = f"postgresql+psycopg://{url.partition('://')[2]}", ("own_sessions", "own_messages")
    session = SQLAlchemySession.from_url("s", url=address, sessions_table=tables[0], messages_table=tables[1])
    with pytest.raises(TypeError):
        await session.get_items()
    with pytest.raises(ProgrammingError):
        await session.add_items([user()])
    await session.engine.dispose()


@pytest.mark.servers
def test_a_table_that_a_role_may_not_read_is_told():
    import psycopg
    from psycopg import sql
    from psycopg.conninfo import conninfo_to_dict

    url = os.environ.get("POSTGRES_URL", "")
    if not url:
        pytest.skip("POSTGRES_URL names no server that can be used")
    name, at, item = f"inspected_{uuid4().hex[:12]}", conninfo_to_dict(url), json.dumps(user())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), name))
        for tables in ("eu", "us"):
            for statement in SERVER_TABLES:
                connection.execute(statement.replace("{name}", f"{name}.{tables}").replace("{{}}", item))
        connection.execute(f"CREATE TABLE {name}.logins (session_id text, created_at timestamp, updated_at timestamp)")
        connection.execute(f"GRANT USAGE ON SCHEMA {name} TO {name}")
        connection.execute(f"GRANT SELECT ON {name}.eu_messages, {name}.eu_sessions TO {name}")
        address = f"postgresql://{name}:{name}@{at['host']}:{at.get('port', 5432)}/{at['dbname']}"
        storage = open_storage("CHAT_URL", {"CHAT_URL": f"{address}?options=-csearch_path%3D{name}"})
        try:
            report = check_storage(storage, Settings(), Wanted())
            assert report.sessions == 1
            assert [str(one).split(" may not read the table ")[1] for one in report.incomplete] == [
                f"us_{which}, so it was not looked at. Grant it SELECT." for which in ("messages", "sessions")
            ]
            assert len(list_sessions(storage, Settings()).incomplete) == 2
            assert check_storage(storage, Settings(), Wanted(table="eu_messages")).is_complete
            connection.execute(f"REVOKE SELECT ON {name}.eu_messages FROM {name}")
            with pytest.raises(CannotRead, match="eu_messages"):
                check_storage(storage, Settings(), Wanted())
        finally:
            storage.close()
            connection.execute(f"DROP SCHEMA {name} CASCADE")
            connection.execute(f"DROP ROLE {name}")


@pytest.fixture
def redis_prefix(own_redis, monkeypatch):
    """The prefix of the only session on a server where no other test changes anything."""
    monkeypatch.setenv("REDIS_URL", own_redis.url)

    async def fill():
        session = RedisSession.from_url("a:b", url=own_redis.url, key_prefix="inspected", ttl=3600)
        await session.add_items([user(), assistant()])
        await session.close()

    asyncio.run(fill())
    return "inspected"


@pytest.mark.servers
def test_redis_is_read_and_no_command_that_writes_is_sent(redis_prefix):
    writer = Redis.from_url(os.environ["REDIS_URL"])
    before = {key: (writer.dump(key), writer.pexpiretime(key)) for key in writer.keys(f"{redis_prefix}:*")}
    storage = RedisStorage("REDIS_URL", os.environ["REDIS_URL"])
    (pair,) = [pair for pair in storage.pairs() if pair.messages == redis_prefix]
    (head,) = storage.newest(pair, 5)
    assert head.session_id == "a:b"
    assert [row.key for row in storage.read(head).rows] == [1, 2]
    assert [row.key for row in storage.read(head, 1).rows] == [2]
    assert found_by_search(storage, pair, head)
    seen = storage.changed(None)
    assert RedisStorage("REDIS_URL", os.environ["REDIS_URL"]).changed(None) == seen != ""
    storage.close()
    assert {key: (writer.dump(key), writer.pexpiretime(key)) for key in writer.keys(f"{redis_prefix}:*")} == before
    writer.close()
    client = reading_client(os.environ["REDIS_URL"])
    key = f"{redis_prefix}:a:b:messages"
    for write in (
        lambda: client.delete(key),
        lambda: client.rpush(key, "x"),
        lambda: client.execute_command("SET", key, "x"),
        lambda: client.eval("return redis.call('DEL', KEYS[1])", 1, key),
        lambda: client.flushdb(),
        lambda: client.pipeline().delete(key).execute(),
        lambda: client.config_set("maxmemory", "1"),
    ):
        with pytest.raises(NotRead):
            write()
    assert client.llen(key) == 2
    client.close()


@pytest.mark.servers
def test_when_redis_deletes_a_session_is_read_for_the_list_and_for_the_session(redis_prefix):
    url = os.environ["REDIS_URL"]
    with closing(Redis.from_url(url)) as client:
        client.rpush("agents:session:stays:messages", json.dumps(user()))
        at = datetime.fromtimestamp(client.pexpiretime(f"{redis_prefix}:a:b:messages") / 1000, UTC)
    near = {f"{at + timedelta(seconds=more):%Y-%m-%d %H:%M:%S}" for more in (-1, 0, 1)}  # it is told by the time left
    with closing(RedisStorage("REDIS_URL", url)) as storage:
        shown = list_sessions(storage, Settings()).sessions
        ends, stays = open_session(storage, "a:b", None, Settings()), open_session(storage, "stays", None, Settings())
    expires = {look.head.session_id: look.head.expires for look in shown}
    assert {expires["a:b"], ends.head.expires} <= near
    assert expires["stays"] == stays.head.expires == ""


@pytest.mark.servers
def test_an_entry_of_redis_that_is_not_utf_8_is_skipped_as_its_class_skips_it(own_redis):
    entries = [
        json.dumps(user()),
        json.dumps(assistant()),
        b'{"role": "user", "content": "\xff"}',
        "\ufeff{}".encode("utf-16"),
    ]
    with closing(Redis.from_url(own_redis.url)) as writer:
        writer.rpush("agents:session:s:messages", *entries)
        writer.hset("agents:session:s", mapping={"session_id": "s", "created_at": "1", "updated_at": "1"})

    async def returned():
        session = RedisSession.from_url("s", url=own_redis.url)
        items = await session.get_items()
        await session.close()
        return items

    with closing(RedisStorage("REDIS_URL", own_redis.url)) as storage:
        report = check_storage(storage, Settings(), Wanted())
        case = Case(storage.read(storage.find(storage.pairs()[0], "s")), Settings())
    assert [(one.code, one.rows) for one in report.findings] == [("not-json", (3, 4))]
    assert [value for _, value in asyncio.run(case.run()).sent[:-1]] == asyncio.run(returned())


@pytest.mark.servers
@pytest.mark.parametrize(
    ("entry", "is_refused"), [(user(), True), (call(), True), ({"type": "job"}, False), ("text", False)]
)
def test_lists_of_another_class_are_not_taken_for_a_server_without_sessions(entry, is_refused, own_redis):
    writer = Redis.from_url(own_redis.url)
    writer.flushdb()
    writer.rpush("agent_messages:ada", json.dumps(entry))
    storage = RedisStorage("REDIS_URL", own_redis.url)
    if is_refused:
        with pytest.raises(CannotRead, match="'agent_messages:ada' looks like a session of another class"):
            storage.pairs()
    else:
        assert storage.pairs() == []
    storage.close()
    writer.flushdb()
    writer.close()


@pytest.mark.servers
def test_the_state_of_a_dapr_session_is_not_taken_for_a_server_without_sessions(own_redis):
    writer = Redis.from_url(own_redis.url)
    writer.flushdb()
    name, state = "app||ada:messages", json.dumps([json.dumps(user())])
    with closing(RedisStorage("REDIS_URL", own_redis.url)) as storage:
        writer.hset(name, mapping={"data": "[1]", "version": "1"})
        assert storage.pairs() == []
        writer.hset(name, "data", state)
        with pytest.raises(
            CannotRead, match="'app||ada:messages' looks like a session of DaprSession".replace("|", r"\|")
        ):
            RedisStorage("REDIS_URL", own_redis.url).pairs()
    writer.flushdb()
    writer.close()


def test_a_statement_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr("lessons.kit.inspect.opening.sqlite_file.STATEMENT_SECONDS", -1)
    monkeypatch.setattr("lessons.kit.inspect.opening.sqlite_file._STEPS", 1)
    storage = SQLiteStorage(store(tmp_path / "a.db", [user()]))
    with pytest.raises(TimeIsUp, match="took longer"):
        storage.pairs()
    storage.close()


def test_a_file_that_the_user_may_not_read_is_said_in_words(tmp_path):
    store(tmp_path / "a.db", [user()]).chmod(0)
    closed = tmp_path / "closed"
    closed.mkdir(0)
    with pytest.raises(CannotRead, match=r"a\.db may not be read by this user"):
        open_storage(str(tmp_path / "a.db"), {})
    with pytest.raises(CannotRead, match=r"b\.db is in a folder that may not be read by this user"):
        open_storage(str(closed / "b.db"), {})
    closed.chmod(0o700)


def test_a_file_that_is_deleted_while_it_is_open_is_told_in_words(tmp_path):
    storage = SQLiteStorage(made_by_the_sdk(tmp_path / "a.db"))
    (head,) = storage.newest(storage.pairs()[0], 10)
    (tmp_path / "a.db").unlink()
    with pytest.raises(CannotRead, match=r"^a\.db does not exist\.$"):
        storage.read(head)


def test_a_journal_that_another_program_has_left_behind_is_told_in_words(tmp_path):
    path = tmp_path / "a.db"
    store(path, [user(), assistant()])
    path.with_name("a.db-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(2_000))
    path.with_name("a.db-journal").chmod(0o444)
    with pytest.raises(CannotRead, match="another program has left behind"):
        read_all(SQLiteStorage(path))


@pytest.mark.parametrize("named", ["", "x" * 5_000, "a\0b", "URL_OF_NOTHING", "URL_OF_NO_FILE"])
def test_what_is_neither_a_file_nor_an_address_is_told_in_words(named):
    addresses = {"URL_OF_NOTHING": "sqlite://", "URL_OF_NO_FILE": f"sqlite:///{'x' * 5_000}"}
    with pytest.raises(CannotRead, match=r"neither a file nor|does not exist") as told:
        open_storage(named, addresses)
    assert len(str(told.value)) < 300
