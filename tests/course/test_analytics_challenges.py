"""The challenges of the lesson Analytics, tried as a learner may: by hand, in several turns, in the wrong order."""

from dataclasses import replace

import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk
from tests.course.test_challenges_in_other_words import BRANCH, DELETE, DRAFT, MAIN, each
from tests.support.by_hand import CLEAR, POP, RESTART, Call, reason, say, user
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


def test_both_questions_can_lie_on_their_own_branches(hand):
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
    assert hand.check(BRANCHED) == "The run of the question in row 7 sent row 3 too."


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


def test_a_branch_is_deleted_in_its_own_turn(drafted):
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


def on(call, session_id):
    return replace(call, session_id=session_id)


TWO, THREE, FOUR = (say(f"What's {n} + {n}?") for n in (2, 3, 4))
AGAIN = [
    (
        BRANCHED,
        [
            [TWO, THREE, Call("create_branch_from_content", ("3 + 3", "other")), FOUR],
            [TWO, THREE, BRANCH, FOUR, TWO],
            [TWO, THREE, FOUR, BRANCH, FOUR],
            [TWO, FOUR, CLEAR, TWO, THREE, BRANCH, FOUR],
            [TWO, THREE, BRANCH, RESTART, Call("switch_to_branch", ("other",)), FOUR],
        ],
        [
            [TWO, THREE, POP, POP, FOUR],
            [TWO, THREE, BRANCH, RESTART, FOUR],
            [TWO, THREE, say("Thanks"), Call("create_branch_from_turn", (3, "other")), FOUR],
        ],
    ),
    (
        BOOKS,
        [
            [say("a", "books"), say("b", "books"), on(BRANCH, "books"), say("c", "books")],
            [user("a note", "books"), say("a", "books"), say("b", "books"), say("c", "books")],
            [say("a", "books"), on(CLEAR, "books"), say("a", "books"), say("b", "books"), say("c", "books")],
            [say("a", "books"), on(POP, "books"), on(POP, "books"), *[say("b", "books")] * 3],
            [say("a", "books"), say("b", "books"), RESTART, on(BRANCH, "books"), RESTART, say("c", "books")],
        ],
        [
            [*[say("a", "books")] * 3, on(CLEAR, "books"), *[user("a", "books")] * 3],
            [say("a", "books"), say("b", "books"), on(BRANCH, "books")],
            [say("a", "books"), say("b", "books"), on(BRANCH, "books"), user("c", "books")],
        ],
    ),
    (
        DELETED,
        [
            [say("oops"), POP, POP, say("a"), say("b"), DRAFT, say("c"), MAIN, DELETE],
            [say("oops"), CLEAR, say("a"), say("b"), DRAFT, say("c"), MAIN, DELETE],
            [say("a"), say("bee"), Call("create_branch_from_content", ("bee", "draft")), say("c"), MAIN, DELETE],
            [say("a"), say("b"), DRAFT, say("c"), RESTART, DELETE],
            [say("a"), say("b"), BRANCH, say("x"), MAIN, DRAFT, say("c"), MAIN, DELETE],
        ],
        [
            [say("a"), say("b"), DRAFT, say("c"), MAIN, DELETE, POP],
            [say("a"), say("b"), DRAFT, say("c"), MAIN, DELETE, CLEAR],
            [say("a"), say("b"), DRAFT, MAIN, DELETE, BRANCH, say("c"), MAIN],
        ],
    ),
]


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("slug", "number", "actions"), [one for number, right, _ in AGAIN for one in each("analytics", number, right)]
)
def test_after_a_slip_or_another_way_it_is_taken(data_folder, provider, slug, number, actions):
    assert reason(slug, number, actions, provider) is None


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("slug", "number", "actions"), [one for number, _, wrong in AGAIN for one in each("analytics", number, wrong)]
)
def test_what_only_looks_like_it_is_refused(data_folder, provider, slug, number, actions):
    assert reason(slug, number, actions, provider)
