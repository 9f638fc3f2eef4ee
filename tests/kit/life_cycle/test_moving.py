"""Sessions move between all kinds of place, equal in items, order and the next run, or not at all."""

import asyncio
import os
import sqlite3
from contextlib import closing

import pytest
from agents import SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession, EncryptedSession

from lessons.kit.life_cycle.copying import copy_sessions
from lessons.kit.life_cycle.moving import move_sessions
from lessons.kit.life_cycle.places.addresses import ADVANCED, SQLALCHEMY, open_place
from lessons.kit.life_cycle.places.dialects import MySQL, PostgreSQL, SQLite
from lessons.kit.problems.problem import Refused
from tests.support.kills import in_fork
from tests.support.places import ITEMS, KINDS, branched, dump, empty_place, filled, items, run_sql
from tests.support.stored_sessions import FIXTURES, fixture

SOME = ("output-without-call", "two-keys")
CASES = [
    pytest.param(path.stem, marks=[] if path.stem in SOME else pytest.mark.matrix)
    for path in sorted(FIXTURES.glob("*.sql"))
]


@pytest.fixture(params=KINDS)
def target(request, tmp_path, monkeypatch):
    with empty_place(request.param, tmp_path, monkeypatch) as place:
        yield place


@pytest.mark.parametrize("case", CASES)
def test_every_stuck_session_is_the_same_after_a_move(case, target, tmp_path):
    source = open_place(str(fixture(case, tmp_path)))
    moved = move_sessions(source, target, ["s"])
    assert moved.compared == ("s",)
    assert not moved.different
    assert items(target) == items(source)


@pytest.mark.parametrize("case", ["output-without-call", "rows-before-the-upgrade"])
def test_a_move_does_not_change_a_byte_of_the_source(case, tmp_path):
    """A session class that opens a file sets its mode and makes the tables that are missing."""
    path = fixture(case, tmp_path)
    before = path.read_bytes()
    move_sessions(open_place(str(path)), open_place(str(tmp_path / "new.db")), ["s"])
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir() if case in found.name] == [path.name]


def test_every_branch_and_all_usage_move_to_the_same_class(tmp_path):
    asyncio.run(branched(tmp_path / "from.db"))
    source = open_place(str(tmp_path / "from.db"))
    target = open_place(str(tmp_path / "to.db"), session_class=ADVANCED)
    moved = move_sessions(source, target, ["s"])
    assert dump(target) == dump(source)
    assert not moved.report.losses


def test_branches_and_usage_that_the_target_cannot_keep_are_named(tmp_path):
    asyncio.run(branched(tmp_path / "from.db"))
    source, target = open_place(str(tmp_path / "from.db")), open_place(str(tmp_path / "to.db"))
    report = move_sessions(source, target, ["s"]).report
    assert [loss.what for loss in report.losses] == ["branches: other (1 row only there)", "the usage of 1 turn"]
    assert items(target) == items(source)
    with pytest.raises(Refused, match="does not keep everything"):
        move_sessions(source, open_place(str(tmp_path / "again.db")), ["s"], remove=True)
    assert len(items(source)) == 5


def test_an_upgrade_to_branches_keeps_history_that_a_pop_would_have_deleted(tmp_path):
    """Opening the old file as AdvancedSQLiteSession hides its rows, and a pop deletes them all."""
    filled(tmp_path / "old.db", items=ITEMS)
    source = open_place(str(tmp_path / "old.db"))
    target = open_place(str(tmp_path / "new.db"), session_class=ADVANCED)
    move_sessions(source, target, ["s"])
    made = AdvancedSQLiteSession(session_id="s", db_path=tmp_path / "made.db", create_tables=True)
    asyncio.run(made.add_items(ITEMS))
    made.close()

    def structure(path):
        query = (
            "SELECT message_id, branch_id, message_type, sequence_number, user_turn_number, branch_turn_number, tool_name"
            " FROM message_structure ORDER BY id"
        )
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute(query).fetchall()

    assert structure(tmp_path / "new.db") == structure(tmp_path / "made.db")

    async def pop():
        async with target.opened("s") as session:
            await session.pop_item()

    asyncio.run(pop())
    assert items(target) == ITEMS[:3]
    with pytest.raises(Refused, match="has the tables of SQLiteSession"):
        open_place(str(tmp_path / "old.db"), session_class=ADVANCED)


def test_rows_that_are_not_json_are_not_taken_to_a_class_that_would_then_delete_history(tmp_path):
    source = filled(tmp_path / "old.db", items=ITEMS)
    run_sql(tmp_path / "old.db", "INSERT INTO agent_messages (session_id, message_data) VALUES ('s', '{cut o')")
    target = open_place(str(tmp_path / "new.db"), session_class=ADVANCED)
    losses = move_sessions(source, target, ["s"]).report.losses
    assert [loss.what for loss in losses] == ["1 row that this class does not keep: not an item in JSON"]
    assert items(target) == ITEMS


