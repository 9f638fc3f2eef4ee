"""A value in a SQLite file that no session class writes, and an error that the content of the file did not cause."""

import sqlite3
from contextlib import closing

import pytest

from lessons.kit.analytics.branches import read_branches
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.session_list import Metadata
from tests.support.turns import do, tell

STORE = "advanced_sqlite"


@pytest.fixture
def store(desk, provider):
    do(desk, provider, tell, store=STORE)
    found = desk.store(STORE)
    found.describe("alice", Metadata("Ann", "first", ("a", "b")))
    return found


def read_all(store):
    store.sessions()
    store.look("branches", lambda reader: read_branches(reader, "alice"), ())


def change(store, table: str, column: str, value: object) -> None:
    """Put a value into a column, as another program can that has made the table without types."""
    with closing(sqlite3.connect(store.path)) as file, file:
        file.execute(f"CREATE TABLE copied AS SELECT * FROM {table}")
        names = [name for _, name, *_ in file.execute(f"PRAGMA table_info({table})")]
        file.execute(f"DROP TABLE {table}")
        file.execute(f"CREATE TABLE {table} ({', '.join(names)})")
        file.execute(f"INSERT INTO {table} SELECT * FROM copied")
        file.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = (SELECT max(rowid) FROM {table})", (value,))


@pytest.mark.parametrize(
    ("table", "column", "value", "said"),
    [
        ("message_structure", "message_id", "x", "is text, not a whole number"),
        ("message_structure", "user_turn_number", "2", "is text, not a whole number"),
        ("session_metadata", "tags", "3", "is not a JSON list"),
        ("session_metadata", "tags", "[" * 100_000, "is not a JSON list"),
    ],
)
def test_a_value_of_another_type_is_named(store, table, column, value, said):
    change(store, table, column, value)
    with pytest.raises(Refused) as refused:
        read_all(store)
    problem = refused.value.problem
    assert problem.what == f"The file branches.db is damaged: a value of {column} in the table {table} {said}."
    assert problem.start_over


@pytest.mark.parametrize("mistake", [TypeError("mine"), KeyError("mine"), sqlite3.ProgrammingError("mine")])
def test_a_mistake_of_the_app_is_not_said_to_be_damage_of_the_file(store, mistake):
    """The page said that the file is damaged, and offered to delete it."""

    def look(reader):
        raise mistake

    with pytest.raises(type(mistake), match="mine"):
        store.look("mistake", look, None)
    assert len(store.page("alice").rows) == 2
