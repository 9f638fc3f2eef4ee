"""The start page: a message on its way through chat, table and model, and the course."""

from pathlib import Path
from types import SimpleNamespace

from streamlit.testing.v1 import AppTest

from lessons.course import index as course
from lessons.course.index import GUIDES, LESSONS, load_lesson
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.open_desks import open_desk
from lessons.ui.page import loading
from lessons.ui.start import stage, start_page

APP = Path(__file__).parents[3] / "streamlit_sessions_app.py"


def opened() -> AppTest:
    return AppTest.from_file(APP, default_timeout=120).run()


def drawn(app: AppTest) -> str:
    assert not app.exception
    return " ".join(element.value for element in app.get("html"))


def click(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    return app


def test_the_start_page_names_every_page_of_the_course_and_its_question():
    app = opened()
    pages = (*LESSONS, *GUIDES)
    assert all(page.question in drawn(app) for page in pages)
    links = [link.proto.label for link in app.get("page_link")]
    assert links == [
        "Open Basic sessions",
        *(f"{number}. {lesson.title}" for number, lesson in enumerate(LESSONS, start=1)),
        *(guide.title for guide in GUIDES),
    ]


def test_the_message_box_opens_when_the_sdk_is_loaded(monkeypatch):
    is_loading = True
    for module in (loading, stage):
        monkeypatch.setattr(module, "is_loading", lambda: is_loading)
    app = opened()
    assert app.text_input[0].disabled
    assert "The SDK is being loaded" in drawn(app)
    is_loading = False
    assert "The SDK is being loaded" not in drawn(app.run())
    assert not app.text_input[0].disabled
    assert app.text_input[0].value == "My name is Alice"
    assert not any(button.disabled for button in app.button)


def test_a_message_goes_through_chat_table_and_model():
    app = opened()
    assert app.text_input[0].value == "My name is Alice"
    assert "No row yet." in drawn(app)

    told = drawn(click(app, "Ask"))
    assert "The model was sent: 1 item" in told
    assert "<b>Read</b> 0 items returned" in told
    assert "<b>Prepend</b> nothing to your message" in told
    assert "<b>Store</b> rows 1, 2" in told

    assert app.text_input[0].value == "What's my name?"
    told = drawn(click(app, "Ask"))
    assert "The model was sent: 3 items" in told
    assert "<b>Read</b> 2 items returned" in told
    assert "<b>Store</b> rows 3, 4" in told
    assert "</span>Your name is Alice.</li>" in told


def test_without_the_session_the_model_is_sent_the_question_alone_and_nothing_is_stored():
    app = click(opened(), "Ask")
    told = drawn(click(app, "Ask without the session"))
    assert "The model was sent: 1 item" in told
    assert "<b>No session</b>" in told
    assert "what your name is. <small>not stored</small>" in told
    assert '<p class="quiet">2 rows.</p>' in told


def test_a_message_is_text_on_the_stage_and_never_html():
    app = opened()
    app.text_input[0].set_value("<img src=x onerror=alert(1)>")
    told = drawn(click(app, "Ask"))
    assert "<img" not in told
    assert told.count("&lt;img src=x onerror=alert(1)&gt;") >= 3


def test_the_first_lesson_goes_on_with_the_rows_of_the_stage():
    app = click(opened(), "Ask")
    visitor = app.query_params["visitor"]
    desk = open_desk(visitor[0] if isinstance(visitor, list) else visitor, "basic")
    assert [row.key for row in desk.store("sqlite_file").page(course.entry("basic").session_id).rows] == [1, 2]


def test_the_course_counts_the_steps_of_each_lesson_and_says_where_to_go_on():
    assert [(lesson.slug, lesson.steps) for lesson in LESSONS] == [
        (lesson.slug, len(load_lesson(lesson.slug).steps)) for lesson in LESSONS
    ]
    app = opened()
    assert f"0 of {LESSONS[1].steps} steps" in drawn(app)
    visitor = app.query_params["visitor"]
    app.switch_page("pages/memory_operations.py").run()
    next(button for button in app.button if "1" in button.label and "step" in button.label.lower()).click().run()
    again = AppTest.from_file(APP, default_timeout=120)
    again.query_params["visitor"] = visitor[0] if isinstance(visitor, list) else visitor
    again.run()
    assert f"1 of {LESSONS[1].steps} steps" in drawn(again)
    assert again.get("page_link")[0].proto.label == "Go on: Memory operations, step 2"


def test_while_a_turn_runs_nothing_is_said_of_the_turn_before_and_the_course_is_drawn(monkeypatch):
    app = click(opened(), "Ask")
    followed_after = []
    monkeypatch.setattr(Desk, "running", lambda desk: (SimpleNamespace(),))
    monkeypatch.setattr(start_page, "draw_guides", lambda: followed_after.append("the guides"))
    monkeypatch.setattr(start_page, "follow", lambda *_: followed_after.append("the turn"))
    told = drawn(app.run())
    assert followed_after == ["the guides", "the turn"]
    assert "What the model was sent is shown when the turn ends." in told
    assert "<b>Read</b> the rows of the session" in told
    assert 'class="added"' not in told
    assert LESSONS[-1].question in told


def test_a_newcomer_gets_a_name_that_cannot_be_guessed():
    names = {opened().query_params["visitor"] for _ in range(2)}
    assert len(names) == 2
    assert all(len(name) == 22 for name in names)


def test_the_sidebar_says_that_the_offline_model_is_a_stand_in():
    assert "small rule-based stand-in" in " ".join(element.value for element in opened().sidebar.get("html"))
