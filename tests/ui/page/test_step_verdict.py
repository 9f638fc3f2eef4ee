"""What the page shows where a step has no verdict, and where a later step could not start."""

from dataclasses import replace
from html import unescape
from pathlib import Path

from streamlit.testing.v1 import AppTest

from lessons.course.index import load_lesson
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.turns.open_desks import open_desk
from tests.support.drawn import button, ledger_words, rows

APP = Path(__file__).parents[3] / "streamlit_sessions_app.py"


def opened(visitor: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    app.query_params["visitor"] = visitor
    app.run()
    app.switch_page("pages/basic.py").run()
    app.query_params["step"] = "2"
    return app.run()


def words(app: AppTest) -> str:
    """All HTML of the page, and the words of the ledger."""
    return unescape(" ".join(element.proto.body for element in app.main.get("html"))) + ledger_words(app)


def run_both_steps(app: AppTest, visitor: str) -> str:
    """Run steps 1 and 2 with one click, and return what the page then shows, as HTML."""
    assert button(app, "next-step").label == "Run steps 1 to 2"
    button(app, "next-step").click().run()
    for turn in open_desk(visitor, "basic").running():
        turn.wait_until_done(60)
    app.run()
    assert not app.exception, [found.message for found in app.exception]
    return words(app)


def test_a_verdict_that_raises_is_said_on_the_step_card_and_the_rows_are_shown(visitor, monkeypatch):
    def holds(record):
        raise KeyError("turn_usage")

    basic = load_lesson("basic")
    lesson = replace(basic, steps=(replace(basic.steps[0], holds=holds), *basic.steps[1:]))
    monkeypatch.setattr("lessons.course.index.load_lesson", lambda slug: lesson)
    app = opened(visitor)
    run_both_steps(app, visitor)
    app.query_params["step"] = "1"
    shown = words(app.run())
    assert "It could not be judged" in shown
    assert "The check of this step raised KeyError: 'turn_usage'" in shown
    assert "everything that it did is kept: rows 1, 2." in shown
    assert [key for _, key in rows(app)] == ["1", "2"]
    assert "Nothing was stored" not in shown
    assert [record.step for record in open_desk(visitor, "basic").records] == [0]


def test_the_refusal_of_a_later_step_is_shown(visitor, monkeypatch):
    app, asked = opened(visitor), []

    def check_room(self):
        asked.append(self)
        if len(asked) > 1:
            raise Refused(Problem("Your folder is full.", "Everything stored so far is kept.", "Make room."))

    monkeypatch.setattr("lessons.kit.turns.desk.check_room", check_room)
    shown = run_both_steps(app, visitor)
    assert "Your folder is full." in shown
    first, second = open_desk(visitor, "basic").records
    assert (first.held, first.problem, second.step) == (True, None, 1)