def test_rows_are_copied_byte_by_byte_between_files(tmp_path):
    source = filled(tmp_path / "old.db", items=ITEMS[:1])
    broken = b'{"role": "user", "content": "\xff\xfe'
    run_sql(
        tmp_path / "old.db",
        "INSERT INTO agent_messages (session_id, message_data) VALUES ('s', CAST(? AS TEXT))",
        values=(broken,),
    )
    move_sessions(source, open_place(str(tmp_path / "new.db")), ["s"])
    with closing(sqlite3.connect(tmp_path / "new.db")) as connection:
        query = "SELECT CAST(message_data AS BLOB), typeof(message_data) FROM agent_messages ORDER BY id DESC LIMIT 1"
        assert connection.execute(query).fetchone() == (broken, "text")


@pytest.mark.servers
def test_a_text_that_a_server_cannot_hold_moves_nothing(tmp_path, monkeypatch):
    source = filled(tmp_path / "old.db", items=ITEMS)
    run_sql(
        tmp_path / "old.db",
        "INSERT INTO agent_messages (session_id, message_data) VALUES ('s', CAST(? AS TEXT))",
        values=(b"\xff",),
    )
    with empty_place("postgresql", tmp_path, monkeypatch) as target:
        with pytest.raises(Refused, match="not UTF-8"):
            move_sessions(source, target, ["s"])
        assert dump(target) == []


def test_the_order_of_rows_stays_where_a_class_reads_them_by_time(tmp_path):
    """SQLiteSession reads by id, SQLAlchemySession by time: a row with an older time must not move up."""
    source = filled(tmp_path / "old.db", items=ITEMS)
    run_sql(tmp_path / "old.db", "UPDATE agent_messages SET created_at = '2020-01-01 00:00:00' WHERE id = 3")
    target = open_place(str(tmp_path / "new.db"), session_class=SQLALCHEMY)
    assert not move_sessions(source, target, ["s"]).different
    assert items(target) == ITEMS


def test_ids_are_kept_where_they_are_free(target, tmp_path):
    source = filled(tmp_path / "old.db", items=ITEMS)
    filled(tmp_path / "old.db", session_id="t", items=ITEMS)
    run_sql(tmp_path / "old.db", "UPDATE agent_messages SET id = id + 100 WHERE session_id = 't'")
    move_sessions(source, target, ["t"])
    with target.reading():
        keys = [row.key for row in target.rows("t")]
    assert keys == ([None] * 4 if target.session_class == "RedisSession" else [105, 106, 107, 108])

    async def add():
        async with target.opened("t") as session:
            await session.add_items([{"role": "user", "content": "next"}])

    asyncio.run(add())  # the next row has the next key, and not one that is taken
    assert items(target, "t") == [*ITEMS, {"role": "user", "content": "next"}]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("keep", {"s": ["there"]}),
        ("rename", {"s": ["there"], "s (2)": ["come"]}),
        ("merge", {"s": ["there", "come"]}),
    ],
)
def test_a_session_that_exists_is_kept_renamed_or_merged(choice, expected, target, tmp_path):
    there = filled(tmp_path / "there.db", items=[{"role": "user", "content": "there"}])
    come = filled(tmp_path / "come.db", items=[{"role": "user", "content": "come"}])
    move_sessions(there, target, ["s"])
    before = dump(target)
    with pytest.raises(Refused, match="has a session 's'"):
        move_sessions(come, target, ["s"])
    assert dump(target) == before
    move_sessions(come, target, ["s"], choice)
    found = {
        info.session_id: [item["content"] for item in items(target, info.session_id)] for info, _, _ in dump(target)
    }
    assert found == expected


def test_a_merge_does_not_repeat_what_both_begin_with(target, tmp_path):
    source = filled(tmp_path / "old.db", items=ITEMS)
    move_sessions(source, target, ["s"])
    filled(tmp_path / "old.db", items=[{"role": "user", "content": "more"}])
    move_sessions(source, target, ["s"], "merge")
    assert items(target) == [*ITEMS, {"role": "user", "content": "more"}]


def test_an_encrypted_session_is_readable_after_a_move_and_is_not_renamed(tmp_path):
    """Its key is made of its id."""

    def sealed(path):
        return EncryptedSession("s", SQLiteSession("s", path), encryption_key="k" * 43)

    session = sealed(tmp_path / "old.db")
    asyncio.run(session.add_items(ITEMS))
    session.close()
    source, target = open_place(str(tmp_path / "old.db")), open_place(str(tmp_path / "new.db"))
    move_sessions(source, target, ["s"])
    opened = sealed(tmp_path / "new.db")
    assert asyncio.run(opened.get_items()) == ITEMS
    opened.close()
    with pytest.raises(Refused, match="encrypted"):
        move_sessions(source, target, ["s"], "rename")


