"""The challenges of When a run fails."""

from agents import Runner

from lessons.course.failures.lesson import fail_at, go_on_from_what_is_stored, send_the_same_again
from lessons.frame.evidence import own_sessions
from lessons.frame.lesson import Attempt, Challenge, WrongAttempt


async def leave_a_question_unanswered(agent, session):
    return await fail_at(agent, "What's 2 + 2?", session)


async def ask_and_be_answered(agent, session):
    return await Runner.run(agent, "What's 2 + 2?", session=session)


def check_unanswered(attempt: Attempt) -> str | None:
    if not any(attempt.rows.values()):
        return "Nothing is stored yet."
    for session_id in own_sessions(attempt):
        rows = attempt.rows.get(session_id, ())
        if rows and rows[-1].item.kind == "user":
            return None
    if not own_sessions(attempt):
        return "You have not stored anything yourself yet."
    session_id, rows = next((name, rows) for name, rows in attempt.rows.items() if rows)
    return f'Row {rows[-1].key} of session "{session_id}", the newest, is not a question.'


async def answer_it_once(agent, session):
    return await go_on_from_what_is_stored(agent, session)


def check_sent_twice(attempt: Attempt) -> str | None:
    asked = [turn for turn in attempt.records if turn.requests]
    if not asked:
        return "The model was not asked yet."
    said = [item.text for item in asked[-1].sent if item.kind == "user"]
    twice = [text for text in said if said.count(text) > 1]
    if twice:
        return None
    return f"The last request had {len(said)} {'question' if len(said) == 1 else 'questions'}, and none of them twice."


CHALLENGES = (
    Challenge(
        "Leave a session with a question that has no answer.",
        hint="Stop a message while it is being answered, or add an item to the session yourself.",
        check=check_unanswered,
        solution=leave_a_question_unanswered,
        wrong_attempts=(WrongAttempt(ask_and_be_answered, "the newest, is not a question"),),
    ),
    Challenge(
        "Have the model be sent the same question twice in one request, as careless retries do.",
        hint="A question stays stored when its run fails or is stopped.",
        check=check_sent_twice,
        solution=send_the_same_again,
        wrong_attempts=(
            WrongAttempt(answer_it_once, "The last request had 1 question, and none of them twice"),
            WrongAttempt(leave_a_question_unanswered, "The last request had 1 question"),
        ),
    ),
)
