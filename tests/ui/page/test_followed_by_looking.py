"""A page looks at its running turn now and then if it was just loaded, or if other pages use all threads that follow a turn
frame by frame.
"""

import pytest

from lessons.course import index as course
from lessons.frame import walk
from lessons.kit.models.providers import active_provider
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.turns.running_work import State
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.ledger import running_turn
from tests.support.drawn import button, open_lesson


@pytest.fixture
def no_frames():
    """All places for pages that follow a turn frame by frame are taken."""
    taken = 0
    while running_turn._frames.acquire(blocking=False):
        taken += 1
    yield
    for _ in range(taken):
        running_turn._frames.release()


@pytest.fixture
def pace(monkeypatch):
    """Sets the seconds that the model takes for a word, for this test: a process asks the environment once."""

    def set_pace(seconds):
        monkeypatch.setenv("SESSIONS_OFFLINE_SECONDS_PER_WORD", str(seconds))
        active_provider.cache_clear()

    yield set_pace
    active_provider.cache_clear()


def test_a_page_that_finds_no_thread_ends_its_run_while_the_turn_goes_on(no_frames, pace):
    pace(0.2)
    visitor = new_visitor()
    app = open_lesson("basic", visitor)
    app.chat_input[0].set_value("Please remember: pears, plums and figs").run()
    desk = open_desk(visitor, "basic")
    assert [turn.title for turn in desk.running()] == ["Your message"]  # the run of the page is over
    desk.running()[0].wait_until_done(60)
    app.run()
    assert not app.exception
    assert [record.problem for record in desk.records] == [None]


def test_a_page_that_was_just_loaded_ends_its_run_while_the_turn_goes_on(pace):
    """A browser may draw no part of a page that it has just loaded before the first run of it is over."""
    pace(5)
    visitor = new_visitor()
    desk = open_desk(visitor, "basic")
    here = walk.Walk(course.load_lesson("basic"), desk, "sqlite_file", active_provider())
    turn = walk.start_message(here, "Please remember: pears", "my_chat", with_session=True)
    app = open_lesson("basic", visitor)
    assert turn.state is not State.DONE  # on a busy machine it has not begun yet
    turn.stop()
    turn.wait_until_done(60)
    app.run()
    assert not app.exception
    assert desk.records[-1].stopped


def test_stop_ends_a_turn_that_is_looked_at(no_frames, pace):
    pace(5)
    visitor = new_visitor()
    app = open_lesson("basic", visitor)
    app.chat_input[0].set_value("Please remember: pears").run()
    app.run()  # AppTest knows what the last run has drawn: the ledger alone
    button(app, "stop").click().run()
    desk = open_desk(visitor, "basic")
    for turn in desk.running():  # on a busy machine it has not ended yet
        turn.wait_until_done(60)
    assert desk.records[-1].stopped