def test_a_dry_run_changes_nothing_and_says_the_same(target, tmp_path):
    source = filled(tmp_path / "old.db", items=ITEMS)
    tried = move_sessions(source, target, ["s"], dry_run=True)
    assert dump(target) == []
    assert move_sessions(source, target, ["s"]).report == tried.report


@pytest.mark.parametrize(
    ("last", "words"),
    [("_remove", "'s' was used in .* while it was moved"), ("apart", "does not keep everything")],
    ids=["once the next runs were compared", "once it was copied"],
)
def test_a_session_is_deleted_in_the_source_only_if_it_is_still_the_same(tmp_path, monkeypatch, last, words):
    source, target = filled(tmp_path / "old.db", items=ITEMS), open_place(str(tmp_path / "new.db"))
    proper = move_sessions.__globals__[last]

    def used_before_this(place, *given):
        if place is source:
            filled(tmp_path / "old.db", items=[{"role": "user", "content": "late"}])
        return proper(place, *given)

    monkeypatch.setitem(move_sessions.__globals__, last, used_before_this)
    with pytest.raises(Refused, match=words):
        move_sessions(source, target, ["s"], remove=True)
    assert items(source)[-1] == {"role": "user", "content": "late"}
    monkeypatch.undo()
    assert move_sessions(source, target, ["s"], "merge", remove=True).removed == ("s",)
    assert dump(source) == []


def test_what_was_written_is_compared_before_it_is_committed(tmp_path, monkeypatch):
    source, target = filled(tmp_path / "old.db", items=ITEMS), open_place(str(tmp_path / "new.db"))
    filled(tmp_path / "new.db", session_id="mine", items=ITEMS)
    before = dump(target)
    many = SQLite.many

    def losing(self, connection, statement, values):
        many(self, connection, statement, list(values)[:-1])

    monkeypatch.setattr(SQLite, "many", losing)
    with pytest.raises(Refused, match="would not return of the session"):
        copy_sessions(source, target, ["s"])
    assert dump(target) == before


def test_a_move_into_itself_and_an_address_on_the_command_line_are_refused(tmp_path):
    source = filled(tmp_path / "old.db", items=ITEMS)
    with pytest.raises(Refused, match="same place"):
        move_sessions(source, open_place(str(tmp_path / ".." / tmp_path.name / "old.db")), ["s"])
    with pytest.raises(Refused) as refused:
        open_place("postgresql://me:secret@host/db")
    assert "secret" not in str(refused.value)


@pytest.mark.matrix  # hundreds of kills
def test_a_kill_at_any_statement_leaves_the_target_as_it_was(target, tmp_path):
    source = filled(tmp_path / "old.db", items=ITEMS)
    filled(tmp_path / "old.db", session_id="t", items=ITEMS)
    move_sessions(source, target, ["t"])
    before = dump(target)
    statements = _run(lambda count: None, source, target, dry_run=True)
    killed = range(statements) if statements < 40 else [*range(0, statements, 7), statements - 1]
    for number in killed:
        status, found = in_fork(lambda number=number: _killed(number, source, target))
        assert status == 9, found
        if dump(target) != before:
            # Only reading was left to do: all is committed.
            assert number >= statements - 2
            break
    move_sessions(source, target, ["s"], "keep")
    assert [(info.session_id, len(rows)) for info, rows, _ in dump(target)] == [("s", 4), ("t", 4)]


def test_a_kill_leaves_no_half_of_a_new_file(tmp_path):
    source, path = filled(tmp_path / "old.db", items=ITEMS), tmp_path / "new.db"
    statements = _run(lambda count: None, source, open_place(str(path)), dry_run=True)
    for number in range(0, statements, 3):
        status, found = in_fork(lambda number=number: _killed(number, source, open_place(str(path))))
        assert status == 9, found
        assert not path.exists() or items(open_place(str(path))) == ITEMS
        path.unlink(missing_ok=True)


def _killed(number, source, target):
    _run(lambda count: os._exit(9) if count == number else None, source, target, dry_run=False)


def _run(at, source, target, *, dry_run):
    """Copy, counting statements; `at` is told the number of each before it is made. Returns their number."""
    count = 0

    def counted(original):
        def call(*given, **options):
            nonlocal count
            at(count)
            count += 1
            return original(*given, **options)

        return call

    from redis.connection import AbstractConnection

    with pytest.MonkeyPatch.context() as patch:
        for database in (SQLite, PostgreSQL, MySQL):
            for name in ("execute", "many"):
                patch.setattr(database, name, counted(getattr(database, name)))
        patch.setattr(AbstractConnection, "send_packed_command", counted(AbstractConnection.send_packed_command))
        copy_sessions(source, target, ["s"], dry_run=dry_run)
    return count
