"""Approvals: a tool that waits for a person, and the session in the meantime."""

from agents import Agent, Runner, RunState, function_tool
from agents.models.interface import Model

from lessons.course.approvals import verdicts
from lessons.course.index import entry
from lessons.frame.lesson import Lesson, Step
from lessons.kit.stores.kind import LASTING, SHARED


def book_hotel(city: str) -> str:
    """Book a hotel in a city."""
    return f"Booked a hotel in {city}"


def make_agent(model: Model | None = None) -> Agent:
    tool = function_tool(book_hotel, needs_approval=True)
    instructions = "Reply in one short sentence. Book each hotel with one call."
    return Agent(name="Assistant", instructions=instructions, model=model, tools=[tool])


async def stop_for_approval(agent, session, question="Book a hotel in Oslo"):
    """Run until the call waits. Return the state as a text, which you can keep in your database."""
    result = await Runner.run(agent, question, session=session)
    return result.to_state().to_string()


async def decide(agent, kept, session, approve=True):
    """Approve or reject every call that waits, then go on with the kept state."""
    state = await RunState.from_string(agent, kept)
    for waiting in state.get_interruptions():
        state.approve(waiting) if approve else state.reject(waiting)
    return await Runner.run(agent, state, session=session)


async def ask_for_a_booking(agent, session):
    tool = function_tool(book_hotel, needs_approval=True)
    booker = agent.clone(tools=[tool])
    result = await Runner.run(booker, "Book a hotel in Oslo", session=session)
    waiting = [f"{one.name}({one.arguments})" for one in result.interruptions]
    return {"reply": result.final_output, "waiting": waiting}


async def approve_it(agent, session):
    kept = await stop_for_approval(agent, session)
    return await decide(agent, kept, session)


async def reject_it(agent, session):
    kept = await stop_for_approval(agent, session)
    return await decide(agent, kept, session, approve=False)


async def approve_after_a_restart(agent, open_session, restart):
    kept = await stop_for_approval(agent, open_session("restarted"))
    restart()
    return await decide(agent, kept, open_session("restarted"))


async def ignore_it(agent, session):
    await stop_for_approval(agent, session)
    return await Runner.run(agent, "What's 2 + 2?", session=session)


async def approve_it_late(agent, session):
    kept = await stop_for_approval(agent, session)
    await Runner.run(agent, "What's 2 + 2?", session=session)
    return await decide(agent, kept, session)


async def approve_it_twice(agent, session):
    kept = await stop_for_approval(agent, session)
    await decide(agent, kept, session)
    return await decide(agent, kept, session)


def id_of(waiting):
    """The id of a call, which is an object, or a dict if the state was read from a text."""
    raw = waiting.raw_item
    return raw["call_id"] if isinstance(raw, dict) else raw.call_id


async def decide_once(agent, kept, session):
    """Go on only if no call that waits has an output in the session."""
    state = await RunState.from_string(agent, kept)
    waiting = {id_of(one) for one in state.get_interruptions()}
    for item in await session.get_items(limit=1_000_000):
        is_output = item.get("type") == "function_call_output"
        if is_output and item["call_id"] in waiting:
            return "It was decided already."
    return await decide(agent, kept, session)


async def approve_it_once(agent, session):
    kept = await stop_for_approval(agent, session)
    await decide_once(agent, kept, session)
    return await decide_once(agent, kept, session)


async def approve_on_another_session(agent, open_session):
    kept = await stop_for_approval(agent, open_session("asked_here"))
    other = open_session("decided_there")
    await other.get_items()  # a hosted conversation exists from here on
    return await decide(agent, kept, other)


async def approve_without_a_session(agent, session):
    kept = await stop_for_approval(agent, session)
    return await decide(agent, kept, session=None)


