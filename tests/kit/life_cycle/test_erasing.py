"""What was erased is gone from the raw bytes, or it is said why that is not proved."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from agents import SQLiteSession
from agents.extensions.memory import EncryptedSession

from lessons.kit.life_cycle.copying import copy_sessions
from lessons.kit.life_cycle.erasing import erase_sessions, erase_text, erased_lines, sessions_with_prefix
from lessons.kit.life_cycle.places.addresses import open_place
from lessons.kit.problems.problem import Refused
from tests.support.places import ITEMS, KINDS, branched, dump, empty_place, filled, items, run_sql

SECRET = "my number is 5555-0142-ZOË"
SAID = [{"role": "user", "content": SECRET}, {"role": "assistant", "content": "Noted."}]


def bytes_of(path):
    files = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]
    return b"".join(file.read_bytes() for file in files if file.exists())


@pytest.fixture
def secret(tmp_path):
    """A file in which the secret was said, and said again by a session that has deleted it."""
    path = tmp_path / "chats.db"
    for session_id in ("alice:1", "alice:2", "gone"):
        filled(path, session_id=session_id, items=SAID)
    place = filled(path, session_id="bob", items=ITEMS)
    run_sql(path, "PRAGMA secure_delete = OFF", "DELETE FROM agent_messages WHERE session_id = 'gone'")
    assert b"5555-0142" in bytes_of(path)
    return place, path


@pytest.mark.parametrize("what", ["sessions", "text"])
def test_nothing_is_left_in_the_bytes_of_the_file(what, secret):
    place, path = secret
    assert sessions_with_prefix(place, "alice:") == ["alice:1", "alice:2"]
    erased = erase_sessions(place, ["alice:1", "alice:2"]) if what == "sessions" else erase_text(place, SECRET)
    assert erased.proved
    assert erased.rows == (4 if what == "sessions" else 2)
    assert b"5555-0142" not in bytes_of(path)
    assert items(place, "bob") == ITEMS


def test_another_connection_that_reads_is_said_and_then_nothing_is_claimed(secret):
    place, path = secret
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM agent_messages").fetchone()
        erased = erase_sessions(place, ["alice:1", "alice:2"])
        assert not erased.proved
        assert any("-wal" in one for one in erased.left)
        assert any("another connection" in one for one in erased.why_not_proved)
        assert b"5555-0142" in bytes_of(path)
    assert erase_text(place, "5555-0142").proved  # what is left goes as soon as nobody reads any more
    assert b"5555-0142" not in bytes_of(path)


def test_a_text_that_is_stored_elsewhere_is_found_and_the_place_is_named(secret):
    place, path = secret
    run_sql(path, "CREATE TABLE notes (words TEXT)", f"INSERT INTO notes VALUES ('{SECRET}')")
    erased = erase_text(place, SECRET)
    assert not erased.proved
    assert erased.left == (f"{SECRET!r} is still stored: notes.words",)


def test_what_another_session_says_too_is_not_a_leftover(secret):
    place, _ = secret
    erased = erase_sessions(place, ["alice:1"])
    assert erased.proved
    assert any("is stored elsewhere too: agent_messages.message_data" in one for one in erased.elsewhere)
    assert "nothing of the erased rows is left, and rows that stay have" in "\n".join(erased_lines(erased))


def test_words_of_the_form_of_an_item_are_not_what_somebody_said(tmp_path):
    """Every reply has them: they were listed as texts of the erased session that are stored elsewhere too."""
    path = tmp_path / "chats.db"
    said = {"type": "output_text", "text": "Nice to meet you, Alice.", "annotations": []}
    reply = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [said]}
    other = {**reply, "id": "msg_2", "content": [{**said, "text": "Nice to meet you, Bob."}]}
    filled(path, session_id="alice", items=[{"role": "user", "content": "assistant"}, reply])
    place = filled(path, session_id="bob", items=[other])
    erased = erase_sessions(place, ["alice"])
    assert erased.proved
    assert [one for one in erased.elsewhere if "'assistant' is" not in one] == []
    # The user wrote this word, and the form of the other item has it.
    assert any("'assistant' is stored elsewhere too" in one for one in erased.elsewhere)


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"role": "user", "content": 'Zoë said "hi"'}, 'Zoë said "hi"'),
        (
            {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"who": "Zo\\u00eb \\"Z\\""}'},
            'Zoë "Z"',
        ),
        ({"role": "user", "content": "🙂 smile"}, "🙂 smile"),
    ],
)
def test_a_text_is_found_however_json_has_escaped_it(item, text, tmp_path):
    place = filled(tmp_path / "chats.db", items=[item, SAID[1]])
    erased = erase_text(place, text)
    assert (erased.rows, erased.proved) == (1, True)


def test_structure_and_usage_go_with_the_rows_of_a_turn(tmp_path):
    asyncio.run(branched(tmp_path / "chats.db"))
    place = open_place(str(tmp_path / "chats.db"))
    erased = erase_text(place, "And Rome?")
    assert erased.proved
    ((_, rows, more),) = dump(place)
    assert {values["message_id"] for table, values in more if table == "message_structure"} == {row.key for row in rows}
    assert [table for table, _ in more if table == "turn_usage"] == []
    assert items(place) == ITEMS


def test_the_other_half_of_a_tool_call_is_named(tmp_path):
    place = filled(tmp_path / "chats.db", items=ITEMS)
    assert any(
        "1 other half of an erased tool call: users report" in note for note in erase_text(place, "get_weather").notes
    )


def test_encrypted_rows_are_not_claimed_to_be_free_of_a_text(tmp_path):
    session = EncryptedSession("s", SQLiteSession("s", tmp_path / "chats.db"), encryption_key="k" * 43)
    asyncio.run(session.add_items(SAID))
    session.close()
    place = open_place(str(tmp_path / "chats.db"))
    erased = erase_text(place, SECRET)
    assert not erased.proved
    assert "2 encrypted rows" in erased.why_not_proved[0]
    assert erase_sessions(place, ["s"]).proved


@pytest.mark.parametrize(
    "kind", [param for param in KINDS if getattr(param, "values", [""])[0] in ("postgresql", "mysql", "redis")]
)
def test_on_a_server_rows_are_gone_and_nothing_is_claimed_of_its_files(kind, secret, tmp_path, monkeypatch):
    source, _ = secret
    with empty_place(kind, tmp_path, monkeypatch) as place:
        copy_sessions(source, place, ["alice:1", "alice:2", "bob"])
        assert erase_text(place, SECRET).rows == 2
        erased = erase_sessions(place, ["alice:1"])
        assert not erased.proved
        assert "cannot be looked at" in erased.why_not_proved[0] or "None of these" in erased.why_not_proved[0]
        assert [(info.session_id, len(rows)) for info, rows, _ in dump(place)] == [("alice:2", 1), ("bob", 4)]


def test_too_little_to_go_by_erases_nothing(secret):
    place, _ = secret
    before = dump(place)
    for refused in (
        lambda: erase_text(place, "a"),
        lambda: sessions_with_prefix(place, ""),
        lambda: erase_sessions(place, ["no"]),
    ):
        with pytest.raises(Refused):
            refused()
    assert dump(place) == before
