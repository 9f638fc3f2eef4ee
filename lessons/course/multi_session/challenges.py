"""The challenges of Multiple sessions."""

import re
from collections.abc import Callable

from agents import Runner

from lessons.course.multi_session.lesson import namespaced, two_runs_at_once
from lessons.frame.evidence import questions, why_by_hand
from lessons.frame.lesson import Attempt, Challenge, WrongAttempt
from lessons.frame.meaning import shared_part
from lessons.kit.items import Item


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
    password, upgrade = attempt.rows_where(_about(PASSWORD)), attempt.rows_where(_about(UPGRADE))
    for word, found in (("a password", password), ("an upgrade", upgrade)):
        if not found:
            return f"No row of yours asks about {word}."
    for first_id, first in password:
        for second_id, second in upgrade:
            if first_id == second_id:
                return f'Rows {first.key} and {second.key} are both in session "{first_id}".'
    if not any(shared_part(one, other) for one, _ in password for other, _ in upgrade):
        first_id, second_id = password[0][0], upgrade[0][0]
        return f'Nothing in "{first_id}" and "{second_id}" says that they belong to one person.'
    return why_by_hand(attempt, password[0], upgrade[0])


PASSWORD = re.compile(
    r"\b(?:pass ?(?:words?|codes?|phrase)|passwor[td]\w*|kennwort|contraseña|mot de passe|senha|pin"
    r"|log(?:ging)? ?in|sign(?:ing)? ?in|locked out|credentials)\b",
    re.IGNORECASE,
)
UPGRADE = re.compile(r"\b(?:upgrad\w+|premium|(?:bigger|better|higher|larger|pro) plan|plan)\b", re.IGNORECASE)


def _about(subject: re.Pattern[str]) -> Callable[[Item], bool]:
    return lambda item: item.kind == "user" and bool(subject.search(item.text))


async def wait_for_each_other(agent, session):
    await Runner.run(agent, "My name is Alice", session=session)
    return await Runner.run(agent, "I work as a developer", session=session)


def check_in_turn(attempt: Attempt) -> str | None:
    reasons = []
    for session_id, rows in attempt.rows.items():
        talk = [row for row in rows if row.item.kind in ("user", "assistant")]
        if len(talk) < 4 or not questions(attempt, session_id):
            continue
        wrong = [
            (row, one)
            for row, one in zip(talk, ["user", "assistant"] * len(talk), strict=False)
            if row.item.kind != one
        ]
        if not wrong:
            asked = [(session_id, row) for row in talk if row.item.kind == "user"]
            told = [one for one in asked if why_by_hand(attempt, one) is None]
            return None if len(told) > 1 else why_by_hand(attempt, *asked)
        row, expected = wrong[0]
        reasons.append(
            f"Row {row.key} of session \"{session_id}\" is the {row.item.kind}'s, where the {expected}'s belongs."
        )
    return reasons[0] if reasons else "No session holds two questions and two answers."


CHALLENGES = (
    Challenge(
        "One person asks support about a password and sales about an upgrade. Keep the two apart, in ids that both name the "
        "person.",
        hint="owner:topic, as in step 2. Any id will do in which both name the person.",
        check=check_contexts,
        solution=tell_support_not_sales,
        wrong_attempts=(
            WrongAttempt(tell_everybody, 'are both in session "alice"'),
            WrongAttempt(use_names_without_a_person, "says that they belong to one person"),
        ),
    ),
    Challenge(
        "Ask two questions in one session so that in the rows each answer follows its question.",
        hint="Send the second question after the first is answered. Two tabs of this app also wait for each other.",
        check=check_in_turn,
        solution=wait_for_each_other,
        wrong_attempts=(
            WrongAttempt(two_runs_at_once, "Row 2"),
            WrongAttempt(tell_support_not_sales, "No session holds two questions"),
        ),
    ),
)
