"""The way to the projector view of a lesson, and out of it. How it looks is in tests/browser/test_stage.py."""

from lessons.kit.visitors.workspace import new_visitor
from tests.support.drawn import button, names, open_lesson, press, settled


def test_a_button_opens_the_projector_view_and_another_leaves_it():
    app = open_lesson("basic", new_visitor())
    assert button(app, "stage").label == "Projector view"
    press(app, "stage")
    assert "stage" in app.query_params["view"]
    assert button(app, "stage").label == "Leave"
    press(app, "stage")
    assert "view" not in app.query_params
    assert button(app, "stage").label == "Projector view"


def test_it_stays_on_in_the_next_lesson():
    app = press(open_lesson("basic", new_visitor()), "stage")
    app.query_params.clear()  # as a link of the navigation does
    settled(app.switch_page("pages/redis.py").run())
    assert button(app, "stage").label == "Leave"
    assert "stage" in app.query_params["view"]


def test_a_page_to_look_up_has_no_projector_view():
    assert "stage" not in names(open_lesson("choose", new_visitor(), view="stage"))
