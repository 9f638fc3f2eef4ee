"""A fixture, as SQL statements or as JSON, is checked without making a database of it first."""

import hashlib
import json

import pytest

from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.offered import offered, open_offered
from lessons.kit.inspect.opening.storage import open_storage
from lessons.kit.inspect.stored import CannotRead
from lessons.kit.inspect.taking_away.fixture_file import fixture_of
from tests.support.checked_sessions import advanced, found, without_owner
from tests.support.stored_sessions import FIXTURES, assistant, fixture, store, user


def codes(storage):
    from lessons.kit.inspect.check import check_storage
    from lessons.kit.inspect.wanted import Wanted

    try:
        return [(one.level, one.code, one.rows) for one in check_storage(storage, Settings(), Wanted()).findings]
    finally:
        storage.close()


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("*.sql")))
def test_the_statements_have_the_findings_of_the_database_that_they_make(tmp_path, name):
    script = FIXTURES / f"{name}.sql"
    before = hashlib.sha256(script.read_bytes()).hexdigest()
    assert codes(open_storage(str(script), {})) == found(fixture(name, tmp_path))
    assert hashlib.sha256(script.read_bytes()).hexdigest() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{name}.db"]


def taken_away(path):
    storage = open_storage(str(path), {})
    (head,) = storage.newest(storage.pairs()[0], 1)
    stored = storage.read(head)
    storage.close()
    return fixture_of(stored, Settings())


def test_both_forms_of_a_fixture_that_was_taken_away_are_checked_as_they_are(tmp_path):
    made = taken_away(FIXTURES / "output-without-call.sql")
    (tmp_path / "mine.sql").write_text(made.as_sql())
    (tmp_path / "mine.json").write_text(made.as_json())
    (tmp_path / "other.json").write_text('{"items": []}')
    environment = {"SESSIONS_FILES_DIR": str(tmp_path)}
    assert offered(environment) == ("mine.json", "mine.sql")
    for name in offered(environment):
        assert codes(open_offered(name, environment)) == [("error", "output-without-call", (2,))]


FILES = {
    "no structure": lambda path: store(path, [user(), assistant()]),
    "an empty structure": lambda path: advanced(path, [user(), assistant()], structure=[]),
    "usage of one turn": lambda path: advanced(
        path, [user(), assistant(), user(), assistant("Yes.", "msg_2")], usage=[1]
    ),
    "no row that lists it": lambda path: store(path, [user(), assistant()], listed=False),
    "no foreign keys": without_owner,
}


@pytest.mark.parametrize("name", FILES)
def test_a_fixture_of_json_has_the_tables_of_its_file(name, tmp_path):
    path = FILES[name](tmp_path / "a.db")
    (tmp_path / "mine.json").write_text(taken_away(path).as_json())
    assert codes(open_storage(str(tmp_path / "mine.json"), {})) == found(path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rows": None}, "is not a whole fixture"),
        ({"rows": [{"id": 1}]}, "is not a whole fixture"),
        ({"class": "Other"}, "'Other' is not a class of sessions"),
        ({"message_structure": [{"id, x); ATTACH 'y' AS y; --": 1}]}, "names that no column has"),
    ],
)
def test_json_that_is_not_a_whole_fixture_is_said_in_words(tmp_path, change, says):
    data = json.loads(taken_away(FIXTURES / "control-clean.sql").as_json())
    (tmp_path / "odd.json").write_text(json.dumps(data | change))
    with pytest.raises(CannotRead, match=says):
        open_storage(str(tmp_path / "odd.json"), {})


@pytest.mark.parametrize(
    "statements",
    [
        "ATTACH '{}' AS other; CREATE TABLE other.t (a);",
        "CREATE TABLE t (a); VACUUM INTO '{}';",
        "PRAGMA temp_store_directory = '{}';",
    ],
)
def test_statements_reach_no_other_file(tmp_path, statements):
    script, other = tmp_path / "odd.sql", tmp_path / "other.db"
    script.write_text(statements.format(other))
    with pytest.raises(CannotRead, match=r"odd\.sql cannot be run by SQLite: .*(authoriz)"):
        open_storage(str(script), {})
    assert not other.exists()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xff\xfe\x00", "is not a text"),
        (b"CREATE TABLE t (a SERIAL); COPY t FROM stdin;", "cannot be run by SQLite: near"),
        (b"SELECT 1;\x00", "cannot be run by SQLite"),
    ],
)
def test_what_sqlite_cannot_run_is_said_in_words(tmp_path, data, says):
    (tmp_path / "odd.sql").write_bytes(data)
    with pytest.raises(CannotRead, match=rf"odd\.sql {says}"):
        open_storage(str(tmp_path / "odd.sql"), {})
