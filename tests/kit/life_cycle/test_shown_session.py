"""What can be downloaded of the session that a page shows: it comes back as it was, and no cell of it is a formula."""

import csv
import io
import json

import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.life_cycle.copying import copy_sessions
from lessons.kit.life_cycle.places.addresses import ADVANCED, open_place
from lessons.kit.life_cycle.shown_session import ShownSession, as_csv, disarmed, file_name, rows_as_csv, session_file
from lessons.kit.life_cycle.staged_file import staged
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.support.places import dump


def stepped(slug, provider, count, store_name=None):
    """The store of a visitor who has done the first `count` steps of a lesson."""
    lesson, desk = load_lesson(slug), open_desk(new_visitor(), slug)
    walk.start_steps(walk.Walk(lesson, desk, store_name or lesson.walk_stores[0], provider), 0, count - 1)
    while desk.running():
        desk.running()[0].result(60)
    return desk.store(store_name or lesson.walk_stores[0])


def brought(store, session_id, tmp_path, **target):
    path = tmp_path / "session.jsonl"
    path.write_bytes(session_file(ShownSession(store, session_id), session_id))
    place = open_place(str(tmp_path / "new.db"), **target)
    with staged(path) as source:
        assert not copy_sessions(source, place, [session_id]).losses
    return place


def test_the_downloaded_session_comes_back_exactly(provider, tmp_path):
    store = stepped("basic", provider, 2)
    place = brought(store, "alice", tmp_path)
    with place.reading():
        found = [(row.key, row.data, row.at) for row in place.rows("alice")]
    assert found == [(row.key, row.data, row.created_at) for row in store.page("alice").rows]


def test_branches_and_usage_come_back_too(provider, tmp_path):
    store = stepped("analytics", provider, 3)
    place = brought(store, "alice", tmp_path, session_class=ADVANCED)
    with place.reading():
        more = list(place.more("alice"))
    assert {table for table, _ in more} >= {"message_structure", "turn_usage"}
    assert dump(place)


@pytest.mark.parametrize(("slug", "store"), [("encrypted", None), ("redis", None), ("basic", "sqlite_memory")])
def test_a_session_of_every_kind_of_store_can_be_downloaded(slug, store, provider, tmp_path):
    opened = stepped(slug, provider, 1, store)
    (session_id, *_) = opened.session_ids()
    place = brought(opened, session_id, tmp_path)
    with place.reading():
        assert [row.data for row in place.rows(session_id)] == [row.data for row in opened.page(session_id).rows]


@pytest.mark.parametrize(
    ("slug", "store"),
    [("basic", None), ("basic", "sqlite_memory"), ("encrypted", None), ("databases", None), ("redis", None)],
)
def test_the_downloaded_session_has_the_times_of_the_stored_one(slug, store, provider):
    opened = stepped(slug, provider, 3, store)
    (session_id, *_) = opened.session_ids()
    (listed,) = [one for one in opened.sessions().sessions if one.session_id == session_id]
    info = json.loads(session_file(ShownSession(opened, session_id), session_id).splitlines()[1])["session"]
    assert (info["created_at"][:19], info["updated_at"][:19]) == (listed.created_at, listed.updated_at)
    assert (info["expires_at"] is not None) == (slug == "redis"), "step 3 of Redis gives the keys a TTL"


def test_the_downloaded_conversation_has_the_times_of_its_session_and_none_of_its_items(provider):
    opened = stepped("hosted", provider, 1)
    (listed,) = opened.sessions().sessions
    lines = map(json.loads, session_file(ShownSession(opened, listed.session_id), listed.session_id).splitlines())
    _, info, *rows, _ = lines
    assert info["session"]["session_id"] == listed.session_id
    assert (info["session"]["created_at"], info["session"]["updated_at"]) == (listed.created_at, listed.updated_at)
    assert [row["row"]["at"] for row in rows] == [None, None]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(start):
    cell = f"{start}HYPERLINK(1)"
    assert disarmed(cell) == f"'{cell}"
    (row,) = csv.reader(io.StringIO(as_csv((cell,), ()).decode("utf-8-sig"), newline=""))
    assert row == [f"'{cell}"]


def test_an_ordinary_cell_stays_as_it_is():
    assert disarmed("a=b") == "a=b"
    assert disarmed("") == ""
    assert as_csv(("a",), [("half \ud83d",)]).decode("utf-8-sig") == "a\r\nhalf \ufffd\r\n"


def test_a_session_id_that_is_a_formula_is_disarmed_too(provider):
    desk = open_desk(new_visitor(), "basic")
    here = walk.Walk(load_lesson("basic"), desk, "sqlite_file", provider)
    walk.start_message(here, "My name is Alice", "=1+1").result(60)
    table = rows_as_csv(ShownSession(desk.store("sqlite_file"), "=1+1"), "=1+1").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    assert [(row["id"], row["session_id"]) for row in rows] == [("1", "'=1+1"), ("2", "'=1+1")]
    assert rows[0]["message_data"] == '{"content": "My name is Alice", "role": "user"}'


def test_a_file_has_a_name_that_every_system_takes():
    assert file_name("alice", "csv") == "alice.csv"
    assert file_name("../../etc/пароль", "md") == "etc.md"
    assert file_name("/", "md") == "session.md"
