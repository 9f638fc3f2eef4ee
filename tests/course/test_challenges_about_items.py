"""The challenges about real items, failures, approvals and Life cycle also accept right solutions in other words."""

from dataclasses import replace

import pytest

from lessons.course.approvals.lesson import approve_it, decide, ignore_it, reject_it, stop_for_approval
from lessons.course.failures.lesson import fail_at
from lessons.course.life_cycle.step_code import export_items, import_items
from lessons.course.model_items.lesson import pop_the_answer_alone, think_first
from tests.support.by_hand import CLEAR, POP, RESTART, Run, add, assistant, reason, say, system, user

ORPHAN = Run(pop_the_answer_alone, "popped")
POPPED, POPPED_CLEAR = replace(POP, session_id="popped"), replace(CLEAR, session_id="popped")


def failing(question, request=1, session_id="alice"):
    """A run whose answer is lost at this request."""

    async def fail(agent, session):
        return await fail_at(agent, question, session, request=request)

    return Run(fail, session_id)


async def reject_with_words(agent, session):
    from agents import Runner, RunState

    state = await RunState.from_string(agent, await stop_for_approval(agent, session))
    state.reject(state.get_interruptions()[0], rejection_message="Declined by the manager.")
    return await Runner.run(agent, state, session=session)


async def reject_in_another_session(agent, open_session):
    kept = await stop_for_approval(agent, open_session("alice"))
    return await decide(agent, kept, open_session("bob"), approve=False)


async def remove_the_reasoning(open_session):
    session = open_session("popped")
    kept = [item for item in await session.get_items() if item.get("type") != "reasoning"]
    await session.clear_session()
    await session.add_items(kept)


async def copy_to_bob(open_session):
    await import_items(await export_items(open_session("alice")), open_session("bob"))


async def copy_one_by_one(open_session):
    for item in await open_session("alice").get_items():
        await open_session("copy").add_items([item])


async def add_an_output(session):
    """Store an output of the call that waits, in the learner's own words."""
    call_id = next(item["call_id"] for item in await session.get_items() if item.get("type") == "function_call")
    await session.add_items([{"type": "function_call_output", "call_id": call_id, "output": "A person denied it."}])


BOOK = "Book a hotel in Oslo"
SUM = "What's 2 + 2?"
TWICE = [user("Hi", "a"), assistant("Hello", "a"), user("Hi", "b"), assistant("Hello", "b")]

# lesson, number of the challenge, the right solutions, the wrong ones
CHALLENGES = [
    (
        "model_items",
        0,
        [
            [ORPHAN, POPPED, POPPED, POPPED],
            [ORPHAN, Run(remove_the_reasoning)],
            [ORPHAN, POPPED_CLEAR, say("what is 4+4", "popped")],
            [ORPHAN, POPPED, POPPED, assistant("8", "popped")],
            [ORPHAN, POPPED, POPPED, POPPED, say("How much is four plus four?", "popped")],
        ],
        [
            [ORPHAN],
            [ORPHAN, POPPED_CLEAR],
            [ORPHAN, POPPED, POPPED, system("Be brief.", "popped")],
        ],
    ),
    (
        "failures",
        0,
        [
            [failing("who are you?")],
            [user("Where is my order?")],
            [say("Hi"), failing("What's the weather in Oslo?", request=2)],
            [say(SUM), POP],
            [failing(SUM), say("What's 3 + 3?")],
        ],
        [
            [say(SUM), say("What's 3 + 3?")],
            [failing(SUM), CLEAR, say("Hi")],
            [system("Be brief.")],
        ],
    ),
    (
        "failures",
        1,
        [
            [failing(SUM), say(SUM)],
            [say("who am I?"), say("Who am I?")],
            [user("Hello there"), say("hello there"), say("Thanks")],
            [failing("What's 3 + 3?"), say("what is three plus three")],
            [say("weather in Rome?"), say("Thanks"), say("weather in Rome?")],
        ],
        [
            [say(SUM), say("What's 3 + 3?")],
            [say(SUM, "a"), say(SUM, "b")],
            [failing(SUM), CLEAR, say(SUM)],
        ],
    ),
    (
        "approvals",
        0,
        [
            [say(BOOK), say(SUM)],
            [say("please book a hotel in Rome"), say("never mind")],
            [say("Hi"), say(BOOK), say("Thanks"), say("Bye")],
            [Run(ignore_it)],
            [say(BOOK, "trip"), RESTART, say("who are you?", "trip")],
        ],
        [
            [say(BOOK)],
            [say(BOOK), assistant("Booked.")],
            [Run(approve_it), say("Thanks")],
        ],
    ),
    (
        "approvals",
        1,
        [
            [Run(reject_it)],
            [Run(reject_with_words), say("Thanks")],
            [say(BOOK), Run(add_an_output)],
            [say(BOOK), system("The booking in Oslo was not approved.")],
            [say(BOOK), add({"role": "developer", "content": "A person rejected the booking."}), say("Thanks")],
        ],
        [
            [Run(approve_it)],
            [say(BOOK), say("Was it not approved?")],
            [Run(reject_in_another_session)],
        ],
    ),
    (
        "life_cycle",
        0,
        [
            [say("I'm Yuki"), Run(copy_to_bob)],
            [say(SUM), say("Hi"), Run(copy_one_by_one)],
            TWICE,
            [say(SUM, "x"), say(SUM, "y")],
            [user("a"), system("b"), Run(copy_to_bob), say("Hi", "other")],
        ],
        [
            [say(SUM), say("Hi", "bob")],
            [user("Hi", "a"), user("Hi", "b")],
            [user("a", "x"), user("b", "x"), user("b", "y"), user("a", "y")],
        ],
    ),
    (
        "life_cycle",
        1,
        [
            [say("Hi", "a"), say("Hi", "b"), replace(CLEAR, session_id="a")],
            [user("x"), system("y", "bob"), CLEAR],
            [say("Hi", "a"), CLEAR, say("Hi", "b"), replace(CLEAR, session_id="a")],
            [say("Hi"), say("Hi", "b"), CLEAR, RESTART],
            [say("a", "a"), say("b", "b"), replace(CLEAR, session_id="a"), say("a", "a"), say("c", "c"),
             replace(CLEAR, session_id="b")],
        ],
        [
            [say("Hi"), CLEAR],
            [say("Hi"), say("Hi", "b"), POP, POP],
            [say("Hi"), say("Hi", "b"), CLEAR, say("Hi")],
        ],
    ),
]  # fmt: skip
RIGHT = [(slug, number, one) for slug, number, right, _ in CHALLENGES for one in right]
WRONG = [(slug, number, one) for slug, number, _, wrong in CHALLENGES for one in wrong]


@pytest.mark.matrix
@pytest.mark.parametrize(("slug", "number", "actions"), RIGHT)
def test_a_right_solution_in_other_words_is_taken(data_folder, provider, slug, number, actions):
    assert reason(slug, number, actions, provider) is None


@pytest.mark.matrix
@pytest.mark.parametrize(("slug", "number", "actions"), [*WRONG, ("model_items", 0, [Run(think_first)])])
def test_a_wrong_solution_is_refused_with_a_reason(data_folder, provider, slug, number, actions):
    assert reason(slug, number, actions, provider)


def test_each_of_these_challenges_has_five_right_and_three_wrong():
    assert {(len(right), len(wrong)) for _, _, right, wrong in CHALLENGES} == {(5, 3)}
