"""Visitors who come at the same moment, to a server that has just been started."""

import gc
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lessons.kit import imports

ROOT = Path(__file__).parents[2]
VISITORS = """
import sys, threading, time
from lessons.course.index import LESSONS, load_lesson
from lessons.kit.imports import freeze_imports

failed = []

def visit(number, load, *given):
    time.sleep(number * 0.1)
    try:
        load(*given)
    except BaseException as error:
        failed.append(f"{given}: {error!r}")

sys.setswitchinterval(0.0005)
loads = [part for entry in LESSONS[:5] for part in ((load_lesson, entry.slug), (freeze_imports,))]
visitors = [threading.Thread(target=visit, args=(number, *load)) for number, load in enumerate(loads)]
for visitor in visitors:
    visitor.start()
for visitor in visitors:
    visitor.join()
print(failed)
"""


@pytest.mark.matrix  # it loads the SDK in another process
def test_pages_that_load_the_sdk_at_the_same_moment_all_get_it():
    ran = subprocess.run([sys.executable, "-c", VISITORS], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ran.stdout.strip() == "[]", ran.stdout + ran.stderr


@pytest.fixture
def loaded(monkeypatch) -> list[str]:
    """What the thread of a new server has loaded so far. It loads nothing in truth."""
    found: list[str] = []
    monkeypatch.setattr(imports, "_may_begin", threading.Event())
    monkeypatch.setattr(imports, "_loader", None)
    monkeypatch.setattr(imports, "freeze_imports", lambda: found.append("the SDK"))
    return found


def test_a_new_server_loads_the_sdk_when_its_first_page_has_been_drawn(loaded, monkeypatch):
    monkeypatch.setattr(imports, "FIRST_PAGE_SECONDS", 600)
    imports.load_in_background()
    assert (imports.is_loading(), loaded) == (True, [])
    imports.begin_loading()
    imports._loader.join(60)
    assert (imports.is_loading(), loaded) == (False, ["the SDK"])


def test_a_new_server_that_nobody_visits_loads_the_sdk_all_the_same(loaded, monkeypatch):
    monkeypatch.setattr(imports, "FIRST_PAGE_SECONDS", 0.01)
    imports.load_in_background()
    imports._loader.join(60)
    assert loaded == ["the SDK"]


def test_a_page_that_needs_the_sdk_has_it_loaded_at_once_by_the_thread_of_the_server(loaded, monkeypatch):
    monkeypatch.setattr(imports, "FIRST_PAGE_SECONDS", 600)
    imports.load_in_background()
    imports.load_sdk()
    assert (imports.is_loading(), loaded) == (False, ["the SDK"])


def full_collections(objects: int) -> int:
    """How often the garbage collector walks all objects while so many are made and kept."""
    before = gc.get_stats()[2]["collections"]
    kept: list[list[int]] = [[] for _ in range(objects)]
    assert len(kept) == objects
    return gc.get_stats()[2]["collections"] - before


def test_a_full_collection_that_everybody_waits_for_is_rare_and_comes(monkeypatch):
    """With sixty visitors it came each 8.5 seconds, and took 0.2 of them."""
    monkeypatch.setattr(imports, "_import", lambda: None)
    before = gc.get_threshold()
    try:
        imports._import_and_freeze.__wrapped__()
        assert full_collections(300_000) == 0
        assert full_collections(500_000) >= 1
    finally:
        gc.set_threshold(*before)
