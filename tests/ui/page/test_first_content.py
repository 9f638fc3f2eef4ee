"""What the first visitor waits for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import streamlit as st

from lessons.course.index import COURSE
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.inspector import inspect_page
from lessons.ui.page import loading
from tests.support.drawn import html, items, names, open_lesson, say

ROOT = Path(__file__).parents[3]
HEAVY = ("agents", "openai", "pydantic", "pandas", "altair", "sqlalchemy", "numpy", "PIL")

FIRST_PAGES = f"""
import json, sys, threading
from importlib.util import spec_from_loader
import streamlit
before = set(sys.modules)
import lessons.ui.page.sidebar, lessons.ui.start.start_page, lessons.ui.page.lesson_page
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
open_desk(new_visitor(), "basic").store("sqlite_file").page("alice")
print([name for name in {HEAVY} if name in set(sys.modules) - before])

class NeverLoaded:
    def find_spec(self, name, path=None, target=None):
        return spec_from_loader(name, self) if name == "agents" else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        threading.Event().wait()

sys.meta_path.insert(0, NeverLoaded())
from lessons.kit.imports import load_in_background
from streamlit.testing.v1 import AppTest
load_in_background()
app = AppTest.from_file("{ROOT / "streamlit_sessions_app.py"}", default_timeout=120).run()
drawn = " ".join(element.value for element in app.get("html"))
print(json.dumps({{
    "failed": [found.message for found in app.exception],
    "imported": [name for name in {HEAVY[3:]} if name in sys.modules],
    "says so": "The SDK is being loaded" in drawn,
    "course": len(app.get("page_link")) > 10,
    "box": app.text_input[0].disabled,
    "buttons": [button.disabled for button in app.button],
}}))
"""


EVERY_PAGE = """
import sys
import streamlit
from lessons.course.index import COURSE
from lessons.kit import imports
from lessons.kit.visitors.workspace import new_visitor
from tests.support.drawn import open_lesson

imports._import = streamlit.stop  # whoever asks for the SDK ends here
for page in COURSE:
    open_lesson(page.slug, new_visitor())
    if {"agents", "openai"} & set(sys.modules):
        sys.exit(f"{page.slug} imports the SDK, and did not ask for it")
    print(page.slug)
"""


def test_no_page_imports_the_sdk_itself_while_another_thread_is_loading_it():
    """Both would fail with ImportError: Python lets each go on with half of the other's modules."""
    run = subprocess.run([sys.executable, "-c", EVERY_PAGE], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == [page.slug for page in COURSE]


def test_the_first_pages_are_drawn_without_the_sdk_and_say_that_it_is_being_loaded():
    """The SDK takes a second or two to import: the navigation, the title, the chat and the rows must not wait for it."""
    run = subprocess.run([sys.executable, "-c", FIRST_PAGES], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    imported, drawn = run.stdout.strip().splitlines()[-2:]
    assert imported == "[]"
    assert json.loads(drawn) == {
        "failed": [],
        "imported": [],
        "says so": True,
        "course": True,
        "box": True,
        "buttons": [True, True],
    }


@pytest.mark.parametrize(
    ("folder", "comes"), [("", "The example appears"), ("tests/support/stuck", "The sessions appear")]
)
def test_the_page_for_own_sessions_says_what_appears_there_when_the_sdk_is_loaded(
    monkeypatch: pytest.MonkeyPatch, folder: str, comes: str
):
    monkeypatch.setenv("SESSIONS_FILES_DIR", str(ROOT / folder) if folder else "")
    for module in (loading, inspect_page):
        monkeypatch.setattr(module, "is_loading", lambda: True)
    monkeypatch.setattr(loading, "load_sdk", st.stop)
    said = html(open_lesson("inspect", new_visitor()), 'role="status"')
    assert f"The SDK is being loaded, as after each start of the server. {comes} automatically." in said
    assert "steps" not in said


def test_a_lesson_shows_its_rows_while_the_sdk_is_being_loaded_and_goes_on_by_itself(monkeypatch: pytest.MonkeyPatch):
    visitor, is_loading = new_visitor(), True
    say(open_lesson("basic", visitor), "My name is Alice")
    monkeypatch.setattr(loading, "is_loading", lambda: is_loading)
    monkeypatch.setattr(loading, "load_sdk", st.stop)  # what is drawn up to here
    waiting = open_lesson("basic", visitor)
    assert "The SDK is being loaded" in html(waiting, 'role="status"')
    assert len(items(waiting)) == 2
    assert "next-step" not in names(waiting)

    def load() -> None:
        nonlocal is_loading
        is_loading = False

    monkeypatch.setattr(loading, "load_sdk", load)
    assert "next-step" in names(open_lesson("basic", visitor))
