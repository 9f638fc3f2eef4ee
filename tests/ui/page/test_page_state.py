"""What a page keeps in the session state belongs to that page alone."""

import ast
from functools import cache
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lessons.course.index import COURSE, LESSONS, START, entry, load_lesson
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.page.state import Kept, PageState
from lessons.ui.panels.tools import offered_tools
from tests.support.drawn import (
    html,
    ledger_words,
    names,
    open_lesson,
    open_tool,
    press,
    say,
    settled,
    show_session,
    visitor_of,
    words,
)
from tests.support.sources import nodes_of

ROOT = Path(__file__).parents[3]


@pytest.fixture
def page() -> AppTest:
    return open_lesson("multi_session", new_visitor(), challenge="2")


def go_to(app: AppTest, slug: str, **address: str) -> AppTest:
    """Show another page in the same tab, as a link of the navigation does."""
    visitor = visitor_of(app)
    for name in list(app.query_params):
        del app.query_params[name]
    app.query_params["visitor"] = visitor
    for name, value in address.items():
        app.query_params[name] = value
    return settled(app.switch_page(f"pages/{slug}.py").run())


def drawn(app: AppTest) -> str:
    return words(" ".join(element.value for element in app.get("html")))


def test_solving_a_challenge_says_nothing_of_the_next_lesson(page):
    press(page, "solution")
    press(page, "run-solution")
    settled(page.run())
    press(page, "check")
    assert "✓ Solved: the rows show it." in drawn(page)
    go_to(page, "encrypted", challenge="2")
    assert "Challenge 2 of" in drawn(page)
    assert "Solved" not in drawn(page)


def test_a_solution_that_is_run_at_the_end_of_a_lesson_leaves_the_page_there():
    """It showed the last step again."""
    end = len(load_lesson("model_items").steps) + 1
    page = open_lesson("model_items", new_visitor(), challenge="1", step=str(end - 1))
    press(page, "next-step")
    settled(page.run())
    press(page, "next-step")
    press(page, "solution")
    press(page, "run-solution")
    settled(page.run())
    assert "The solution has run." in drawn(page)
    assert page.query_params["step"] == str(end)


def test_an_opened_solution_is_not_open_in_the_next_lesson(page):
    press(page, "solution")
    assert "run-solution" in names(page)
    go_to(page, "encrypted", challenge="2")
    assert "run-solution" not in names(page)
    go_to(page, "multi_session", challenge="2")
    assert "run-solution" in names(page)


def test_a_refusal_is_not_shown_on_another_page(page):
    say(page, "x" * 100_000)
    assert "the limit is 20,000" in drawn(page)
    for slug in ("encrypted", "compare"):
        go_to(page, slug)
        assert "the limit is 20,000" not in drawn(page)


def leave_state(app: AppTest, slug: str) -> None:
    """Use what a tab keeps of a lesson: another session and store, no session, a hint, an opened solution, a refusal."""
    settled(app.toggle(key=f"with-session@{slug}").set_value(False).run())
    stores = app.selectbox(key=f"store@{slug}")
    settled(stores.select_index(len(stores.options) - 1).run())
    show_session(app, slug, f"left in {slug}")
    press(app, "hint")
    press(app, "solution")
    open_everything(app, slug)
    say(app, "x" * 100_000)
    assert "the limit is 20,000" in drawn(app)
    assert f"left in {slug}" in ledger_words(app)


def open_everything(app: AppTest, slug: str) -> set[str]:
    """Open each tool of the page, and each expander in it. Returns what they are called."""
    opened: set[str] = set()
    for tool in offered_tools(entry(slug)):
        open_tool(app, tool)
        opened |= _open_expanders(app, slug)
    return opened


def _open_expanders(app: AppTest, slug: str) -> set[str]:
    opened = {}
    for name in openable_names():
        for key in (key for key in (name, PageState(slug).key(name)) if key in app.session_state):
            app.session_state[key] = not app.session_state[key]
            opened[name] = key
    settled(app.run())
    assert all(app.session_state[key] for key in opened.values())
    return set(opened)


@cache
def openable_names() -> tuple[str, ...]:
    """What all expanders and tabs of the lessons are called in their keys."""
    calls = [
        node
        for folder in ("page", "ledger", "panels", "sections")
        for path in (ROOT / "lessons/ui" / folder).glob("*.py")
        for node in nodes_of(path)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("expander", "tabs")
    ]
    keys = [word.value for call in calls for word in call.keywords if word.arg == "key"]
    return tuple(word.value for key in keys for word in ast.walk(key) if isinstance(word, ast.Constant))


@pytest.mark.matrix  # it draws every page of every lesson
def test_a_walk_through_all_pages_carries_nothing_from_one_to_the_next():
    """Each page of one tab looks as it does in a fresh tab of the same visitor."""
    walking = open_lesson("choose", new_visitor())
    lessons = {lesson.slug for lesson in LESSONS}
    for slug in [page.slug for page in COURSE if page is not START]:
        go_to(walking, slug)
        assert drawn(walking) == drawn(open_lesson(slug, visitor_of(walking))), slug
        if slug in lessons:
            leave_state(walking, slug)


def test_what_was_chosen_in_a_lesson_is_still_chosen_after_a_visit_to_another(page):
    show_session(page, "multi_session", "alice")
    go_to(page, "basic")
    assert "alice" not in words(html(page, 'class="chips"'))
    go_to(page, "multi_session")
    assert page.selectbox(key="session@multi_session").value == "alice"


def test_two_pages_have_no_key_in_common():
    def keys(slug: str) -> set[str]:
        state = PageState(slug)
        made = [state.answer("x"), state.outcomes("x"), state.numbers_page("x"), state.turn_of_branch("x")]
        made += [state.chosen_branch("x"), state.session_field("id", "x")]
        return {kept.key for kept in (*vars(state).values(), *made) if isinstance(kept, Kept)}

    assert len(keys("basic")) > 40
    assert not keys("basic") & keys("encrypted")
    assert all(key.endswith("@basic") for key in keys("basic"))


def test_the_key_of_every_widget_contains_its_page():
    """A container keeps nothing: its key is a name for the style sheet."""
    literal = [
        f"{path.relative_to(ROOT)}:{word.value.lineno}"
        for path in (ROOT / "lessons/ui").rglob("*.py")
        for node in nodes_of(path)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") not in ("container", "form")
        for word in node.keywords
        if word.arg == "key" and isinstance(word.value, ast.Constant | ast.JoinedStr)
    ]
    assert literal == []


def test_only_the_page_state_touches_the_session_state():
    files = [*(ROOT / "lessons").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "streamlit_sessions_app.py"]
    touching = {
        path.relative_to(ROOT).as_posix()
        for path in files
        for node in nodes_of(path)
        if (isinstance(node, ast.Attribute) and node.attr == "session_state")
        or (isinstance(node, ast.alias) and node.name == "session_state")
    }
    assert touching == {"lessons/ui/page/state.py"}


def test_the_way_back_from_a_solution_is_not_that_of_another_lesson(page):
    press(page, "solution")
    press(page, "run-solution")
    settled(page.run())
    go_to(page, "basic")
    press(page, "reset-challenge")
    press(page, "bring-back")
    assert "No rows for session my_chat" in words(html(page, "No rows for session"))