async def decide_one_of_two(agent, session):
    question = "Book a hotel in Oslo and Rome"
    kept = await stop_for_approval(agent, session, question)
    state = await RunState.from_string(agent, kept)
    state.approve(state.get_interruptions()[0])
    result = await Runner.run(agent, state, session=session)
    return {"reply": result.final_output, "still waiting": len(result.interruptions)}


async def approve_one_and_reject_one(agent, session):
    question = "Book a hotel in Oslo and Rome"
    kept = await stop_for_approval(agent, session, question)
    state = await RunState.from_string(agent, kept)
    first, second = state.get_interruptions()
    state.approve(first)
    state.reject(second)
    return await Runner.run(agent, state, session=session)


async def stream(agent, given, session):
    """Run, streamed: the stream ends where a call waits, or with the reply."""
    result = Runner.run_streamed(agent, given, session=session)
    async for _ in result.stream_events():
        pass
    return result


async def decide_streamed(agent, kept, session, first_only=False):
    """Approve all calls that wait, or the first only, then go on with the kept state, streamed."""
    state = await RunState.from_string(agent, kept)
    for waiting in state.get_interruptions()[: 1 if first_only else None]:
        state.approve(waiting)
    return await stream(agent, state, session)


async def stream_it(agent, session):
    result = await stream(agent, "Book a hotel in Oslo", session)
    kept = result.to_state().to_string()
    return await decide_streamed(agent, kept, session)


async def stream_until_it_waits(agent, session, cities="Oslo"):
    result = await stream(agent, f"Book a hotel in {cities}", session)
    return result.to_state().to_string()


async def stream_the_other_cases(agent, open_session):
    late = open_session("streamed_late")
    kept = await stream_until_it_waits(agent, late)
    await stream(agent, "What's 2 + 2?", late)  # the approval is ignored,
    await decide_streamed(agent, kept, late)  # and comes late

    twice = open_session("streamed_twice")
    kept = await stream_until_it_waits(agent, twice)
    await decide_streamed(agent, kept, twice)
    await decide_streamed(agent, kept, twice)

    here, there = open_session("streamed_here"), open_session("streamed_there")
    kept = await stream_until_it_waits(agent, here)
    await there.get_items()  # a hosted conversation exists from here on
    await decide_streamed(agent, kept, there)

    one = open_session("streamed_one")
    kept = await stream_until_it_waits(agent, one, "Oslo and Rome")
    await decide_streamed(agent, kept, one, first_only=True)


