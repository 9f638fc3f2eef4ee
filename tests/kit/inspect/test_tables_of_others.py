"""Tables that an application has named or changed itself are read as the SDK reads them."""

import asyncio
import json
import sqlite3
from contextlib import closing

import pytest
from agents.extensions.memory import AdvancedSQLiteSession
from redis import Redis

from lessons.kit.inspect.check import check_storage
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.findings.case import Case
from lessons.kit.inspect.findings.deletes import deleted_by
from lessons.kit.inspect.listing import list_sessions, list_unlisted
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.opening.storage import open_storage
from lessons.kit.inspect.stored import CannotRead
from lessons.kit.inspect.wanted import Wanted
from tests.support.checked_sessions import advanced, envelope, findings, found
from tests.support.stored_sessions import assistant, output, store, user


@pytest.mark.parametrize("indexed", [True, False], ids=["indexed", "not indexed"])
@pytest.mark.parametrize(("sessions", "messages"), [("ids", "page"), ("page", "ids"), ("m", "t"), ("one", "f")])
def test_tables_may_have_any_name(tmp_path, sessions, messages, indexed):
    path = store(tmp_path / "a.db", [user(), assistant()], sessions=sessions, messages=messages)
    store(path, [user()], "lost", listed=False, sessions=sessions, messages=messages)
    if not indexed:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"DROP INDEX idx_{messages}_session_id")
    with closing(open_storage(str(path), {})) as storage:
        assert [(look.head.session_id, look.items) for look in list_sessions(storage, Settings()).sessions] == [
            ("s", 2)
        ]
        assert [(look.head.session_id, look.items) for look in list_unlisted(storage, Settings())] == [("lost", 1)]


@pytest.mark.parametrize("ending", [".db", ".sql"])
def test_a_column_generated_by_a_json_function_and_triggers_are_no_damage(tmp_path, ending):
    path = store(tmp_path / "a.db", [user(), assistant()])
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "ALTER TABLE agent_messages ADD COLUMN role TEXT GENERATED ALWAYS AS (json_extract(message_data, '$.role'));"
            "CREATE INDEX roles ON agent_messages (role);"
            "CREATE VIEW asked AS SELECT json_extract(message_data, '$.content') FROM agent_messages;"
            "CREATE TRIGGER kept BEFORE DELETE ON agent_messages BEGIN SELECT RAISE(ABORT, 'kept'); END;"
        )
        dump = "\n".join(connection.iterdump())
    if ending == ".sql":
        path = tmp_path / "a.sql"
        path.write_text(dump, encoding="utf-8")
    with closing(open_storage(str(path), {})) as storage:
        (look,) = list_sessions(storage, Settings()).sessions
        assert (look.head.session_id, look.items) == ("s", 2)


@pytest.mark.parametrize(
    ("class_name", "level"),
    [("SQLiteSession", "warning"), ("AsyncSQLiteSession", "error"), ("SQLAlchemySession", "error")],
)
def test_a_row_without_a_text_is_found_as_its_class_reads_it(tmp_path, class_name, level):
    path = store(tmp_path / "a.db", [user(), assistant()])
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE loose (id INTEGER PRIMARY KEY, session_id TEXT, message_data TEXT, created_at TEXT);"
            "INSERT INTO loose SELECT id, session_id, message_data, created_at FROM agent_messages;"
            "INSERT INTO loose VALUES (3, 's', NULL, '2026-11-01 10:00:00');"
            "DROP TABLE agent_messages; ALTER TABLE loose RENAME TO agent_messages;"
        )
    assert found(path, class_name=class_name) == [(level, "not-json", (3,))]


def test_rows_whose_keys_are_negative_are_checked(tmp_path):
    path = store(tmp_path / "a.db", [user(), output(), assistant()])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE agent_messages SET id = id - 10")
        connection.commit()
    assert found(path) == [("error", "output-without-call", (-8,))]


def test_a_structure_whose_foreign_key_names_a_table_that_is_gone_is_not_owned(tmp_path):
    path = advanced(tmp_path / "a.db", [user(), assistant()])
    with closing(sqlite3.connect(path)) as connection:
        (made,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'message_structure'").fetchone()
        connection.executescript("DROP TABLE message_structure;" + made.replace("agent_messages", "old_messages"))
    assert found(path) == [("error", "structure-not-owned", (1, 2))]


async def contents(path, session_id, *added):
    """The texts that AdvancedSQLiteSession returns after these items were added."""
    with closing(AdvancedSQLiteSession(session_id=session_id, db_path=path, create_tables=True)) as session:
        await session.add_items(list(added))
        return [item["content"] for item in await session.get_items()]


def test_the_structure_of_a_session_that_was_renamed_is_read_as_its_class_reads_it(tmp_path):
    path = tmp_path / "a.db"
    asyncio.run(contents(path, "old", user("one"), user("two")))
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "UPDATE agent_sessions SET session_id = 's'; UPDATE agent_messages SET session_id = 's'"
        )
    asyncio.run(contents(path, "s", user("three"), user("four")))
    with closing(SQLiteStorage(path)) as storage:
        stored = storage.read(storage.find(storage.pairs()[0], "s"))
    case = Case(stored, Settings())
    assert asyncio.run(case.run()).sent_keys == (1, 3, 2, 4)
    assert asyncio.run(contents(path, "s")) == ["one", "three", "two", "four"]
    popped = asyncio.run(deleted_by(case, "pop_item")).rows
    with closing(AdvancedSQLiteSession(session_id="s", db_path=path, create_tables=True)) as session:
        asyncio.run(session.pop_item())
    with closing(sqlite3.connect(path)) as connection:
        left = {key for (key,) in connection.execute("SELECT id FROM agent_messages")}
    assert popped == tuple(sorted({1, 2, 3, 4} - left))


