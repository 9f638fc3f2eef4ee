"""Every store of the app is a place: sessions move into it and out of it, and the next run stays the same."""

import itertools
import json
import os
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from lessons.kit.background import background
from lessons.kit.life_cycle.cleaning import clean_up, preview
from lessons.kit.life_cycle.copying import copy_sessions
from lessons.kit.life_cycle.erasing import erase_sessions, erase_text, preview_text
from lessons.kit.life_cycle.export_file import write_export
from lessons.kit.life_cycle.markdown import as_markdown
from lessons.kit.life_cycle.moving import move_sessions
from lessons.kit.life_cycle.places.addresses import open_place
from lessons.kit.life_cycle.places.place import KEEPS, is_encrypted
from lessons.kit.life_cycle.places.sealed_place import Key, SealedPlace, decrypted
from lessons.kit.life_cycle.places.store_place import store_place
from lessons.kit.life_cycle.staged_file import staged
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.registry import usable_kinds
from tests.support.places import ITEMS, dump, filled, run_sql
from tests.support.stored_sessions import FIXTURES, fixture
from tests.support.stores import opened_store

STORES = sorted(name for name, kind in usable_kinds().items() if not kind.is_outside)
WITHOUT_TABLES = ("sqlite_memory", "json_files", "hosted_emulated")
NOT_KEPT = {
    "json_files": ("keys", "times"),
    "hosted_emulated": ("keys", "times", "form"),
    "redis_fake": ("keys", "times"),
    "redis": ("keys", "times"),
}


@pytest.fixture(params=STORES)
def store(request, tmp_path):
    (tmp_path / "lesson").mkdir()
    with opened_store(request.param, tmp_path / "lesson") as opened:
        yield opened


def said(store, session_id):
    """What the handle of the app returns of a session."""

    async def read():
        return await store.open_session(session_id).get_items()

    return background().run(read())


def add(store, session_id, items):
    async def add_them():
        await store.open_session(session_id).add_items(items)

    background().run(add_them())


def texts(found):
    return [json.dumps(item.get("content", item.get("arguments", item.get("output")))) for item in found]


def test_a_session_moves_into_every_store_and_back_and_the_next_run_is_equal(store, tmp_path):
    first = open_place(str(fixture("output-without-call", tmp_path)))
    run_sql(first.file, "UPDATE agent_messages SET id = id + 100")
    place = store_place(store)
    add(store, "mine", ITEMS[:1])  # a handle is open, and what is there stays
    moved = move_sessions(first, place, ["s"])
    assert (moved.compared, moved.different) == (("s",), ())
    kind = store.name.removeprefix("encrypted_")
    assert [loss.what for loss in moved.report.losses] == [KEEPS[name] for name in NOT_KEPT.get(kind, ())]
    assert len(said(store, "s")) == 3
    assert texts(said(store, "mine")) == texts(ITEMS[:1]) or store.name == "hosted_emulated"
    back = move_sessions(place, open_place(str(tmp_path / "back.db")), ["s"], remove=True, accept_losses=True)
    assert (back.different, back.removed) == ((), ("s",))
    assert [info.session_id for info, _, _ in dump(place)] == ["mine"]
    assert len(said(store, "mine")) == 1


@pytest.mark.matrix
@pytest.mark.exhaustive
@pytest.mark.parametrize("case", sorted(path.stem for path in FIXTURES.glob("*.sql")))
@pytest.mark.parametrize("source", STORES)
def test_every_stuck_session_moves_between_every_two_stores(case, source, tmp_path):
    kept = fixture(case, tmp_path)
    with ExitStack() as stack:
        opened = {}
        for name in STORES:
            (tmp_path / name).mkdir()
            opened[name] = stack.enter_context(opened_store(name, tmp_path / name))
        first = store_place(opened[source])
        move_sessions(open_place(str(kept)), first, ["s"])
        if not dump(first):
            return  # no row of it can be kept there
        for target in STORES:
            if target != source:
                moved = move_sessions(first, store_place(opened[target]), ["s"])
                unread = [loss for loss in moved.report.losses if "not an item" in loss.what]
                assert not moved.different or unread, (source, target, moved.different)


