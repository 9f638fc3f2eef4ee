"""Right solutions of unusual kinds: with code, in another language, by another call, in another order."""

from contextlib import suppress
from dataclasses import replace

import pytest
from agents import (
    GuardrailFunctionOutput,
    MaxTurnsExceeded,
    OutputGuardrailTripwireTriggered,
    RunConfig,
    Runner,
    RunState,
    SessionSettings,
    output_guardrail,
)

from lessons.course.approvals.lesson import ignore_it, reject_it, stream_until_it_waits
from lessons.course.basic.lesson import is_text
from lessons.course.long_conversations.lesson import replace_old_rows
from lessons.course.memory_operations.lesson import undo_turn
from tests.support.by_hand import ASK, CLEAR, POP, RESTART, Call, Run, add, assistant, reason, say, system, user

SUM = "What's 2 + 2?"
SIX = [say(f"What's {n} + {n}?") for n in range(1, 7)]
LIMITED = RunConfig(session_settings=SessionSettings(limit=0))


async def ask_with_a_limit_of_0(agent, session):
    return await Runner.run(agent, ASK, session=session, run_config=LIMITED)


def streamed(text, session_id="alice"):
    async def stream(agent, session):
        result = Runner.run_streamed(agent, text, session=session)
        async for _ in result.stream_events():
            pass
        return result

    return Run(stream, session_id)


def cancelled(text):
    async def cancel(agent, session):
        result = Runner.run_streamed(agent, text, session=session)
        async for event in result.stream_events():
            if is_text(event):
                result.cancel()

    return Run(cancel)


async def introduce_two_people(agent, open_session):
    for name in ("Alice", "Bob"):
        await Runner.run(agent, f"Hi there, {name} speaking", session=open_session(f"of_{name}"))


async def undo(session):
    return await undo_turn(session)


async def keep_what_is_not_about_oslo(session):
    items = await session.get_items()
    await session.clear_session()
    await session.add_items([item for item in items if "Oslo" not in str(item) and "call_id" not in item])


async def no_turns(agent, session):
    with suppress(MaxTurnsExceeded):
        await Runner.run(agent, "Where is my order?", session=session, max_turns=0)


@output_guardrail
async def no_answers(context, agent, said):
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)


async def blocked_answer(agent, session):
    with suppress(OutputGuardrailTripwireTriggered):
        await Runner.run(agent.clone(output_guardrails=[no_answers]), "Where is my order?", session=session)


async def the_list_too(agent, session):
    first = await Runner.run(agent, SUM, session=session)
    return await Runner.run(agent, [*first.to_input_list(), {"role": "user", "content": "And now?"}], session=session)


async def wait_streamed_and_go_on(agent, session):
    await stream_until_it_waits(agent, session)
    return await Runner.run(agent, "What's 1 + 1?", session=session)


async def reject_in_other_words(agent, session):
    waiting = await Runner.run(agent, "Book a hotel in Rome", session=session)
    state = await RunState.from_string(agent, waiting.to_state().to_string())
    for call in state.get_interruptions():
        state.reject(call, rejection_message="The manager did not approve this booking.")
    return await Runner.run(agent, state, session=session)


async def copy_in_one_call(open_session):
    await open_session("second").add_items(await open_session("alice").get_items())


async def copy_and_copy_again(open_session):
    items = await open_session("alice").get_items()
    for session_id in ("b", "c"):
        await open_session(session_id).add_items(items)


async def several_sessions_at_once(agent, open_session):
    await Runner.run(agent, "I can't remember my password", session=open_session("Kim Lee (support)"))
    await Runner.run(agent, "Is there an upgrade with more storage?", session=open_session("Kim Lee (sales)"))


BY_CONTENT = Call("create_branch_from_content", ("3 + 3", "other"))
MAIN = Call("switch_to_branch", ("main",))

