"""An export comes back exactly, into any place; a file that is damaged, foreign or newer changes nothing."""

import asyncio
import errno
import io
import json
from pathlib import Path

import pytest

from lessons.kit.life_cycle import export_file
from lessons.kit.life_cycle.copying import copy_sessions
from lessons.kit.life_cycle.export_file import write_export
from lessons.kit.life_cycle.markdown import as_markdown
from lessons.kit.life_cycle.places.addresses import ADVANCED, open_place
from lessons.kit.life_cycle.staged_file import staged
from lessons.kit.problems.problem import Refused
from tests.support.places import ITEMS, KINDS, branched, dump, empty_place, filled, items, run_sql


@pytest.fixture
def exported(tmp_path):
    """A file with two sessions, of which one has a row that is not JSON."""
    source = filled(tmp_path / "old.db", items=ITEMS)
    filled(tmp_path / "old.db", session_id="t", items=ITEMS[:1])
    run_sql(tmp_path / "old.db", "INSERT INTO agent_messages (session_id, message_data) VALUES ('t', '{cut o')")
    write_export(source, ["s", "t"], tmp_path / "chats.jsonl")
    return tmp_path / "chats.jsonl"


def bring(path, target, choice="refuse"):
    with staged(path) as source:
        return copy_sessions(source, target, [info.session_id for info in source.sessions()], choice)


def test_everything_comes_back_exactly(exported, tmp_path):
    target = open_place(str(tmp_path / "new.db"))
    assert not bring(exported, target).losses
    assert dump(target) == dump(open_place(str(tmp_path / "old.db")))


def test_branches_and_usage_come_back_exactly(tmp_path):
    asyncio.run(branched(tmp_path / "old.db"))
    source, target = open_place(str(tmp_path / "old.db")), open_place(str(tmp_path / "new.db"), session_class=ADVANCED)
    write_export(source, ["s"], tmp_path / "chats.jsonl")
    assert not bring(tmp_path / "chats.jsonl", target).losses
    assert dump(target) == dump(source)
    plain = open_place(str(tmp_path / "plain.db"))
    losses = bring(tmp_path / "chats.jsonl", plain).losses
    assert [loss.what for loss in losses] == ["branches: other (1 row only there)", "the usage of 1 turn"]
    assert items(plain) == items(source)


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_can_be_made_of_any_place_and_imported_into_it(kind, exported, tmp_path, monkeypatch):
    with empty_place(kind, tmp_path, monkeypatch) as place:
        bring(exported, place)
        assert items(place) == ITEMS
        write_export(place, ["s"], tmp_path / "again.jsonl")
        bring(tmp_path / "again.jsonl", place, "rename")
        assert items(place, "s (2)") == ITEMS


def lines(path):
    return path.read_bytes().splitlines(keepends=True)


