"""Folders of visitors who have not come for a long time are deleted, and no others."""

import os
import threading
import time

from lessons.kit.stores.opened_stores import erase_stores
from lessons.kit.visitors import clean_up
from lessons.kit.visitors.clean_up import DAYS_KEPT, clean_up_daily, remove_unvisited
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

    workspace, away = aged(DAYS_KEPT + 1), aged(DAYS_KEPT + 1)
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
