"""The challenges of When a run fails."""

from collections.abc import Sequence

from agents import Runner

from lessons.course.failures.lesson import fail_at, go_on_from_what_is_stored, send_the_same_again
from lessons.frame.evidence import own_sessions
from lessons.frame.lesson import Attempt, Challenge, StoredItem, WrongAttempt
from lessons.frame.meaning import same_question


async def leave_a_question_unanswered(agent, session):
    return await fail_at(agent, "What's 2 + 2?", session)


async def ask_and_be_answered(agent, session):
    return await Runner.run(agent, "What's 2 + 2?", session=session)


def check_unanswered(attempt: Attempt) -> str | None:
    if not any(attempt.rows.values()):
        return "Nothing is stored yet."
    own = own_sessions(attempt)
    if not own:
        return "You have not stored anything yourself yet."
    removed = {row.session_id for record in attempt.records for row in record.removed_rows}
    for session_id in own:
        for row in _unanswered(attempt.rows.get(session_id, ())):
            if (session_id, row.key) not in attempt.of_steps or session_id in removed:
                return None
    asked = [(name, row) for name in own for row in attempt.rows.get(name, ()) if row.item.kind == "user"]
    if not asked:
        return "No session of yours has a question."
    session_id, row = asked[-1]
    return f'The newest question in session "{session_id}", row {row.key}, has an answer after it.'


def _unanswered(rows: Sequence[StoredItem]) -> list[StoredItem]:
    """The messages of the user that have no answer: another question of the user follows, or nothing."""
    talk = [row for row in rows if row.item.kind in ("user", "assistant")]
    following = [*talk[1:], None]
    return [
        row
        for row, after in zip(talk, following, strict=False)
        if row.item.kind == "user" and (after is None or _differ(row, after))
    ]


def _differ(row: StoredItem, after: StoredItem) -> bool:
    """Whether what follows is another question: not an answer, and not the same question again."""
    return after.item.kind == "user" and same_question(row.item.text) != same_question(after.item.text)


async def answer_it_once(agent, session):
    return await go_on_from_what_is_stored(agent, session)


def check_sent_twice(attempt: Attempt) -> str | None:
    asked = [turn for turn in attempt.records if turn.requests]
    if not asked:
        return "The model was not asked yet."
    for turn in asked:
        for request in turn.requests:
            said = [same_question(item.text) for item in request.items if item.kind == "user"]
            if len(set(said)) < len(said):
                return None
    return f"The last request had {len(said)} {'question' if len(said) == 1 else 'questions'}, and none of them twice."


CHALLENGES = (
    Challenge(
        "Leave a session with a question that has no answer.",
        hint="Stop a message while it is being answered, or add an item to the session yourself.",
        check=check_unanswered,
        solution=leave_a_question_unanswered,
        wrong_attempts=(WrongAttempt(ask_and_be_answered, "has an answer after it"),),
    ),
    Challenge(
        "Send the model the same question twice in one request, as careless retries do.",
        hint="A question stays stored when its run fails or is stopped.",
        check=check_sent_twice,
        solution=send_the_same_again,
        wrong_attempts=(
            WrongAttempt(answer_it_once, "The last request had 1 question, and none of them twice"),
            WrongAttempt(leave_a_question_unanswered, "The last request had 1 question"),
        ),
    ),
)