# lesson, number of the challenge, three right solutions
SOLUTIONS = [
    (
        "basic",
        0,
        [
            [say("I'm Yuki"), Run(ask_with_a_limit_of_0)],
            [say("我叫王芳"), say("我叫什么?", "other")],
            [say("My name is Alice"), say("Hi", "x"), streamed("Do you know what I'm called?", "x")],
        ],
    ),
    (
        "basic",
        1,
        [
            [Run(introduce_two_people)],
            [streamed("Please call me Alice", "a"), RESTART, streamed("Mi chiamo Bob", "b")],
            [say("My name is Bob", "b"), CLEAR, say("My name is Alice and I like tea", "a"), say(ASK, "b")],
        ],
    ),
    (
        "basic",
        2,
        [
            [say("我叫小明"), RESTART, say("我叫什么?")],
            [streamed("My name is Alice"), RESTART, RESTART, streamed("Hello again")],
            [say("I like tea"), say("By the way, I'm Otto."), RESTART, say("What do I like?")],
        ],
    ),
    (
        "memory_operations",
        0,
        [
            [say("What's the weather in Oslo?"), Run(undo), say("What's the weather in Rome?")],
            [say("weather for Oslo please"), Run(keep_what_is_not_about_oslo), streamed("What's the weather in Rome?")],
            [say("What's the weather in Oslo?"), POP, POP, POP, POP, RESTART, say("Thanks"), say("weather in Rome?")],
        ],
    ),
    (
        "memory_operations",
        1,
        [
            [add({"role": "system", "content": [{"type": "input_text", "text": "The user's name is Yuki."}]}), say(ASK)],
            [system("You are talking to Yuki."), say("who am I?")],
            [assistant("Nice to meet you, Ana."), streamed("what's my name?")],
        ],
    ),
    (
        "multi_session",
        0,
        [
            [Run(several_sessions_at_once)],
            [say("I lost my password", "support for Zoë"), say("Tell me about the upgrade", "sales for Zoë")],
            [say("my login and password fail", "42-help"), say("I'd like to upgrade my plan", "42-shop")],
        ],
    ),
    (
        "multi_session",
        1,
        [
            [streamed("Hi"), streamed("What's 2 + 2?")],
            [say("Hi", None), say("Hi"), say("My name is Ann"), RESTART, say("Who am I?")],
            [user("Hi"), assistant("Hello."), say("What's 2 + 2?"), say("What's 3 + 3?")],
        ],
    ),
    (
        "encrypted",
        0,
        [
            [say("Me llamo Sofía"), say("¿cómo me llamo?", encryption_key="otra clave")],
            [say("I'm Yuki"), RESTART, say("Who am I?", ttl=-1)],
            [system("The user's name is Yuki."), say("I'm Yuki"), say("what is my name", encryption_key="k"), say("ok")],
        ],
    ),
    (
        "analytics",
        0,
        [
            [say(SUM), say("What's 3 + 3?"), BY_CONTENT, say("What's 4 + 4?")],
            [say(SUM), say("What's 3 + 3?"), Call("create_branch_from_turn", (2, "b")), MAIN,
             Call("switch_to_branch", ("b",)), say("What's 4 + 4?")],
            [say(SUM), say("Hi"), Call("create_branch_from_turn", (2, "a")), say("What's 3 + 3?"), MAIN,
             Call("create_branch_from_turn", (2, "b")), say("What's 4 + 4?")],
        ],
    ),
    (
        "long_conversations",
        0,
        [
            [say("I'm Yuki"), *SIX, *[POP] * 8, say("Who am I?")],
            [say("My name is Alice"), *SIX, Run(replace_old_rows)],
            [*SIX, say("Call me Bo"), CLEAR, user("Call me Bo"), streamed("What's my name?")],
        ],
    ),
    (
        "failures",
        0,
        [
            [Run(no_turns)],
            [Run(blocked_answer)],
            [say("Hi"), cancelled("What's 2 + 2?")],
        ],
    ),
    (
        "failures",
        1,
        [
            [Run(the_list_too)],
            [cancelled(SUM), streamed(SUM)],
            [user(SUM), assistant("4"), say(SUM)],
        ],
    ),
    (
        "approvals",
        0,
        [
            [Run(wait_streamed_and_go_on)],
            [streamed("Book a hotel in Oslo"), streamed("What's 2 + 2?")],
            [Run(ignore_it), RESTART, say("Thanks")],
        ],
    ),
    (
        "approvals",
        1,
        [
            [Run(reject_in_other_words)],
            [Run(reject_it), RESTART, say("Thanks")],
            [say("Book a hotel in Oslo"), system("The booking was rejected by a person."), streamed("Thanks")],
        ],
    ),
    (
        "life_cycle",
        0,
        [
            [say("Hi"), say("Bye"), Run(copy_in_one_call)],
            [user("a"), assistant("b"), user("c"), Run(copy_and_copy_again)],
            [system("one", "x"), user("two", "x"), system("one", "y"), user("two", "y"), RESTART],
        ],
    ),
    (
        "redis",
        1,
        [
            [streamed("I'm Yuki"), say("I'm Yuki", ttl=60), CLEAR, streamed("Call me Yuki")],
            [say("I'm Yuki", ttl=3600), CLEAR, RESTART, say("My name is Yuki", ttl=None), Call("get_items")],
            [say("I'm Yuki", "x", ttl=60), replace(CLEAR, session_id="x"), system("The user's name is Yuki.", "x")],
        ],
    ),
]  # fmt: skip


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("slug", "number", "actions"), [(slug, number, one) for slug, number, right in SOLUTIONS for one in right]
)
def test_an_unusual_right_solution_is_taken(data_folder, provider, slug, number, actions):
    assert reason(slug, number, actions, provider) is None
