"""The start page: what a session is, and the course."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from lessons.course.index import GUIDES, LESSONS

APP = Path(__file__).parents[3] / "streamlit_sessions_app.py"


def test_the_start_page_draws_the_cycle_and_names_every_page_of_the_course():
    app = AppTest.from_file(APP, default_timeout=30).run()
    assert not app.exception
    drawn = " ".join(element.value for element in app.get("html"))
    for part in ("Read", "Prepend", "Run", "Store"):
        assert f"<strong>{part}</strong>" in drawn
    pages = (*LESSONS, *GUIDES)
    assert all(page.title in drawn and page.question in drawn for page in pages)
    assert [link.proto.label for link in app.get("page_link")] == [f"Open {page.title}" for page in pages]


def test_a_newcomer_gets_a_name_that_cannot_be_guessed():
    names = {AppTest.from_file(APP, default_timeout=30).run().query_params["visitor"] for _ in range(2)}
    assert len(names) == 2
    assert all(len(name) == 22 for name in names)


def test_every_page_says_that_the_offline_model_is_a_stand_in():
    app = AppTest.from_file(APP, default_timeout=30).run()
    assert "small rule-based stand-in" in " ".join(element.value for element in app.sidebar.get("html"))
