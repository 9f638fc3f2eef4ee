"""Folders of visitors who have not come for a long time are deleted, and no others."""

import os
import threading
import time
from datetime import UTC, datetime

import pytest

from lessons.kit.stores.opened_stores import erase_stores, mark_opened
from lessons.kit.stores.redis.keys import namespace
from lessons.kit.stores.sql import postgresql
from lessons.kit.stores.sql.server_store import DatabaseServerStore
from lessons.kit.visitors import clean_up
from lessons.kit.visitors.clean_up import DAYS_IN_TRASH, DAYS_KEPT, clean_up_daily, remove_unvisited
from lessons.kit.visitors.workspace import new_visitor, open_workspace


def aged(days):
    """The folder of a visitor who was last here that many days ago."""
    workspace = open_workspace(new_visitor())
    workspace.make()
    (workspace.folder / "chat.db").write_bytes(b"x")
    then = time.time() - days * 86_400
    os.utime(workspace.folder / "visited", (then, then))
    return workspace


def test_only_folders_of_visitors_who_stay_away_are_removed(data_folder, tmp_path):
    away, recent = aged(DAYS_KEPT + 1), aged(DAYS_KEPT - 1)
    foreign = data_folder / "notes"
    foreign.mkdir()
    (foreign / "visited").write_text("")
    os.utime(foreign / "visited", (0, 0))
    unmarked = data_folder / new_visitor()
    unmarked.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "visited").write_text("")
    os.utime(elsewhere / "visited", (0, 0))
    (data_folder / new_visitor()).symlink_to(elsewhere)
    assert remove_unvisited(erase_stores) == [away.visitor]
    assert not away.folder.exists()
    assert (recent.folder / "chat.db").exists()
    assert foreign.exists()
    assert unmarked.exists()
    assert elsewhere.exists()


def test_a_visit_puts_the_removal_off():
    workspace = aged(DAYS_KEPT + 1)
    open_workspace(workspace.visitor)
    assert remove_unvisited(erase_stores) == []


def test_cleaning_up_without_a_data_folder(data_folder):
    assert remove_unvisited(erase_stores) == []
    assert not data_folder.exists()


def test_a_visitor_who_comes_back_on_the_day_of_the_cleaning_keeps_the_rows(monkeypatch):
    from lessons.kit.turns.open_desks import open_desk

    workspace, away, _ = aged(DAYS_KEPT + 1), aged(DAYS_KEPT + 1), aged(1)
    monkeypatch.setattr(clean_up, "_next_clean_up", 0.0)
    desk = open_desk(workspace.visitor, "basic")
    for thread in threading.enumerate():
        if thread.name == "clean-up":
            thread.join()
    assert (workspace.folder / "chat.db").exists()
    assert not away.folder.exists()
    desk.close()


def test_the_cleaning_is_done_once_a_day(monkeypatch):
    started = []
    monkeypatch.setattr(clean_up, "_next_clean_up", 0.0)
    monkeypatch.setattr(clean_up, "remove_unvisited", lambda erase: started.append(1))
    for _ in range(3):
        clean_up_daily(erase_stores)
    for thread in threading.enumerate():
        if thread.name == "clean-up":
            thread.join()
    assert started == [1]


# Until it is deleted a folder is in the trash.


def clock(monkeypatch, days):
    """Put the clock ahead."""
    now = time.time() + days * 86_400
    monkeypatch.setattr(time, "time", lambda: now)


def test_a_visitor_who_comes_within_a_week_of_the_removal_finds_everything(data_folder):
    away, _ = aged(DAYS_KEPT + 1), aged(1)
    assert remove_unvisited(erase_stores) == [away.visitor]
    today = datetime.now(UTC).date().isoformat()
    assert (data_folder / ".removed_visitors" / today / away.visitor / "chat.db").read_bytes() == b"x"
    again = open_workspace(away.visitor)
    assert (again.folder / "chat.db").read_bytes() == b"x"
    assert remove_unvisited(erase_stores) == []


def test_a_folder_stays_in_the_trash_while_the_address_of_its_server_is_not_set(monkeypatch, data_folder):
    away, kept, recent, _ = aged(DAYS_KEPT + 1), aged(DAYS_KEPT + 1), aged(1), aged(1)
    for workspace, kind in ((away, "sqlite_file"), (kept, "redis")):
        lesson = workspace.folder / "basic"
        lesson.mkdir()
        mark_opened(lesson, kind)
    monkeypatch.delenv("REDIS_URL", raising=False)
    remove_unvisited(erase_stores)
    clock(monkeypatch, DAYS_IN_TRASH + 1)
    os.utime(recent.folder / "visited", (time.time() - 86_400,) * 2)
    remove_unvisited(erase_stores)
    left = sorted(path.parent.parent.parent.name for path in data_folder.rglob("redis"))
    assert left == [kept.visitor]
    assert not list(data_folder.rglob("sqlite_file"))