STEPS = (
    Step(
        "Ask for a booking",
        ask_for_a_booking,
        asks="The tool has needs_approval=True, so a person has to approve its call. What is stored while it waits?",
        look_for="The run ended without a reply, since a person has to decide first. The question and the call are "
        "already stored. The call does not have an output yet.",
        holds=verdicts.ask_for_a_booking,
        session_id="asked",
    ),
    Step(
        "Approve it",
        approve_it,
        asks="After the approval: in which order will the rows be?",
        look_for="The tool ran after the approval, in the same session. Its output and the reply came after the call, so the "
        "rows look as if nobody had waited.",
        holds=verdicts.approve_it,
        session_id="approved",
    ),
    Step(
        "Reject it",
        reject_it,
        asks="The call is rejected. Will it have an output?",
        look_for="The tool did not run. The SDK stored an output in its place, which says that it was not approved, and the "
        "model answered that.",
        holds=verdicts.reject_it,
        session_id="rejected",
    ),
    Step(
        "Approve after a restart",
        approve_after_a_restart,
        asks="Every handle is dropped while the call waits. Can the run go on?",
        look_for="Everything was closed while the call waited. The state was kept as a text, several thousand characters long, "
        "and the run went on from it in a new handle.",
        holds=verdicts.approve_after_a_restart,
        session_id="restarted",
    ),
    Step(
        "Ignore it",
        ignore_it,
        asks="Nobody decides, and the next question comes. Will the model be sent the call?",
        look_for="The call stays stored without an output. The session returned it, and the next run did not send it: the "
        "SDK leaves out a call without its output. The model no longer knows that it wanted to book.",
        holds=verdicts.ignore_it,
        session_id="ignored",
    ),
    Step(
        "Approve it late",
        approve_it_late,
        asks="The approval comes one turn late. Where among the rows will the output be?",
        deeper=True,
        look_for="Another turn came in between. The output was stored after that turn, far from its call, and the reply to the "
        "first question is now the newest row.",
        holds=verdicts.approve_it_late,
        session_id="late",
    ),
    Step(
        "Approve it twice",
        approve_it_twice,
        asks="The button is pressed twice. How many bookings will there be?",
        look_for="The button was pressed twice. Each time the run went on from the same kept text, so the tool ran twice: two "
        "bookings, two outputs for one call, two replies.",
        holds=verdicts.approve_it_twice,
        session_id="twice",
    ),
    Step(
        "Approve it once",
        approve_it_once,
        asks="How can the second press do nothing?",
        look_for="The session knows what was decided: a call that has an output does not wait any more. The second attempt saw "
        "it and did nothing. If two can come at the same moment, also lock the state in your database.",
        holds=verdicts.approve_it_once,
        session_id="once",
    ),
    Step(
        "Approve on another session",
        approve_on_another_session,
        asks="The run goes on with another session. Where will the output be stored?",
        deeper=True,
        look_for="No error, and the hotel is booked. The call is in one session and its output in the other: each has "
        "only half. Users report that hosted models refuse an output without its call.",
        holds=verdicts.approve_on_another_session,
        session_id="asked_here",
    ),
    Step(
        "Approve without a session",
        approve_without_a_session,
        asks="session= is forgotten when the run goes on. What will be stored?",
        deeper=True,
        look_for="session= was forgotten when the run went on. The hotel is booked and the reply was given, but neither is "
        "stored: the session still has a call that waits.",
        holds=verdicts.approve_without_a_session,
        session_id="forgotten",
    ),
    Step(
        "Decide one of two",
        decide_one_of_two,
        asks="Two calls wait, and one is approved. What will the run do?",
        deeper=True,
        look_for="Two calls waited, and one was approved. Its output is stored, and the run stopped again without a reply. "
        "The approved call is done, whatever is decided about the other.",
        holds=verdicts.decide_one_of_two,
        session_id="one_of_two",
    ),
    Step(
        "Approve one, reject one",
        approve_one_and_reject_one,
        asks="One call is approved, the other rejected. How many outputs will be stored?",
        deeper=True,
        look_for="Each call has its own output: the one of the tool, the other of the SDK. The model was sent both and "
        "answered once.",
        holds=verdicts.approve_one_and_reject_one,
        session_id="both",
    ),
    Step(
        "Stream it",
        stream_it,
        asks="The same with a stream. Will any row be different?",
        deeper=True,
        look_for="The same with a stream: it ends where the call waits, and the rows are those of a run that is not streamed.",
        holds=verdicts.stream_it,
        session_id="streamed",
    ),
    Step(
        "Stream the other cases",
        stream_the_other_cases,
        asks="Late, twice, on another session, and one of two calls, all streamed. Will any row be different?",
        deeper=True,
        look_for="Each session has the rows that it has without a stream: ignored and then late, twice, in two halves, and one "
        "of two calls that still waits. In all of these, streaming changes when you see the reply, and not what is stored.",
        holds=verdicts.stream_the_other_cases,
        session_id="streamed_late",
    ),
)

LESSON = Lesson(
    entry=entry("approvals"),
    make_agent=make_agent,
    session_id="asked",
    walk_stores=("sqlite_file",),
    steps=STEPS,
    learned=(
        "While a call waits, the question and the call are stored. Without a decision the next run leaves the call out.",
        "An approval goes on from the kept state, also after a restart, if you give it the same session.",
        "The kept state can be used twice. Look in the session whether the call has an output before you go on.",
    ),
    needs=(LASTING, SHARED),
)
