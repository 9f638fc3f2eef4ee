"""The challenges of the lesson Analytics as a learner walks into them: by hand, in several turns, in the wrong order."""

import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk
from tests.support.turns import do

BRANCHED, BOOKS, DELETED = 0, 1, 2
LESSON = load_lesson("analytics")
STORE = "advanced_sqlite"


@pytest.fixture
def hand(desk, provider):
    """Acts on the desk as the page does."""

    class Hand:
        def say(self, message, session_id="alice"):
            return walk.start_message(walk.Walk(LESSON, desk, STORE, provider), message, session_id).result(60)

        def call(self, method, *arguments, session_id="alice", **named):
            async def call(session):
                return await getattr(session, method)(*arguments, **named)

            record = do(desk, provider, call, store=STORE, session_id=session_id)
            assert record.problem is None
            return record

        def check(self, number):
            return walk.check(desk, LESSON.challenges[number], number, STORE)

    desk.set_aside()
    return Hand()


def test_both_questions_can_lie_on_branches_of_their_own(hand):
    hand.say("What's 2 + 2?")
    hand.say("Hello")
    for name, question in (("three", "What's 3 + 3?"), ("four", "What's 4 + 4?")):
        hand.call("switch_to_branch", "main")
        hand.call("create_branch_from_turn", 2, name)
        hand.say(question)
    assert hand.check(BRANCHED) is None


def test_a_branch_that_shares_the_other_question_too_is_refused_with_both_rows(hand):
    hand.say("What's 2 + 2?")
    hand.say("What's 3 + 3?")
    hand.say("Hello")
    hand.call("create_branch_from_content", "hello", "four")
    hand.say("What's 4 + 4?")
    assert hand.check(BRANCHED) == 'Rows 3 and 7 are both on the branch "four".'


def test_what_was_popped_does_not_count(hand):
    hand.say("What's 2 + 2?")
    hand.say("What's 3 + 3?")
    hand.call("create_branch_from_turn", 2, "four")
    hand.say("What's 4 + 4?")
    hand.call("pop_item")
    hand.call("pop_item")
    assert hand.check(BRANCHED) == 'No row of yours asks "4 + 4".'


def test_three_messages_of_the_page_keep_the_books(hand):
    for message in ("Hello", "What's 2 + 2?"):
        hand.say(message, "books")
    assert hand.check(BOOKS) == 'Session "books" holds 2 of 3 questions.'
    hand.say("What's 3 + 3?", "books")
    assert hand.check(BOOKS) is None


def test_the_books_of_another_session_do_not_count(hand):
    for message in ("Hello", "What's 2 + 2?", "What's 3 + 3?"):
        hand.say(message)
    assert hand.check(BOOKS) == 'Session "books" holds 0 of 3 questions.'


@pytest.fixture
def drafted(hand):
    """Two turns on main, and one on the branch "draft", which is current."""
    hand.say("What's 2 + 2?")
    hand.say("What's 3 + 3?")
    hand.call("create_branch_from_turn", 2, "draft")
    hand.say("What's 4 + 4?")
    return hand


def test_a_branch_is_deleted_in_a_turn_of_its_own(drafted):
    assert drafted.check(DELETED) == 'Row 1 of session "alice" is still on the branch "draft".'
    drafted.call("delete_branch", "draft", force=True)
    assert drafted.check(DELETED) is None


def test_a_pop_on_main_is_found(drafted):
    drafted.call("switch_to_branch", "main")
    drafted.call("pop_item")
    drafted.call("delete_branch", "draft")
    assert drafted.check(DELETED) == 'Row 4 of session "alice" was on main, and is gone too.'


def test_clearing_is_not_deleting_a_branch(drafted):
    drafted.call("clear_session")
    assert drafted.check(DELETED) == 'Row 1 of session "alice" was on main, and is gone too.'


def test_a_branch_of_another_name_does_not_count(hand):
    hand.say("Hello draft")
    hand.say("What's 3 + 3?")
    hand.call("create_branch_from_turn", 2, "sketch")
    hand.say("What's 4 + 4?")
    hand.call("delete_branch", "sketch", force=True)
    assert hand.check(DELETED) == 'No turn was stored on a branch named "draft".'
