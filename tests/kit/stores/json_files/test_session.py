"""The session class that the course writes as an example: it keeps the contract, and no crash or damage costs an item."""

import asyncio
import json
import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from agents import Session, SessionSettings

from lessons.kit.contract.contract import check_contract
from lessons.kit.stores.json_files.session import DamagedFileError, JsonFileSession


def user(text):
    return {"role": "user", "content": text}


def add(session, *texts):
    asyncio.run(session.add_items([user(text) for text in texts]))


def texts(session, limit=None):
    return [item["content"] for item in asyncio.run(session.get_items(limit))]


@pytest.fixture
def session(tmp_path):
    return JsonFileSession("alice", tmp_path)


def test_it_keeps_the_whole_contract_and_leaves_no_file(tmp_path):
    findings = asyncio.run(check_contract(lambda session_id: JsonFileSession(session_id, tmp_path)))
    assert [finding for finding in findings if not finding.held or finding.information] == []
    assert list(tmp_path.iterdir()) == []


def test_the_sdk_takes_it_for_a_session(session):
    assert isinstance(session, Session)
    assert Session not in type(session).__mro__


def test_nothing_is_created_before_the_first_item(tmp_path):
    session = JsonFileSession("alice", tmp_path / "not" / "there")
    assert asyncio.run(session.pop_item()) is None
    asyncio.run(session.clear_session())
    add(session)
    assert texts(session) == []
    assert list(tmp_path.iterdir()) == []
    add(session, "one")
    assert texts(session) == ["one"]


def test_the_limit_of_the_settings_holds_where_no_other_is_given(tmp_path):
    session = JsonFileSession("alice", tmp_path, SessionSettings(limit=2))
    add(session, "1", "2", "3", "4")
    assert (texts(session), texts(session, 3), texts(session, 0)) == (["3", "4"], ["2", "3", "4"], [])


def test_a_negative_limit_is_refused(session):
    add(session, "one")
    with pytest.raises(ValueError, match="the limit is -1"):
        texts(session, -1)


@pytest.mark.parametrize(
    "session_id", ["", "..", "../../up", "a/b\\c:d", "CON", "日本語", "x" * 10_000, "half \ud800", "\0"]
)
def test_any_id_is_a_file_in_the_folder(tmp_path, session_id):
    folder = tmp_path / "sessions"
    session = JsonFileSession(session_id, folder)
    add(session, "one")
    assert texts(JsonFileSession(session_id, folder)) == ["one"]
    assert list(tmp_path.rglob("*.json")) == [session.path]
    assert session.path.parent == folder
    assert json.loads(session.path.read_text())["session_id"] == session_id


def test_ids_that_look_alike_are_different_files(tmp_path):
    ids = ["a/b", "a_b", "a-b", "A/B", "a//b", "á/b", "x" * 50, "x" * 51]
    assert len({JsonFileSession(each, tmp_path).path.name.lower() for each in ids}) == len(ids)


@pytest.mark.parametrize("change", ["add", "pop"])
def test_a_crash_before_the_replace_keeps_the_old_file(session, monkeypatch, change):
    add(session, "one", "two")
    before = session.path.read_bytes()

    def crash(source, target):
        assert len(json.loads(Path(source).read_text())["items"]) in (1, 3)  # the new file is whole at this moment
        raise OSError("the disk is gone")

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(OSError, match="the disk is gone"):
        asyncio.run(session.add_items([user("three")]) if change == "add" else session.pop_item())
    monkeypatch.undo()
    assert session.path.read_bytes() == before
    assert list(session.path.parent.iterdir()) == [session.path]
    add(session, "three")
    assert texts(session) == ["one", "two", "three"]


def test_the_new_file_is_on_the_disk_before_it_takes_the_place_of_the_old(session, monkeypatch):
    """Otherwise a power failure could leave an empty file where the items were."""
    calls, sync, replace = [], os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (calls.append("fsync"), sync(descriptor)))
    monkeypatch.setattr(os, "replace", lambda *paths: (calls.append("replace"), replace(*paths)))
    add(session, "one")
    assert calls == ["fsync", "replace"]


def test_an_item_that_json_cannot_hold_stores_nothing_of_its_batch(session):
    add(session, "one")
    with pytest.raises(TypeError, match="not JSON serializable"):
        asyncio.run(session.add_items([user("two"), user(object())]))
    assert texts(session) == ["one"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is not JSON"),
        (b'{"session_id": "alice", "items": [{"role": "us', "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[]", "does not hold the items of 'alice'"),
        (b'{"session_id": "alice", "items": {}}', "does not hold the items of 'alice'"),
        (b'{"session_id": "bob", "items": []}', "does not hold the items of 'alice'"),
    ],
)
def test_a_damaged_file_is_an_error_and_is_kept(session, content, why):
    add(session, "one")
    session.path.write_bytes(content)
    for call in (session.get_items, session.pop_item, lambda: session.add_items([user("two")])):
        with pytest.raises(DamagedFileError, match=f"^alice-.*json {why}.*Nothing was changed"):
            asyncio.run(call())
    assert session.path.read_bytes() == content
    asyncio.run(session.clear_session())
    assert not session.path.exists()


def test_two_handles_are_one_conversation(tmp_path, session):
    other = JsonFileSession("alice", tmp_path)
    add(session, "one")
    add(other, "two")
    assert texts(session) == ["one", "two"]
    assert asyncio.run(session.pop_item()) == user("two")
    assert texts(other) == ["one"]
    asyncio.run(other.clear_session())
    assert texts(session) == []


def test_200_adds_at_once_are_all_stored_in_the_order_of_their_calls(session):
    async def add_at_once():
        await asyncio.gather(*(session.add_items([user(str(number))]) for number in range(200)))

    asyncio.run(add_at_once())
    assert texts(session) == [str(number) for number in range(200)]


def test_handles_in_several_threads_and_event_loops_lose_no_item(tmp_path, session):
    """Every thread has its own loop, and uses its own handle and one that all share."""
    together = threading.Barrier(4)

    def work(name):
        async def add_all():
            own = JsonFileSession("alice", tmp_path / ".." / tmp_path.name)  # the same folder, written in another way
            together.wait()
            for number in range(5):
                await asyncio.gather(
                    *(handle.add_items([user(f"{name} {number}")]) for handle in (own, session, session))
                )

        asyncio.run(add_all())

    threads = [threading.Thread(target=work, args=[name]) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(texts(session)) == sorted(
        f"{name} {number}" for name in range(4) for number in range(5) for _ in range(3)
    )


def test_a_call_that_is_cancelled_while_it_writes_ends_with_the_write(session, monkeypatch):
    """Otherwise the item would appear after the run had been stopped."""
    replacing, go_on = threading.Event(), threading.Event()

    def replace_slowly(source, target):
        replacing.set()
        go_on.wait(60)
        os.rename(source, target)

    async def cancel():
        adding = asyncio.create_task(session.add_items([user("one")]))
        await asyncio.to_thread(replacing.wait, 60)
        adding.cancel()
        asyncio.get_running_loop().call_later(0.05, go_on.set)
        with suppress(asyncio.CancelledError):
            await adding
        return adding.cancelled(), session.path.exists()

    monkeypatch.setattr(os, "replace", replace_slowly)
    assert asyncio.run(cancel()) == (True, True)
    assert texts(session) == ["one"]