def test_a_week_after_the_removal_the_folder_is_deleted(monkeypatch, data_folder):
    away, recent = aged(DAYS_KEPT + 1), aged(1)
    remove_unvisited(erase_stores)
    erased = []
    with monkeypatch.context() as patched:
        clock(patched, DAYS_IN_TRASH)
        os.utime(recent.folder / "visited", (time.time(),) * 2)
        assert remove_unvisited(lambda folder: erased.append(folder.name) or True) == []
    assert erased == []
    clock(monkeypatch, DAYS_IN_TRASH + 1)
    assert remove_unvisited(lambda folder: False) == []  # a server cannot be reached
    left = list((data_folder / ".removed_visitors").rglob("chat.db"))
    assert [path.read_bytes() for path in left] == [b"x"]
    assert remove_unvisited(lambda folder: erased.append(folder.name) or True) == []
    assert erased == [away.visitor]
    assert not list((data_folder / ".removed_visitors").rglob("chat.db"))
    assert open_workspace(away.visitor).size() == 0


def test_rows_on_a_server_go_by_the_same_name_in_the_trash(data_folder):
    home = data_folder / new_visitor() / "basic"
    removed = data_folder / ".removed_visitors" / "2026-11-26" / home.parent.name / "basic"
    assert namespace(removed) == namespace(home)
    server = postgresql.PostgreSQL("")
    names = {DatabaseServerStore("a", "A", server, folder).schema_name for folder in (home, removed)}
    assert len(names) == 1


# The clock.


def test_a_clock_that_is_forty_days_ahead_removes_nobody(monkeypatch, caplog):
    """It removed every visitor."""
    all_of_them = [aged(days) for days in range(5)]
    clock(monkeypatch, 40)
    os.utime(all_of_them[0].folder / "visited", (time.time(),) * 2)  # the visit that starts the clean-up
    assert remove_unvisited(erase_stores) == []
    assert all((one.folder / "chat.db").exists() for one in all_of_them)
    assert "removed nothing. Apart from visitors of this minute nobody came for 41 days." in caplog.text


def test_a_clean_up_that_would_remove_more_than_half_refuses(caplog):
    all_of_them = [aged(DAYS_KEPT + 1), aged(DAYS_KEPT + 1), aged(1)]
    assert remove_unvisited(erase_stores) == []
    assert all(one.folder.exists() for one in all_of_them)
    assert "2 of 3 visitors have not come for 30 days, more than half." in caplog.text


def test_a_clock_that_goes_backwards_removes_nobody(caplog):
    away, ahead, _ = aged(DAYS_KEPT + 1), aged(-1), aged(1)
    assert remove_unvisited(erase_stores) == []
    assert away.folder.exists()
    assert ahead.folder.exists()
    assert "A visitor came later than it is now" in caplog.text


def test_a_folder_that_was_marked_in_1970_is_counted_from_today(caplog):
    """A clock that was wrong at the last visit, or a copy without times, removed it."""
    marked, _ = aged(0), aged(1)
    os.utime(marked.folder / "visited", (0, 0))
    assert remove_unvisited(erase_stores) == []
    assert time.time() - (marked.folder / "visited").stat().st_mtime < 60
    assert "before this app existed" in caplog.text


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied", "/a/secret"), ValueError("a secret")])
def test_one_folder_that_fails_does_not_keep_the_others(monkeypatch, caplog, error):
    """It ended the whole clean-up. The name of a folder is the secret address of its visitor, and is not logged."""
    away, _ = [aged(DAYS_KEPT + 1) for _ in range(3)], [aged(1) for _ in range(3)]
    throw_away, failed = clean_up.throw_away, []

    def fails_once(folder, today):
        if not failed:
            failed.append(folder.name)
            raise error
        throw_away(folder, today)

    monkeypatch.setattr(clean_up, "throw_away", fails_once)
    assert {*remove_unvisited(erase_stores), *failed} == {one.visitor for one in away}
    assert sorted(one.folder.exists() for one in away) == [False, False, True]
    assert ("Permission denied" if isinstance(error, OSError) else "ValueError") in caplog.text
    assert "secret" not in caplog.text
    assert not any(one.visitor in caplog.text for one in away)