@pytest.mark.parametrize("name", WITHOUT_TABLES)
def test_a_store_without_tables_is_merged_renamed_erased_and_cleaned_up(name, tmp_path):
    source = filled(tmp_path / "old.db", items=ITEMS)
    with opened_store(name, tmp_path) as store:
        place = store_place(store)
        copy_sessions(source, place, ["s"])
        filled(tmp_path / "old.db", items=[{"role": "user", "content": "more of it"}])
        copy_sessions(source, place, ["s"], "merge")
        assert len(said(store, "s")) == 5
        copy_sessions(source, place, ["s"], "rename")
        assert len(said(store, "s (2)")) == 5
        erased = erase_text(place, "more of it")
        assert (erased.rows, erased.sessions) == (2, ("s", "s (2)"))
        assert erased.proved == (name == "json_files")
        assert len(said(store, "s")) == 4
        assert erase_sessions(place, ["s (2)"]).rows == 4
        assert [info.session_id for info, _, _ in dump(place)] == ["s"]
        assert preview(place, 30).sessions == 0
        run_sql(tmp_path / "old.db", "UPDATE agent_sessions SET updated_at = '2020-01-01 00:00:00', session_id = 'old'")
        run_sql(tmp_path / "old.db", "UPDATE agent_messages SET created_at = '2020-01-01 00:00:00', session_id = 'old'")
        copy_sessions(source, place, ["old"])
        assert clean_up(place, 30).sessions == 1
        assert [info.session_id for info, _, _ in dump(place)] == ["s"]


@pytest.mark.parametrize("name", WITHOUT_TABLES)
def test_an_error_changes_nothing_in_a_store_without_tables(name, tmp_path, monkeypatch):
    source = filled(tmp_path / "old.db", items=ITEMS)
    filled(tmp_path / "old.db", session_id="t", items=ITEMS)
    with opened_store(name, tmp_path) as store:
        add(store, "s", ITEMS[:2])
        place = store_place(store)
        before = dump(place)
        with pytest.raises(Refused, match="has a session 's'"):
            copy_sessions(source, place, ["t", "s"])
        changing = store.replace_sessions

        def breaks(changed):
            changing(itertools.chain(itertools.islice(changed, 1), (1 / 0 for _ in [0])))

        monkeypatch.setattr(store, "replace_sessions", breaks)
        with pytest.raises(ZeroDivisionError):
            copy_sessions(source, place, ["s", "t"], "merge")
        assert dump(place) == before


def test_json_files_are_all_of_before_or_all_of_after_a_kill(tmp_path, monkeypatch):
    source = filled(tmp_path / "old.db", items=ITEMS)
    filled(tmp_path / "old.db", session_id="t", items=ITEMS)
    kind, found = usable_kinds()["json_files"], []
    for at in itertools.count():
        folder = tmp_path / str(at)
        folder.mkdir()
        store = kind.open(folder)
        add(store, "mine", ITEMS[:1])
        add(store, "s", ITEMS[:1])
        with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
            calls = _kill_at(at, patch)
            copy_sessions(source, store_place(store), ["s", "t"], "merge")
        later = kind.open(folder)  # the next process
        found.append({info.session_id: len(rows) for info, rows, _ in dump(store_place(later))})
        if len(calls) <= at:
            break
    before, after = {"mine": 1, "s": 1}, {"mine": 1, "s": 4, "t": 4}
    assert found == [before] * found.count(before) + [after] * found.count(after)
    assert found.count(before) >= 3  # the two files, and the folder that is renamed
    assert found.count(after) >= 4  # each file, the folder that is empty then, and no kill


