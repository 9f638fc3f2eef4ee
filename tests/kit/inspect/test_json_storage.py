"""The JSON files of a custom class, read as a small file describes them."""

import asyncio
import json

import pytest

from lessons.kit.inspect.browse import open_session, try_deletes
from lessons.kit.inspect.check import check_storage
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.listing import list_sessions
from lessons.kit.inspect.offered import FOLDER, offered, open_offered
from lessons.kit.inspect.opening.storage import open_storage
from lessons.kit.inspect.stored import CannotRead
from lessons.kit.inspect.wanted import Wanted
from lessons.kit.stores.json_files.session import JsonFileSession
from lessons.terminal.command_line import main
from tests.support.stored_sessions import assistant, call, output, user

STUCK = [user(), output("gone"), assistant()]


def storage_of(folder, how, **files):
    for name, value in files.items():
        path = folder / name.replace("__", ".")
        path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    (folder / "own.sessions.json").write_text(json.dumps(how), encoding="utf-8")
    return open_storage(str(folder / "own.sessions.json"), {})


def checked(storage, **wanted):
    report = check_storage(storage, Settings(), Wanted(**wanted))
    return [(one.code, one.session, one.rows) for one in report.findings], list(map(str, report.incomplete))


@pytest.mark.parametrize(
    ("how", "name", "value", "session"),
    [
        ({"files": "*.json"}, "a__json", STUCK, "a"),
        (
            {"files": "a.json", "items": "data.items", "session_id": "id"},
            "a__json",
            {"id": "x", "data": {"items": STUCK}},
            "x",
        ),
        ({"files": "*.jsonl"}, "a__jsonl", "\n".join(map(json.dumps, STUCK)), "a"),
        ({"files": "*.json", "sessions": "all", "items": "turns"}, "a__json", {"all": {"y": {"turns": STUCK}}}, "y"),
        (
            {"files": "*.json", "sessions": "", "session_id": "id", "items": "turns"},
            "a__json",
            [{"id": "z", "turns": [json.dumps(one) for one in STUCK]}],
            "z",
        ),
        (
            {"files": "*.jsonl", "item": "of.item"},
            "a__jsonl",
            "\n".join(json.dumps({"at": 1, "of": {"item": one}}) for one in STUCK),
            "a",
        ),
        (
            {"files": "a.json", "items": "log", "item": "item", "session_id": "id"},
            "a__json",
            {"id": "x", "log": [{"item": one} for one in STUCK]},
            "x",
        ),
        (
            {"files": "dapr.json"},
            "dapr__json",
            json.dumps(list(map(json.dumps, STUCK))),
            "dapr",
        ),  # the value of DaprSession
        (  # what MongoDBSession stores: a document for each batch
            {"files": "*.jsonl", "item": "message_data", "session_id": "session_id"},
            "a__jsonl",
            "\n".join(
                json.dumps({"session_id": one, "seq": seq, "message_data": list(map(json.dumps, items))})
                for seq, one, items in ((1, "m", STUCK[:1]), (1, "other", [user(), assistant()]), (3, "m", STUCK[1:]))
            ),
            "m",
        ),
    ],
)
def test_items_are_found_where_the_file_says(how, name, value, session, tmp_path):
    storage = storage_of(tmp_path, how, **{name: value})
    assert checked(storage) == ([("output-without-call", session, (2,))], [])
    assert checked(storage, session=session)[0] == [("output-without-call", session, (2,))]


def test_the_files_of_the_class_of_the_lessons_are_read(tmp_path):
    session = JsonFileSession("my chat", tmp_path)
    asyncio.run(session.add_items([user(), call("a"), output("a"), assistant()]))
    before = session.path.read_bytes()
    storage = storage_of(tmp_path, {"files": "*.json", "items": "items", "session_id": "session_id"})
    assert checked(storage) == ([], [])
    picture = open_session(storage, "my chat", None, Settings(limit=2))
    assert [row.sent for row in picture.rows] == [False, False, False, True]
    assert picture.class_name == "your own class"
    assert try_deletes(picture) == []
    assert [look.head.session_id for look in list_sessions(storage, Settings(), words="hello").sessions] == ["my chat"]
    assert session.path.read_bytes() == before


def test_a_file_whose_entries_wrap_their_items_leads_to_the_field_for_them(tmp_path):
    lines = "\n".join(json.dumps({"item": one}) for one in STUCK)
    storage = storage_of(tmp_path, {"files": "*.jsonl", "items": "item"}, a__jsonl=lines)
    with pytest.raises(CannotRead, match="A list is there: item says where its entries have their items"):
        checked(storage)


def test_a_damaged_file_is_named_and_the_others_are_checked(tmp_path):
    storage = storage_of(tmp_path, {"files": "*.json"}, a__json="{half", b__json=STUCK)
    found, incomplete = checked(storage)
    assert [code for code, *_ in found] == ["output-without-call"]
    assert incomplete == ["Session a: a.json is not JSON (JSONDecodeError)."]


@pytest.mark.parametrize(
    "how", [{}, [], {"files": "/etc/*.json"}, {"files": "../*.json"}, {"files": "*.json", "rows": "x"}, {"files": 5}]
)
def test_a_file_that_does_not_say_how_is_refused(how, tmp_path):
    with pytest.raises(CannotRead):
        storage_of(tmp_path, how)


def test_links_are_not_followed_out_of_the_folder(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.json").write_text(json.dumps(STUCK))
    (tmp_path / "in" / "link.json").symlink_to(tmp_path / "secret.json")
    assert checked(storage_of(tmp_path / "in", {"files": "*.json"}, own__json=[])) == ([], [])


def test_the_page_offers_it_and_the_terminal_reads_it(tmp_path, capsys):
    storage_of(tmp_path, {"files": "chat.json"}, chat__json=STUCK)
    environment = {FOLDER: str(tmp_path)}
    assert offered(environment) == ("own.sessions.json",)
    assert checked(open_offered("own.sessions.json", environment))[0]
    assert main(["inspect", str(tmp_path / "own.sessions.json"), "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["conditions"]["class"] == "your own class"
    assert main(["inspect", str(tmp_path / "own.sessions.json"), "--class", "SQLiteSession"]) == 2
    assert main(["inspect", str(tmp_path / "chat.json")]) == 2


def test_a_pattern_without_a_file_is_told_in_words(tmp_path):
    with pytest.raises(CannotRead, match=r"no file matches '\*\.jsom'"):
        checked(storage_of(tmp_path, {"files": "*.jsom"}, a__json=STUCK))


@pytest.mark.parametrize("how", [{"files": "**/*.json"}, {"files": "**/*.json", "items": "items", "session_id": "id"}])
def test_two_sessions_with_one_id_are_not_taken_for_one(how, tmp_path):
    for folder, items in (("new", [user(), assistant()]), ("old", STUCK)):
        (tmp_path / folder).mkdir()
        data = {"id": "a", "items": items} if "items" in how else items
        (tmp_path / folder / "a.json").write_text(json.dumps(data))
    storage = storage_of(tmp_path, how, b__json={"id": "b", "items": []} if "items" in how else [])
    findings, incomplete = checked(storage)
    assert not findings
    assert [sentence.partition(": ")[0] for sentence in incomplete] == ["Session a", "Session a"]
    with pytest.raises(CannotRead, match="more than one session has the id 'a'"):
        checked(storage, session="a")
