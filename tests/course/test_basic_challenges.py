"""The challenges of the basic lesson, tried as a learner may: by hand, in several turns, in the wrong order."""

import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk

FORGET, TWO_PEOPLE, SURVIVE = 0, 1, 2
LESSON = load_lesson("basic")


@pytest.fixture
def hand(desk, provider):
    """Acts on the desk as the page does."""

    class Hand:
        store = "sqlite_file"

        def say(self, message, session_id="alice", **more):
            return walk.start_message(
                walk.Walk(LESSON, desk, self.store, provider), message, session_id, **more
            ).result(60)

        def restart(self):
            return walk.start_restart(walk.Walk(LESSON, desk, self.store, provider), "alice").result(60)

        def check(self, number):
            return walk.check(desk, LESSON.challenges[number], number, self.store)

    desk.set_aside()
    return Hand()


@pytest.mark.parametrize("store", ["sqlite_file", "sqlite_custom_tables", "sqlite_memory"])
def test_asking_in_another_session_forgets(hand, store):
    hand.store = store
    hand.say("My name is Alice")
    hand.say("What's my name?", "another")
    assert hand.check(FORGET) is None


def test_asking_without_a_session_forgets(hand):
    hand.say("My name is Alice")
    hand.say("What's my name?", with_session=False)
    assert hand.check(FORGET) is None


def test_a_restart_after_the_question_does_not_change_the_verdict(hand):
    hand.say("My name is Alice")
    hand.say("What's my name?", "another")
    hand.restart()
    assert hand.check(FORGET) is None


def test_telling_is_not_asking(hand):
    hand.say("My name is Alice")
    hand.say("Hello", "another")
    assert hand.check(FORGET) == "No message of yours has asked for the name since that row was stored."


def test_a_question_that_says_the_name_is_not_blamed_on_a_row(hand):
    hand.say("My name is Alice")
    hand.say("My name is Alice. What is my name?", with_session=False)
    assert hand.check(FORGET) == "Your last question says the name itself. Ask so that it does not."


def test_the_row_that_is_named_is_the_one_that_was_sent(hand):
    hand.say("Hello")
    hand.say("My name is Alice")
    hand.say("My name is Bob", "bob")
    hand.say("What's my name?")
    assert 'Row 3 of session "alice"' in hand.check(FORGET)


def test_a_question_that_was_never_asked_solves_nothing(hand, desk):
    """The file could not be opened, so the model was not asked. That does not count as a forgotten name."""
    hand.say("My name is Alice")
    desk.store("sqlite_file").close()
    desk.store("sqlite_file").path.rename(desk.folder / "away.db")
    (desk.folder / "chat.db").mkdir()
    failed = hand.say("What's my name?")
    (desk.folder / "chat.db").rmdir()
    (desk.folder / "away.db").rename(desk.folder / "chat.db")
    assert failed.problem is not None
    assert hand.check(FORGET) is not None


def test_a_restart_before_the_name_was_told_is_not_survived(hand):
    hand.restart()
    hand.say("My name is Alice")
    hand.say("What's my name?")
    assert "Nothing was restarted yet" in hand.check(SURVIVE)
    hand.restart()
    hand.say("What's my name?")
    assert hand.check(SURVIVE) is None


def test_saying_the_name_again_is_not_surviving(hand):
    hand.store = "sqlite_memory"
    hand.say("My name is Alice")
    hand.restart()
    hand.say("My name is Alice. What is my name?")
    assert 'session "alice" returned 0 rows' in hand.check(SURVIVE)


def test_asking_without_a_session_after_the_restart(hand):
    hand.say("My name is Alice")
    hand.restart()
    hand.say("What's my name?", with_session=False)
    assert "without a session" in hand.check(SURVIVE)


def test_two_people_by_hand(hand):
    hand.say("My name is Alice")
    assert hand.check(TWO_PEOPLE) == "No row tells that the user is called Bob."
    hand.say("my name is bob", "bob")
    assert hand.check(TWO_PEOPLE) is None
    hand.say("My name is Alice", "bob")
    assert 'are both in session "bob"' in hand.check(TWO_PEOPLE)