def test_a_row_that_the_structure_of_another_session_names_too_is_returned_once_more(tmp_path):
    path = tmp_path / "a.db"
    asyncio.run(contents(path, "one", user("a"), user("b")))
    asyncio.run(contents(path, "other", user("c")))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO message_structure (session_id, message_id, branch_id, message_type, sequence_number)"
            " VALUES ('other', 1, 'main', 'user', 9)"
        )
        connection.commit()
    assert asyncio.run(contents(path, "one")) == ["a", "b", "a"]
    assert asyncio.run(contents(path, "other")) == ["c"]
    assert ("error", "structure-repeated", (1,)) in found(path)
    (dangling,) = (one for one in findings(path) if one.code == "structure-dangling")
    assert "Row 1 is of another session ('one')" in dangling.says
    with closing(SQLiteStorage(path)) as storage:
        of = {one: Case(storage.read(storage.find(storage.pairs()[0], one)), Settings()) for one in ("one", "other")}
    assert [value["content"] for _, value in asyncio.run(of["one"].run()).sent][:-1] == ["a", "b", "a"]
    assert asyncio.run(deleted_by(of["other"], "pop_item")).rows == ()
    with closing(AdvancedSQLiteSession(session_id="other", db_path=path, create_tables=True)) as session:
        assert asyncio.run(session.pop_item())["content"] == "a"
        assert asyncio.run(session.get_items()) == [user("c")]
    assert asyncio.run(contents(path, "one")) == ["a", "b"]


def test_a_large_structure_is_not_looked_through_for_rows_of_other_sessions(tmp_path, monkeypatch):
    path = tmp_path / "a.db"
    asyncio.run(contents(path, "one", user("a"), user("b")))
    asyncio.run(contents(path, "other", user("c")))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE message_structure SET message_id = 1, sequence_number = 9 WHERE message_id = 3")
        connection.commit()
    codes = [code for _, code, _ in found(path)]
    assert "structure-repeated" in codes
    monkeypatch.setattr("lessons.kit.inspect.opening.sqlite_storage.STRUCTURE_LOOKED_AT", 2)
    assert [code for _, code, _ in found(path)] == [code for code in codes if code != "structure-repeated"]


NO_ITEMS = ["hello", '{"type": "human", "data": {"content": "hi"}}', '"a text"', "[1]"]


def checked(named, table=None, **environment):
    with closing(open_storage(str(named), environment)) as storage:
        return check_storage(storage, Settings(), Wanted(table=table))


def test_a_table_of_another_program_is_named_and_its_rows_are_not_judged(tmp_path):
    path = store(tmp_path / "a.db", NO_ITEMS, sessions="rooms", messages="lines")
    with pytest.raises(CannotRead, match=r"^a\.db: lines looks like a table of items, and none of its newest rows"):
        checked(path)
    assert {one.code for one in checked(path, "lines").findings} == {"not-json", "not-an-item"}
    store(path, [user(), assistant()])
    report = checked(path)
    assert (report.sessions, report.findings, len(report.incomplete)) == (1, [], 1)
    assert checked(path, "agent_messages").is_complete


@pytest.mark.parametrize("items", [[*NO_ITEMS, user()], [envelope(user())], []], ids=["one item", "encrypted", "empty"])
def test_an_own_table_with_one_item_an_encrypted_one_or_no_row_is_checked(tmp_path, items):
    assert checked(store(tmp_path / "a.db", items, sessions="chats", messages="lines")).sessions == 1


@pytest.mark.parametrize(("count", "named"), [(1, "t0"), (7, "t0, t1, t2, t3, t4 and 2 more")])
def test_a_file_without_sessions_is_told_by_its_tables(tmp_path, count, named):
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        connection.executescript("".join(f"CREATE TABLE t{number} (a);" for number in range(count)))
    with pytest.raises(CannotRead, match=f"Its tables are: {named}\\.$"):
        checked(tmp_path / "a.db")


def test_a_table_with_the_name_of_the_sdk_is_its_own_whatever_is_in_it(tmp_path):
    assert found(store(tmp_path / "a.db", NO_ITEMS[:1])) == [("warning", "not-json", (1,))]


def test_lists_of_another_program_on_redis_are_named_and_their_entries_are_not_judged(own_redis):
    with closing(Redis.from_url(own_redis.url)) as client:
        client.rpush("room:7:messages", *NO_ITEMS)
    with pytest.raises(CannotRead, match="room looks like a table of items"):
        checked("OWN_URL", OWN_URL=own_redis.url)
    with closing(Redis.from_url(own_redis.url)) as client:
        client.rpush("agents:session:ada:messages", *map(json.dumps, [user(), assistant()]))
        client.rpush("app:ada:messages", NO_ITEMS[0], json.dumps(user()))
    report = checked("OWN_URL", OWN_URL=own_redis.url)
    assert (report.sessions, len(report.incomplete)) == (2, 1)