def _kill_at(at, patch):
    calls = []

    def killed(original):
        def call(*given, **options):
            calls.append(given)
            if len(calls) == at + 1:
                raise KeyboardInterrupt
            return original(*given, **options)

        return call

    patch.setattr(os, "replace", killed(os.replace))
    for name in ("rename", "unlink", "rmdir", "write_text"):
        patch.setattr(Path, name, killed(getattr(Path, name)))
    return calls


def test_what_leaves_an_encrypted_store_is_named_and_what_its_key_does_not_open_stays(tmp_path):
    with opened_store("encrypted_sqlite_file", tmp_path) as store:
        add(store, "s", ITEMS)

        async def with_another_key():
            await store.open_session("s", encryption_key="k" * 43).add_items(ITEMS[:1])

        background().run(with_another_key())
        place = store_place(store)
        moved = move_sessions(place, open_place(str(tmp_path / "new.db")), ["s"])
        assert not moved.different
        assert [loss.what.partition(":")[0] for loss in moved.report.losses] == [
            "encryption",
            "1 row that the session does not return",
        ]
        with pytest.raises(Refused, match="does not keep everything"):
            move_sessions(place, open_place(str(tmp_path / "again.db")), ["s"], remove=True)
        assert len(said(store, "s")) == 4
        assert b"Oslo" not in b"".join(path.read_bytes() for path in tmp_path.rglob("chat.db*"))


def stored_texts(place, session_id="s"):
    with place.reading():
        return [row.data for row in place.rows(session_id)]


ENCRYPTED = [name for name in STORES if name.startswith("encrypted_")]


@pytest.mark.parametrize("name", ENCRYPTED)
def test_an_encrypted_session_is_exported_imported_and_erased_with_its_key_and_without(name, tmp_path):
    with opened_store(name, tmp_path) as store:
        add(store, "s", ITEMS)
        add(store, "other", ITEMS[:1])
        place = store_place(store)
        as_stored = stored_texts(place)

        def imported(source):
            """What the session returns, and its rows, after it was exported, erased and imported again."""
            write_export(source, ["s"], tmp_path / "out.jsonl")
            erase_sessions(place, ["s"])
            with staged(tmp_path / "out.jsonl") as file:
                report = copy_sessions(file, place, ["s"])
            (tmp_path / "out.jsonl").unlink()
            assert [loss for loss in report.losses if not loss.is_small] == []
            return said(store, "s"), stored_texts(place)

        before = said(store, "s")
        assert imported(place) == (before, as_stored)  # the envelopes themselves
        back, rows = imported(decrypted(place))
        assert back == before
        assert all(is_encrypted(data) for data in rows)
        assert not set(rows) & set(as_stored)  # encrypted again
        assert "Oslo" in "".join(as_markdown(decrypted(place), ["s"]))
        with_the_word = sum("Oslo" in json.dumps(item) for item in ITEMS)
        assert preview_text(place, "Oslo").rows == with_the_word > 0
        erased = erase_text(place, "Oslo")
        assert erased.rows == with_the_word
        assert not any("encrypted row" in why for why in erased.why_not_proved)
        assert "Oslo" not in json.dumps(said(store, "s"))
        assert preview(place, 30).sessions == 0  # a clean-up compares times, and needs no key
        assert len(said(store, "other")) == 1


def test_envelopes_that_the_key_of_the_target_does_not_open_are_stored_as_they_are_and_named(tmp_path):
    with opened_store("encrypted_sqlite_file", tmp_path) as store:
        filled(tmp_path / "old.db", items=ITEMS[:1])
        sealed_file = SealedPlace("sealed", lambda: Key("k" * 43), open_place(str(tmp_path / "sealed.db")))
        move_sessions(open_place(str(tmp_path / "old.db")), sealed_file, ["s"])
        write_export(sealed_file, ["s"], tmp_path / "out.jsonl")
        place = store_place(store)
        with staged(tmp_path / "out.jsonl") as file:
            report = copy_sessions(file, place, ["s"])
        assert "1 row that the key of the target does not open" in [loss.what for loss in report.losses][-1]
        assert stored_texts(place) == stored_texts(sealed_file)
