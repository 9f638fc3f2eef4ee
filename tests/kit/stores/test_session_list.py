"""The sessions of every kind of store: found, ordered, paged, described, renamed, and forgotten with their rows."""

import json
import os
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import pytest
from sqlalchemy import text

from lessons.kit.background import background
from lessons.kit.items import read
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.registry import usable_kinds
from lessons.kit.stores.session_list import FIRST_LINE, PAGE_SIZE, Metadata
from lessons.kit.stores.sqlite.session_list import METADATA_TABLE
from lessons.kit.stores.table_names import Tables
from tests.support.stores import opened_store
from tests.support.turns import dump

run = background().run  # connections belong to one loop

KINDS = sorted(usable_kinds())
DESCRIBED = [name for name in KINDS if usable_kinds()[name].open(Path()).keeps_metadata]
PLAIN = [name for name in KINDS if name not in DESCRIBED]
HOSTILE_IDS = (
    "<script>alert(1)</script>",
    "![](https://example.invalid/x.png)",
    "two\nlines",
    " spaces around ",
    "\u202eright to left\u202c",
    "100%_'\"\\; DROP TABLE agent_sessions --",
    "../../etc/passwd",
    "x" * 5_000,
    "",
)


@pytest.fixture(params=KINDS)
def store(request, tmp_path):
    with opened_store(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture(params=DESCRIBED)
def file_store(request, tmp_path):
    with opened_store(request.param, tmp_path) as opened:
        yield opened


def add(store, session_id, *texts):
    items = [{"role": "user", "content": text} for text in texts or ["hello"]]
    run(store.open_session(session_id).add_items(items))


def ids(page):
    return [session.session_id for session in page.sessions]


def found(store, search):
    return ids(store.sessions(search))


def all_ids(store):
    """The ids of every page."""
    pages = range(1, store.sessions().pages + 1)
    return sorted(name for number in pages for name in ids(store.sessions(page=number)))


SET_SCHEMA = {"PostgreSQL": "SET search_path TO {}", "MySQL": "USE {}"}


def date(store, session_id, created, updated):
    """Give a session the times of another day, as if it had been used then."""
    store = getattr(store, "inner", store)
    if store.medium == "JSON file":
        os.utime(store.open_session(session_id).path, (updated, updated))
        return
    if store.session_type == "RedisSession":
        times = {"created_at": created, "updated_at": updated}
        store._look(lambda client: client.hset(f"{store.namespace}:agents:session:{session_id}", mapping=times))
        return
    if store.medium in ("PostgreSQL", "MySQL"):
        times = {name: datetime.fromtimestamp(value, UTC) for name, value in (("c", created), ("u", updated))}
        query = text("UPDATE agent_sessions SET created_at = :c, updated_at = :u WHERE session_id = :id")
        with store.server.writer().begin() as connection:
            connection.execute(text(SET_SCHEMA[store.medium].format(store.schema_name)))
            connection.execute(query, {**times, "id": session_id})
        return
    if store.session_type == "OpenAIConversationsSession":
        one = replace(store._known()[session_id], made=int(created * 1e9), used=int(updated * 1e9))
        store._keep({**store._known(), session_id: one})
        return
    query = (
        f"UPDATE {getattr(store, 'tables', Tables()).sessions} "
        "SET created_at = datetime(?, 'unixepoch'), updated_at = datetime(?, 'unixepoch') WHERE session_id = ?"
    )
    memory = store.medium == "memory"
    with (
        store.open_session(session_id)._locked_connection() if memory else closing(sqlite3.connect(store.path)) as file
    ):
        file.execute(query, (created, updated, session_id))
        file.commit()


def test_a_session_is_summed_up(store):
    add(store, "alice", "My name is Alice", "What's my name?")
    date(store, "alice", 1_700_000_000, 1_700_000_000)
    (session,) = store.sessions().sessions
    assert (session.session_id, session.first_line, session.items) == ("alice", "My name is Alice", 2)
    assert (session.created_at, session.updated_at) == ("2023-11-14 22:13:20", "2023-11-14 22:13:20")
    assert session.metadata == Metadata()


def test_no_session_makes_one_empty_page(store):
    page = store.sessions("x", "created", 7)
    assert (page.sessions, page.found, page.page, page.pages) == ((), 0, 1, 1)


def test_the_list_follows_what_is_stored_and_deleted(store):
    add(store, "alice")
    assert store.sessions().sessions[0].items == 1
    add(store, "alice", "more")
    add(store, "bob")
    assert {session.session_id: session.items for session in store.sessions().sessions} == {"alice": 2, "bob": 1}
    run(store.open_session("alice").clear_session())
    assert ids(store.sessions()) == ["bob"]
    assert store.session_ids() == ["bob"]


def test_a_search_finds_what_contains_its_words_and_nothing_else(store):
    names = ("100%", "1000", "a_b", "axb", "o'neil", 'the "quoted"', "back\\slash", "<b>", "alice")
    for name in names:
        add(store, name)
    searches = ("100%", "a_b", "o'neil", '"quoted"', "back\\slash", "<b>", "ALICE", "ice")
    wanted = {search: sorted(name for name in names if search.casefold() in name) for search in searches}
    assert {search: sorted(found(store, search)) for search in searches} == wanted
    assert found(store, "'; DROP TABLE agent_sessions; --") == []
    assert store.sessions().found == len(names)


def test_the_order(store):
    day = 86_400
    for name, created, updated in (("a first", 1, 1), ("young", 3, 3), ("middle", 2, 4)):
        add(store, name)
        date(store, name, created * day, updated * day)
    order = {
        "last used": ["middle", "young", "a first"],
        "created": ["young", "middle", "a first"],
        "session id": ["a first", "middle", "young"],
    }
    if store.medium == "JSON file":
        order["created"] = order["last used"]  # a file is written again with every change: it knows only its last use
    assert {sort: ids(store.sessions(sort=sort)) for sort in order} == order


def test_a_session_that_was_used_just_now_comes_first(store):
    """Times are of whole seconds; sessions of the same second still have an order."""
    names = [f"session {number}" for number in (3, 1, 2)]
    for number, name in enumerate(names):
        add(store, name)
        if store.medium == "JSON file":
            date(store, name, 0, 1_700_000_000 + number / 1_000)
    assert ids(store.sessions()) == names[::-1]
    assert store.session_ids() == names[::-1]
    assert store.session_ids(limit=2) == names[:0:-1]


def test_pages_together_hold_every_session_once_and_a_page_past_the_end_is_the_last(store):
    names = [f"session {number:02}" for number in range(2 * PAGE_SIZE + 1)]
    for name in names:
        add(store, name)
    pages = [store.sessions(sort="session id", page=number) for number in (1, 2, 3)]
    assert [name for page in pages for name in ids(page)] == names
    assert [(page.found, page.page, page.pages) for page in pages] == [(len(names), number, 3) for number in (1, 2, 3)]
    assert store.sessions(sort="session id", page=99) == pages[-1]
    assert store.sessions(sort="session id", page=0) == store.sessions(sort="session id", page=-3) == pages[0]


def test_an_id_may_hold_anything(store):
    too_long = [one for one in HOSTILE_IDS if store.medium == "MySQL" and len(one) > 255]  # the length of its column
    for session_id in too_long:
        with pytest.raises(Exception, match="too long"):
            add(store, session_id, "mine")
    hostile = [one for one in HOSTILE_IDS if one not in too_long]
    for session_id in ("other", *hostile):
        add(store, session_id, "mine")
    assert all_ids(store) == sorted(["other", *hostile])
    assert [one for one in hostile if one not in found(store, one[:50])] == []
    assert {one: texts_read_back(store, one) for one in hostile} == {one: ["mine"] for one in hostile}
    if store.keeps_metadata:
        for number, session_id in enumerate(hostile):
            store.describe(session_id, Metadata("alice", f"Hostile <{number}>", ("odd",)))
            store.rename(session_id, session_id + "2")
        renamed = {one: found(store, f"hostile <{number}>") for number, one in enumerate(hostile)}
        assert renamed == {one: [one + "2"] for one in hostile}
    for session_id in hostile:
        run(store.open_session(session_id).clear_session())
    left = [one + "2" for one in hostile] if store.keeps_metadata else []  # renamed since: another session
    assert all_ids(store) == sorted(["other", *left])


def texts_read_back(store, session_id):
    made = store.read_back(session_id, {row.key: row.data for row in store.page(session_id).rows})
    return [read(one.data).text for one in made.values()]


def test_the_first_line_of_a_hostile_item(store):
    lines = {
        "markup": ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        "several lines": ("\n\n  first\nsecond", "first"),
        "empty": ("", ""),
        "a megabyte": ("x" * 1_000_000, "x" * FIRST_LINE),
        "half a pair": ("half a pair \ud800", "half a pair \ufffd"),
        "an image": ([{"type": "input_image", "image_url": "https://example.invalid/x.png"}], "[input_image]"),
    }
    if store.session_type in ("OpenAIConversationsSession", "EncryptedSession"):
        with pytest.raises(UnicodeEncodeError):  # UTF-8 has no half of a pair: these refuse such an item
            add(store, "half a pair", lines.pop("half a pair")[0])
    for session_id, (content, _) in lines.items():
        add(store, session_id, content)
    # The service has made the session of a refused item; nothing is in it.
    listed = {one.session_id: one.first_line for one in store.sessions().sessions if one.items}
    assert listed == {session_id: line for session_id, (_, line) in lines.items()}


def test_a_corrupt_row_does_not_hide_its_session(file_store):
    add(file_store, "bob")
    lines = {
        "cut off": ('{"role": "user", "content": "cut o', '{"role": "user", "content": "cut o'),
        "no item": ('"a text, and no item"', '"a text, and no item"'),
        "bytes": (b'{"role": "user", "content": "bytes"}', "bytes"),
        "null": ("null", "null"),
        "empty": ("", ""),
    }
    with closing(sqlite3.connect(file_store.path)) as other, other:
        for session_id, (data, _) in lines.items():
            other.execute(f"INSERT INTO {file_store.tables.sessions} (session_id) VALUES (?)", (session_id,))
            query = f"INSERT INTO {file_store.tables.messages} (session_id, message_data) VALUES (?, ?)"
            other.execute(query, (session_id, data))
    assert {session.session_id: session.first_line for session in file_store.sessions().sessions} == {
        "bob": "hello",
        **{session_id: line for session_id, (_, line) in lines.items()},
    }


@pytest.mark.parametrize("content", ["not JSON", "[]", '{"session_id": "x", "items": "none"}', '{"items": []}'])
def test_a_damaged_json_file_is_named_and_kept(tmp_path, content):
    store = usable_kinds()["json_files"].open(tmp_path)
    add(store, "alice")
    (store.folder / "damaged.json").write_text(content)
    with pytest.raises(Refused, match=r"The file damaged\.json (is damaged|does not hold a session_id and items)"):
        store.sessions()
    assert (store.folder / "damaged.json").read_text() == content
    assert len(store.page("alice").rows) == 1


# What the app knows of a session.

KNOWN = Metadata("Alice's", 'A "title" <b>', ("größe", 'a "b"', "50%"))


def test_metadata_is_kept_read_and_searched(file_store):
    for name in ("one", "other"):
        add(file_store, name)
    file_store.describe("one", KNOWN)
    file_store.describe("other", Metadata("Bob", "", ("plain",)))
    known = {session.session_id: session.metadata for session in file_store.sessions().sessions}
    assert known == {"one": KNOWN, "other": Metadata("Bob", "", ("plain",))}
    for search in ("alice'", '"TITLE"', "größe", 'a "b"', "50%"):
        assert found(file_store, search) == ["one"], search
    for search in ("[", '", "', "\\u"):  # how the tags are written is not part of them
        assert found(file_store, search) == [], search
    file_store.describe("one", Metadata())
    assert found(file_store, "größe") == []


def test_metadata_is_there_after_a_restart(file_store, tmp_path):
    add(file_store, "alice")
    file_store.describe("alice", KNOWN)
    file_store.close()
    again = usable_kinds()[file_store.name].open(tmp_path)
    assert again.sessions().sessions[0].metadata == KNOWN
    again.close()


def metadata_rows(store):
    return [row[1] for row in dump(store.path)[METADATA_TABLE]]


def test_metadata_goes_with_a_session_that_the_sdk_clears(file_store):
    """The SDK's own connection knows nothing of the app's table."""
    for name in ("alice", "bob"):
        add(file_store, name)
        file_store.describe(name, KNOWN)
    run(file_store.open_session("alice").clear_session())
    assert metadata_rows(file_store) == ["bob"]
    add(file_store, "alice")
    assert {one.session_id: one.metadata for one in file_store.sessions().sessions} == {
        "alice": Metadata(),
        "bob": KNOWN,
    }


def test_metadata_goes_with_a_row_that_another_program_deletes(file_store):
    for name in ("alice", "bob"):
        add(file_store, name)
        file_store.describe(name, KNOWN)
    with closing(sqlite3.connect(file_store.path)) as other, other:
        other.execute(f"DELETE FROM {file_store.tables.sessions} WHERE session_id = 'alice'")
    assert metadata_rows(file_store) == ["bob"]


def test_a_pop_takes_no_metadata(file_store):
    add(file_store, "alice")
    file_store.describe("alice", KNOWN)
    run(file_store.open_session("alice").pop_item())
    assert file_store.sessions().sessions[0].metadata == KNOWN


def test_a_session_that_is_not_there_cannot_be_described(file_store):
    with pytest.raises(Refused):
        file_store.describe("alice", KNOWN)
    assert not file_store.path.exists()
    add(file_store, "bob")
    with pytest.raises(Refused, match="There is no session 'alice'"):
        file_store.describe("alice", KNOWN)
    assert METADATA_TABLE not in dump(file_store.path)


def test_a_rename_moves_rows_and_metadata_and_nothing_else(file_store):
    add(file_store, "alice", "one", "two")
    add(file_store, "bob")
    file_store.describe("alice", KNOWN)
    before = file_store.page("alice").rows
    file_store.rename("alice", "carol")
    after = file_store.page("carol").rows
    assert [(row.key, row.data, row.created_at) for row in after] == [
        (row.key, row.data, row.created_at) for row in before
    ]
    assert {one.session_id: (one.items, one.metadata) for one in file_store.sessions().sessions} == {
        "carol": (2, KNOWN),
        "bob": (1, Metadata()),
    }
    assert "alice" not in str(dump(file_store.path))
    # Handles that were open go on under the id that they were opened with.
    assert len(run(file_store.open_session("carol").get_items())) == 2
    assert run(file_store.open_session("alice").get_items()) == []
    run(file_store.open_session("carol").clear_session())
    assert metadata_rows(file_store) == []


def test_an_id_that_is_taken_is_refused_and_nothing_changes(file_store):
    for name in ("alice", "bob"):
        add(file_store, name)
        file_store.describe(name, Metadata(owner=name))
    with closing(sqlite3.connect(file_store.path)) as other, other:  # rows whose session is not listed
        query = f"INSERT INTO {file_store.tables.messages} (session_id, message_data) VALUES ('orphan', '{{}}')"
        other.execute(query)
    before = dump(file_store.path)
    for taken in ("bob", "orphan"):
        with pytest.raises(Refused, match=f"There is a session '{taken}' already") as refused:
            file_store.rename("alice", taken)
        assert refused.value.problem.kept == "Nothing was changed."
    assert dump(file_store.path) == before


@pytest.mark.parametrize("name", PLAIN)
def test_a_store_that_cannot_says_so_and_what_to_choose(tmp_path, name):
    store = usable_kinds()[name].open(tmp_path)
    add(store, "alice")
    for ask in (lambda: store.rename("alice", "bob"), lambda: store.describe("alice", KNOWN)):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.problem.kept == "Nothing was changed."
        assert "file" in refused.value.problem.next
    assert ids(store.sessions()) == ["alice"]
    store.erase()


def test_looking_at_the_list_changes_nothing(file_store):
    add(file_store, "alice")
    file_store.describe("alice", KNOWN)
    file_store.close()
    before = file_store.path.read_bytes()
    file_store.sessions("a", "created", 3)
    file_store.close()
    assert file_store.path.read_bytes() == before


def fill(store, sessions):
    """Write that many sessions of two rows each, at once."""
    add(store, "alice")
    tables = store.tables
    names = [f"session-{number:05}" for number in range(sessions)]
    with closing(sqlite3.connect(store.path)) as other, other:
        other.executemany(f"INSERT INTO {tables.sessions} (session_id) VALUES (?)", [(name,) for name in names])
        query = f"INSERT INTO {tables.messages} (session_id, message_data) VALUES (?, ?)"
        data = json.dumps({"role": "user", "content": "hello"})
        other.executemany(query, [(name, data) for name in names for _ in range(2)])


def test_ten_thousand_sessions_are_listed_as_fast_as_ten(tmp_path):
    """A list that nothing has changed since the last look. The bench has the figures of the page."""
    few, many = (usable_kinds()["sqlite_file"].open(tmp_path / str(count)) for count in (10, 10_000))
    fill(few, 10)
    fill(many, 10_000)
    assert (few.sessions().found, many.sessions().found) == (11, 10_001)
    seconds = {id(few): [], id(many): []}
    for _ in range(50):
        for store in (few, many):
            start = time.perf_counter()
            store.sessions()
            seconds[id(store)].append(time.perf_counter() - start)
    assert median(seconds[id(many)]) < 2 * median(seconds[id(few)])
    few.close()
    many.close()
