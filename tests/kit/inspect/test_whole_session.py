"""The process that makes the dry run of a whole session."""

from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.running import page_work, whole_session


def test_a_run_whose_tab_was_closed_is_stopped_and_gives_its_place_back(monkeypatch):
    monkeypatch.setattr(page_work, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(whole_session, "AT_ONCE", 1)
    run = whole_session.start_whole_run("a file", "a session", "agent_messages", Settings(), lambda: False)
    assert run is not None
    assert run.ended.wait(60)
    assert run.failed == "It was stopped."
    assert whole_session.is_room()
