"""A file of SQL statements, such as a fixture of an issue, is checked without making a database of it first."""

import hashlib

import pytest

from lessons.kit.inspect.dry import Settings
from lessons.kit.inspect.opening.offered import offered, open_offered
from lessons.kit.inspect.opening.storage import open_storage
from lessons.kit.inspect.stored import CannotRead
from lessons.kit.inspect.taking_away.fixture_file import fixture_of
from tests.support.checked_sessions import found
from tests.support.stored_sessions import FIXTURES, fixture


def codes(storage):
    from lessons.kit.inspect.check import Wanted, check_storage

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


def test_a_fixture_that_was_taken_away_is_checked_as_it_is(tmp_path):
    storage = open_storage(str(FIXTURES / "output-without-call.sql"), {})
    stored = storage.read(storage.newest(storage.pairs()[0], 1)[0])
    storage.close()
    (tmp_path / "mine.sql").write_text(fixture_of(stored, Settings()).as_sql())
    environment = {"SESSIONS_FILES_DIR": str(tmp_path)}
    assert offered(environment) == ("mine.sql",)
    assert codes(open_offered("mine.sql", environment)) == [("error", "output-without-call", (2,))]


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
        (b"\xff\xfe\x00", "is not a text of SQL statements"),
        (b"CREATE TABLE t (a SERIAL); COPY t FROM stdin;", "cannot be run by SQLite: near"),
        (b"SELECT 1;\x00", "cannot be run by SQLite"),
    ],
)
def test_what_sqlite_cannot_run_is_said_in_words(tmp_path, data, says):
    (tmp_path / "odd.sql").write_bytes(data)
    with pytest.raises(CannotRead, match=rf"odd\.sql {says}"):
        open_storage(str(tmp_path / "odd.sql"), {})
