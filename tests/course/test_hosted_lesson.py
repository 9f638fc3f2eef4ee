"""What the lesson on hosted conversations shows beyond its own checks."""

import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.sdk_version import since
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.support.turns import keys

LESSON = load_lesson("hosted")


@pytest.fixture
def walked(data_folder, provider):
    """A desk after all steps, and their records by title."""
    desk = open_desk(new_visitor(), "hosted")
    records = [
        walk.start_step(walk.Walk(LESSON, desk, "hosted_emulated", provider), index).result(60)
        for index in range(len(LESSON.steps))
    ]
    yield desk, {record.title: record for record in records}
    desk.close()


def test_the_offline_model_triggers_a_compaction(walked):
    """The step's own verdict also accepts a model that never starts a compaction."""
    _, records = walked
    compacted = records["Compact with a limit"]
    kept = [line.item.kind for line in compacted.ledger.lines if line.mark == "added"]
    # Before 0.23 it was compacted one run earlier, so the last question and its reply are still there.
    assert kept == since(
        (0, 23), ["user"] * 4 + ["compaction"], before=["user"] * 3 + ["compaction", "user", "assistant"]
    )
    assert [call.exchange.status for call in compacted.exchanges] == [200]


def test_after_a_clear_the_session_is_in_another_conversation(walked):
    desk, records = walked
    cleared = records["Clear it, then ask"]
    old = next(call.method for call in cleared.exchanges if call.method.startswith("DELETE")).rpartition("/")[2]
    new = desk.store("hosted_emulated").conversation_id("alice")
    assert new not in (None, old)
    assert len(keys(desk, "hosted_emulated", "alice")) == 2


def test_the_copy_has_lost_what_the_other_session_kept(walked):
    desk, _ = walked
    rows = {name: desk.store("compaction_emulated").page(name).rows for name in ("by_hand", "a_copy")}
    assert "Alice" in rows["by_hand"][0].data
    assert not any("Alice" in row.data for row in rows["a_copy"])


def test_no_step_reaches_out_of_the_process(data_folder, provider, monkeypatch):
    """Nothing opens a socket, whatever the environment says about proxies."""
    import socket

    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    desk = open_desk(new_visitor(), "hosted")
    tried = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: tried.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **more: tried.append(address))
    record = walk.start_steps(walk.Walk(LESSON, desk, "hosted_emulated", provider), 0, 1).result(60)
    assert record.problem is None
    desk.close()
    assert tried == []
