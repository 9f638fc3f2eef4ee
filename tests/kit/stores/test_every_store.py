"""Every kind of store: it reads what is stored, changes nothing by looking, and comes back exactly."""

import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from agents import SQLiteSession

from lessons.kit.background import background
from lessons.kit.items import read
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.encrypted.envelope import cipher
from lessons.kit.stores.registry import usable_kinds
from lessons.kit.stores.store import RowReader, SessionOpener, StoreCopier
from lessons.kit.stores.table_names import Tables
from tests.support.sdk import add_in_parts
from tests.support.stores import opened_store
from tests.support.turns import dump, dump_memory, insert_row, storage_of

KINDS = sorted(usable_kinds())
MEDIA = {name: usable_kinds()[name].open(Path()).medium for name in KINDS}
FILES = [name for name in KINDS if MEDIA[name] == "file"]
SQLITE = [name for name in KINDS if MEDIA[name] in ("file", "memory")]


run = background().run  # connections belong to one loop
KEY = "a key of these tests"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("SESSIONS_ENCRYPTION_KEY", KEY)


def open_store(kind, folder):
    return usable_kinds()[kind].open(folder)


@pytest.fixture(params=KINDS)
def store(request, tmp_path):
    with opened_store(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture(params=SQLITE)
def sqlite_store(request, tmp_path):
    with opened_store(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture(params=FILES)
def file_store(request, tmp_path):
    with opened_store(request.param, tmp_path) as opened:
        yield opened


def user(text):
    return {"role": "user", "content": text}


def add(store, session_id, *texts):
    session, items = store.open_session(session_id), [user(text) for text in texts]
    in_parts = store.session_type == "OpenAIConversationsSession"
    run(add_in_parts(session, items) if in_parts else session.add_items(items))


def texts(page):
    return [read(plain(row)).text for row in page.rows]


def plain(row):
    """The stored text of a row, or what is in its envelope, as the other stores write it."""
    if '"__enc__"' not in row.data:
        return row.data
    return json.dumps(json.loads(cipher(KEY, row.session_id).decrypt(json.loads(row.data)["payload"])))


def stored(store):
    """All raw rows of a SQLite database, with ids and sqlite_sequence. Of another store, all that the store reads."""
    if store.medium == "memory":
        return {name: dump_memory(session) for name, session in storage_of(store)._sessions.items()}
    if store.medium == "file":
        return dump(storage_of(store).path) if storage_of(store).path.exists() else {}
    return {name: store.page(name) for name in sorted(store.session_ids())}


def let_the_clock_go_on(folder):
    """Return when a file that is written now has a later time than one written before."""
    probe = folder / "probe"
    probe.touch()
    before = probe.stat().st_mtime_ns
    while probe.stat().st_mtime_ns == before:
        probe.write_text("")


def test_a_store_names_itself_and_the_code_that_opens_its_session(store):
    session = store.open_session("alice")
    assert store.session_type == type(session).__name__
    # One class takes no argument without its name. For another the service chooses the id.
    named = {"AdvancedSQLiteSession": 'session_id="alice"', "OpenAIConversationsSession": ""}
    first = named.get(store.session_type, '"alice"')
    assert store.opening_code("alice").startswith(store.session_type)
    assert first in store.opening_code("alice")
    if store.medium == "file":
        assert storage_of(store).path.name in store.opening_code("alice")


@pytest.mark.parametrize("part", [SessionOpener, RowReader, StoreCopier])
def test_a_store_has_all_three_parts(store, part):
    """The hosted stores had no check_pop: the Pop button of the toolbar failed there."""
    names = [name for name, member in vars(part).items() if callable(member) and not name.startswith("_")]
    assert names
    assert [name for name in names if not callable(getattr(store, name, None))] == []
    if part is SessionOpener:
        store.check_pop("alice")


def test_an_option_that_the_class_does_not_have_is_not_ignored(store):
    with pytest.raises(TypeError, match="no_such_option"):
        store.open_session("alice", no_such_option=1)


def test_a_session_is_opened_once(store):
    assert store.open_session("alice") is store.open_session("alice")


def test_nothing_stored_reads_as_nothing_and_creates_nothing(store, tmp_path):
    assert store.page("alice").rows == ()
    assert store.session_ids() == []
    assert not any(picture.rows for picture in store.picture("alice"))
    assert store.schema() == ""
    assert list(tmp_path.iterdir()) == []


def test_rows_are_read_as_they_are_stored(store):
    add(store, "alice", "one", "two")
    add(store, "bob", "three")
    page = store.page("alice")
    assert [row.session_id for row in page.rows] == ["alice", "alice"]
    if store.session_type != "OpenAIConversationsSession":  # its service changes the form of the items
        compact = store.session_type in ("RedisSession", "SQLAlchemySession")  # each class writes its JSON its own way
        spaces = "" if compact else " "
        assert plain(page.rows[0]) == f'{{"role":{spaces}"user",{spaces}"content":{spaces}"one"}}'
    assert (texts(page), page.total, page.has_older, page.has_newer) == (["one", "two"], 2, False, False)
    assert store.schema()


def test_the_tables_are_described_by_the_database_itself(sqlite_store):
    add(sqlite_store, "alice", "one")
    assert "CREATE TABLE" in sqlite_store.schema()
    assert sqlite_store.page("alice").rows[0].created_at


def test_a_long_session_is_paged_by_key_from_the_newest_backwards(store):
    add(store, "alice", *map(str, range(1_000)))
    newest = store.page("alice")
    assert (texts(newest)[0], texts(newest)[-1]) == ("950", "999")
    assert (newest.total, newest.has_older, newest.has_newer) == (1_000, True, False)
    older = store.page("alice", before=newest.rows[0].key)
    assert (texts(older)[0], texts(older)[-1], older.has_older, older.has_newer) == ("900", "949", True, True)
    assert store.page("alice", after=older.rows[-1].key) == newest
    oldest = store.page("alice", before=store.page("alice", after=0, limit=11).rows[10].key)
    assert (len(oldest.rows), oldest.has_older, oldest.has_newer) == (10, False, True)


def test_the_total_follows_what_other_connections_store(file_store):
    add(file_store, "alice", "one")
    assert file_store.page("alice").total == 1
    with closing(sqlite3.connect(storage_of(file_store).path)) as other, other:
        other.execute(f"DELETE FROM {storage_of(file_store).tables.messages}")
    assert file_store.page("alice").total == 0


def test_session_ids_are_listed_from_the_newest_use(store, tmp_path):
    for name in ("alice", "bob", "carol"):
        add(store, name, "hello")
        let_the_clock_go_on(tmp_path)
    assert store.session_ids() == ["carol", "bob", "alice"]
    assert store.session_ids(limit=2) == ["carol", "bob"]
    store.open_session("dave")
    assert "dave" not in store.session_ids()  # opened, and nothing stored


def test_looking_never_changes_a_file(file_store):
    add(file_store, "alice", *map(str, range(150)))
    file_store.close()  # the last handle: the write-ahead log is in the file now
    before = storage_of(file_store).path.read_bytes(), storage_of(file_store).path.stat().st_mtime_ns
    file_store.page("alice")
    file_store.page("nobody")
    file_store.picture("alice")
    file_store.schema()
    file_store.session_ids()
    assert (storage_of(file_store).path.read_bytes(), storage_of(file_store).path.stat().st_mtime_ns) == before
    file_store.close()
    assert (storage_of(file_store).path.read_bytes(), storage_of(file_store).path.stat().st_mtime_ns) == before


def test_a_look_cannot_write(sqlite_store):
    """The connection refuses even code that tries to write."""
    store = sqlite_store
    add(store, "alice", "one")

    def write(reader):
        reader.execute("DELETE FROM sqlite_sequence")

    with pytest.raises((sqlite3.OperationalError, Refused), match="readonly"):
        storage_of(store)._read(write, None) if store.medium == "file" else storage_of(store)._read(
            "alice", write, None
        )
    add(store, "alice", "two")  # and the session can still
    assert texts(store.page("alice")) == ["one", "two"]


def test_an_in_memory_demo_is_not_written_to_disk(tmp_path, monkeypatch):
    """The best-known tutorial's "in-memory" session is a file that survives restarts."""
    monkeypatch.chdir(tmp_path)
    store = open_store("sqlite_memory", tmp_path)
    add(store, "alice", "My name is Alice")
    assert texts(store.page("alice")) == ["My name is Alice"]
    assert list(tmp_path.rglob("*")) == []
    assert store.close() == ["alice in memory"]
    assert store.page("alice").rows == ()


def test_closing_drops_every_handle_and_keeps_the_file(file_store):
    add(file_store, "alice", "one")
    add(file_store, "bob", "two")
    file_store.page("alice")
    handles = file_store.open_session("alice"), file_store.open_session("bob")
    name = storage_of(file_store).path.name
    assert file_store.close() == [f"alice in {name}", f"bob in {name}"]
    if storage_of(file_store).session_type != "SQLAlchemySession":  # whose handles connect again
        for handle in handles:
            with pytest.raises(RuntimeError, match="closed"):
                run(handle.get_items())
    assert open_files(storage_of(file_store).path) == []
    assert texts(file_store.page("alice")) == ["one"]
    assert run(file_store.open_session("alice").get_items()) == [user("one")]
    file_store.close()
    assert file_store.close() == []


def open_files(path):
    descriptors = Path("/proc/self/fd")
    if not descriptors.exists():
        pytest.skip("the open files of a process can be listed on Linux only")
    found = []
    for descriptor in descriptors.iterdir():
        try:
            target = str(descriptor.readlink())
        except OSError:
            continue  # the one that lists the folder
        if target.startswith(str(path)):
            found.append(target)
    return found


def test_a_saved_store_comes_back_exactly(store, tmp_path):
    add(store, "alice", "one", "two", "three")
    add(store, "bob", "four")
    run(store.open_session("alice").pop_item())  # its id must not be given out again
    before = stored(store)
    saved = tmp_path / "saved"
    saved.mkdir()
    store.save_to(saved)
    add(store, "alice", "later")
    add(store, "carol", "new")
    run(store.open_session("bob").clear_session())
    handle = store.open_session("alice")
    store.restore_from(saved)
    assert {name: rows for name, rows in stored(store).items() if rows or name in before} == before
    assert texts(store.page("alice")) == ["one", "two"]
    assert store.page("alice").total == 2
    # The handle that was open can still be used, and goes on with the numbers of the restored rows.
    run(handle.add_items([user("again")]))
    assert texts(store.page("alice"))[-1] == "again"
    # In one storage two sessions share the numbering; a JSON file and a list in Redis number by place.
    by_place = storage_of(store).session_type in ("JsonFileSession", "RedisSession")
    assert store.page("alice").rows[-1].key == (4 if store.medium == "memory" else 3 if by_place else 5)


def test_a_saved_store_comes_back_after_the_process_has_ended(store, tmp_path):
    add(store, "al/ice.ü", "one", "two")
    before = stored(store)
    saved = tmp_path / "saved"
    saved.mkdir()
    store.save_to(saved)
    store.erase()
    assert store.page("al/ice.ü").rows == ()
    kind = next(kind for kind in usable_kinds().values() if kind.name == store.name)
    new = kind.open(tmp_path)
    new.restore_from(saved)
    assert stored(new) == before
    new.close()


def test_what_was_empty_when_saved_is_empty_again(store, tmp_path):
    saved = tmp_path / "saved"
    saved.mkdir()
    store.save_to(saved)
    add(store, "alice", "one")
    store.restore_from(saved)
    assert store.page("alice").rows == ()
    assert store.session_ids() == []
    add(store, "alice", "two")
    assert store.page("alice").rows[-1].key == 1


def test_erasing_leaves_no_file(file_store, tmp_path):
    add(file_store, "alice", "one")
    file_store.page("alice")
    file_store.erase()
    assert list(tmp_path.iterdir()) == []
    add(file_store, "alice", "two")
    assert texts(file_store.page("alice")) == ["two"]


def test_values_that_another_program_has_stored_are_shown(tmp_path):
    """Bytes, numbers and text that is not UTF-8 are rows too: a look at them must not fail."""
    store = open_store("sqlite_file", tmp_path)
    add(store, "alice", "one")
    insert_row(storage_of(store).path, "alice", b'{"role": "user"}')
    insert_row(storage_of(store).path, "alice", 5)
    with closing(sqlite3.connect(storage_of(store).path)) as other, other:
        query = "INSERT INTO agent_messages (session_id, message_data, created_at) VALUES ('alice', {}, 17)"
        other.execute(query.format("CAST(x'6869ff' AS TEXT)"))
    page = store.page("alice")
    assert [row.data for row in page.rows[1:]] == ['{"role": "user"}', "5", "hi\ufffd"]
    rows = store.picture("alice")[0].rows
    assert all(isinstance(value, str) for row in rows.values() for value in row.values())
    store.close()


def test_reading_while_the_handles_are_dropped_does_not_fail(store):
    """A page is drawn in another thread while a turn restarts the storage."""
    done, errors = threading.Event(), []

    def look():
        try:
            while not done.wait(0.001):
                store.page("alice")
                store.session_ids()
                store.picture("alice")
                store.schema()
        except Exception as error:
            errors.append(error)

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(20):
        add(store, "alice", "one")
        store.close()
    done.set()
    reader.join()
    assert errors == []


@pytest.mark.parametrize("name", ["", "a b", "x; DROP TABLE y", 'quo"te', "näme", "1st"])
def test_a_table_name_that_is_not_an_identifier_is_refused(name):
    with pytest.raises(ValueError, match="not a table name"):
        Tables(messages=name)


def test_two_visitors_in_memory_do_not_share_rows(tmp_path):
    one, other = open_store("sqlite_memory", tmp_path), open_store("sqlite_memory", tmp_path)
    add(one, "alice", "mine")
    assert other.page("alice").rows == ()
    assert isinstance(other.open_session("alice"), SQLiteSession)
    assert run(other.open_session("alice").get_items()) == []
    one.close()
    other.close()
