"""The challenges of Multiple sessions."""

from agents import Runner

from lessons.course.multi_session.lesson import namespaced, two_runs_at_once
from lessons.frame.lesson import Attempt, Challenge, WrongAttempt


async def tell_support_not_sales(agent, open_session):
    await Runner.run(agent, "I forgot my password", session=open_session(namespaced("alice", "support")))
    return await Runner.run(agent, "How do I upgrade?", session=open_session(namespaced("alice", "sales")))


async def tell_everybody(agent, open_session):
    await Runner.run(agent, "I forgot my password", session=open_session("alice"))
    return await Runner.run(agent, "How do I upgrade?", session=open_session("alice"))


async def use_names_without_a_person(agent, open_session):
    await Runner.run(agent, "I forgot my password", session=open_session("support"))
    return await Runner.run(agent, "How do I upgrade?", session=open_session("sales"))


def check_contexts(attempt: Attempt) -> str | None:
    password, upgrade = attempt.rows_saying("password"), attempt.rows_saying("upgrade")
    for word, found in (("password", password), ("upgrade", upgrade)):
        if not found:
            return f'No row of yours says "{word}".'
    (first_id, first), (second_id, second) = password[0], upgrade[0]
    if first_id == second_id:
        return f'Rows {first.key} and {second.key} are both in session "{first_id}".'
    if first_id.partition(":")[0] != second_id.partition(":")[0] or ":" not in first_id:
        return f'Nothing in "{first_id}" and "{second_id}" says that they belong to one person.'
    return None


async def wait_for_each_other(agent, session):
    await Runner.run(agent, "My name is Alice", session=session)
    return await Runner.run(agent, "I work as a developer", session=session)


def check_in_turn(attempt: Attempt) -> str | None:
    for session_id, rows in attempt.rows.items():
        kinds = [row.item.kind for row in rows if row.item.kind in ("user", "assistant")]
        if len(kinds) < 4:
            continue
        for row, kind, expected in zip(rows, kinds, ["user", "assistant"] * len(kinds), strict=False):
            if kind != expected:
                return f"Row {row.key} of session \"{session_id}\" is the {kind}'s, where the {expected}'s belongs."
        return None
    return "No session holds two questions and two answers."


CHALLENGES = (
    Challenge(
        "One person asks support about a password and sales about an upgrade. Keep the two apart, in ids that both name the "
        "person.",
        hint="owner:topic, as in step 2.",
        check=check_contexts,
        solution=tell_support_not_sales,
        wrong_attempts=(
            WrongAttempt(tell_everybody, 'are both in session "alice"'),
            WrongAttempt(use_names_without_a_person, "says that they belong to one person"),
        ),
    ),
    Challenge(
        "Store two questions with their answers in one session so that each answer follows its question.",
        hint="Send the second when the first is answered. Two tabs of this app wait for each other too.",
        check=check_in_turn,
        solution=wait_for_each_other,
        wrong_attempts=(
            WrongAttempt(two_runs_at_once, "Row 2"),
            WrongAttempt(tell_support_not_sales, "No session holds two questions"),
        ),
    ),
)
