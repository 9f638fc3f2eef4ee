"""The challenges of What real models store."""

from itertools import pairwise

from lessons.course.model_items.lesson import pop_the_answer_alone, think_first
from lessons.frame.lesson import Attempt, Challenge, WrongAttempt
from lessons.frame.meaning import sum_of
from lessons.frame.own_runs import own_runs


async def remove_the_reasoning(agent, open_session):
    await pop_the_answer_alone(agent, open_session)
    session = open_session("popped")
    items = await session.get_items()
    await session.clear_session()
    await session.add_items([item for item in items if item.get("type") != "reasoning"])


async def clear_it_all(agent, open_session):
    await pop_the_answer_alone(agent, open_session)
    await open_session("popped").clear_session()


def check_repaired(attempt: Attempt) -> str | None:
    orphaned = [run for run in own_runs(attempt) if ("reasoning", "user") in pairwise(item.kind for item in run.sent)]
    if not orphaned:
        return "No run has sent a reasoning item without its reply yet. Walk the step that pops the answer alone."
    for session_id, rows in attempt.rows.items():
        for row, after in zip(rows, [*rows[1:], None], strict=False):  # a session may have no rows
            if row.item.kind == "reasoning" and (after is None or after.item.kind in ("user", "system", "developer")):
                return f'Row {row.key} of session "{session_id}" is a reasoning item without its reply.'
    kept = attempt.rows_where(lambda item: item.kind == "user" and sum_of(item.text) == "4+4")
    if not {session_id for session_id, _ in kept} & {run.session_id for run in orphaned}:
        return "Your question is gone as well."
    return None


CHALLENGES = (
    Challenge(
        "After the step “Pop the answer alone”: leave no reasoning item without its reply, and keep your question.",
        hint="Pop until the reasoning item is gone, or add the items again without it.",
        check=check_repaired,
        solution=remove_the_reasoning,
        wrong_attempts=(
            WrongAttempt(pop_the_answer_alone, "is a reasoning item without its reply"),
            WrongAttempt(clear_it_all, "Your question is gone"),
            WrongAttempt(think_first, "No run has sent a reasoning item"),
        ),
        builds_on_steps=True,
    ),
)