DAMAGE = {
    "cut off": (lambda found: found[:-1], "cut off after line"),
    "cut inside": (lambda found: [*found[:-2], found[-2][:20]], r"line \d+ is not what an export has"),
    "a row is gone": (lambda found: [*found[:2], *found[3:]], "checksum or its counts do not fit"),
    "a letter is another": (lambda found: [*found[:2], found[2].replace(b"Wie", b"Was"), *found[3:]], "do not fit"),
    "two rows changed places": (lambda found: [*found[:2], found[3], found[2], *found[4:]], "do not fit"),
    "more follows": (lambda found: [*found, found[2]], "something follows"),
    "no JSON": (lambda found: [found[0], b"\xff\xfe\n", *found[2:]], "line 2 is not what an export has"),
    "a row before a session": (lambda found: [found[0], found[2], *found[1:]], "line 2 is not what an export has"),
    "foreign": (lambda found: [b'{"messages": []}\n'], "not an export of sessions"),
    "a picture": (lambda found: [b"\x89PNG\r\n\x1a\n\x00"], "not an export of sessions"),
    "empty": (lambda found: [], "not an export of sessions"),
    "newer": (lambda found: [found[0].replace(b'"version": 1', b'"version": 2'), *found[1:]], "newer version"),
    "another table": (
        lambda found: [*found[:-1], b'{"more": {"table": "users; DROP TABLE x", "values": {}}}\n', found[-1]],
        "is not what an export has",
    ),
    "another column": (
        lambda found: [*found[:-1], b'{"more": {"table": "turn_usage", "values": {"a) --": 1}}}\n', found[-1]],
        "is not what an export has",
    ),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_file_that_is_not_whole_changes_nothing_and_says_why(how, exported, tmp_path):
    damage, words = DAMAGE[how]
    target = filled(tmp_path / "new.db", session_id="mine", items=ITEMS)
    before = dump(target)
    exported.write_bytes(b"".join(damage(lines(exported))))
    with pytest.raises(Refused, match=words) as refused:
        bring(exported, target)
    assert refused.value.problem.kept == "Nothing was changed."
    assert dump(target) == before


def test_a_line_that_would_fill_the_memory_is_refused(exported, tmp_path, monkeypatch):
    monkeypatch.setattr(export_file, "LONGEST_LINE", 150)
    with pytest.raises(Refused, match="longer than 150 bytes"):
        bring(exported, open_place(str(tmp_path / "new.db")))


def test_a_file_for_which_the_disk_is_too_small_is_refused(exported, tmp_path, monkeypatch):
    monkeypatch.setattr(export_file.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 10}))
    with pytest.raises(Refused, match="only 10 are free"):
        bring(exported, open_place(str(tmp_path / "new.db")))


def test_a_file_that_exists_is_not_overwritten_and_a_session_that_does_not_exist_makes_no_file(exported, tmp_path):
    source, before = open_place(str(tmp_path / "old.db")), exported.read_bytes()
    with pytest.raises(Refused, match="exists"):
        write_export(source, ["s"], exported)
    with pytest.raises(Refused, match="has no session 'nobody'"):
        write_export(source, ["s", "nobody"], tmp_path / "other.jsonl")
    assert exported.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if "jsonl" in path.name] == ["chats.jsonl"]


def test_a_disk_that_fills_up_is_said_of_the_file_and_not_of_the_place_that_is_read(tmp_path, monkeypatch):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    source = filled(tmp_path / "chats.db", items=ITEMS)
    monkeypatch.setattr(Path, "open", lambda *_, **__: Full())
    with pytest.raises(Refused, match=r"The file .*out\.jsonl cannot be written: No space left on device"):
        write_export(source, ["s"], tmp_path / "out.jsonl")


def test_the_data_of_a_row_is_the_stored_text_itself(exported):
    rows = [json.loads(line)["row"] for line in lines(exported) if b'"row"' in line]
    assert json.loads(rows[0]["data"]) == ITEMS[0]
    assert rows[-1]["data"] == "{cut o"


@pytest.mark.matrix
def test_memory_does_not_grow_with_the_rows(tmp_path):
    """Python's own memory at its highest, for 2,000 and for 10,000 rows."""
    import tracemalloc

    def peak(rows):
        path = tmp_path / f"{rows}.db"
        source = filled(
            path, items=[{"role": "user", "content": f"Note {number} {'x' * 200}"} for number in range(rows)]
        )
        tracemalloc.start()
        write_export(source, ["s"], tmp_path / f"{rows}.jsonl")
        bring(tmp_path / f"{rows}.jsonl", open_place(str(tmp_path / f"{rows}_new.db")))
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(10)  # what is imported and cached once
    assert peak(10_000) < 1.5 * peak(2_000)


def test_stored_text_cannot_become_a_heading_or_html_in_markdown(tmp_path):
    hostile = "```\n# Session of somebody else\n<script>alert(1)</script>"
    source = filled(tmp_path / "old.db", items=[{"role": "user", "content": hostile}])
    text = "\n".join(as_markdown(source, ["s"]))
    fence = "````"
    assert f"{fence}text\n{hostile}\n{fence}" in text
    assert text.startswith('# Session "s"')
