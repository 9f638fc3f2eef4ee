"""The steps: their numbers and the next one, and the card with the code that runs, what to look for and the verdict."""

from contextlib import suppress

import streamlit as st

from lessons.frame import walk
from lessons.frame.lesson import Lesson, shown_source
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.records import TurnRecord
from lessons.kit.stores.registry import store_kinds
from lessons.kit.turns.desk import Desk
from lessons.ui.ledger.running_turn import give_it_a_moment
from lessons.ui.page import address
from lessons.ui.page.refusal_box import refusal_shown
from lessons.ui.page.session_choice import show_session
from lessons.ui.page.state import PageState
from lessons.ui.widgets.code import code_html
from lessons.ui.widgets.markup import problem_box, text
from lessons.ui.widgets.terms import explained

ELSEWHERE = Problem(
    "Another tab has moved this lesson to a different step.",
    "Nothing was run.",
    "See where it stands now, and go on from there.",
)


def shown_step(lesson: Lesson, desk: Desk) -> int:
    """The step on the card, counted from 1: the one in the address, or the last that was done."""
    last = len(lesson.steps)
    return min(address.number("step") or max(1, desk.progress.steps_done), last)


def record_of_step(desk: Desk, number: int) -> TurnRecord | None:
    """The last record of that step, if it was done and is still kept."""
    found = [record for record in desk.records if record.step == number - 1]
    return found[-1] if found else None


def draw_step_line(here: walk.Walk) -> None:
    """Draw the numbers of the steps, Step back, and the button of the next step."""
    lesson, desk = here.lesson, here.desk
    number, done = shown_step(lesson, desk), desk.progress.steps_done
    _pager(lesson, number, done)
    if done or _has_failed_step(desk):
        st.button(
            "Step back",
            icon=":material/undo:",
            type="tertiary",
            key=PageState(lesson.slug).key("step-back"),
            help="Undo the last step exactly: the same rows, ids included.",
            on_click=_step_back,
            args=(desk,),
        )
    _next_button(here, number)


def draw_step_card(here: walk.Walk) -> None:
    """Draw the code of the step that is shown, next to what to look for and the verdict."""
    lesson, desk = here.lesson, here.desk
    number, done = shown_step(lesson, desk), desk.progress.steps_done
    step = lesson.steps[number - 1]
    opened = ""
    with suppress(Refused):  # the ledger says what is in the way
        opened = desk.store(step.store or here.store).opening_code(step.session_id or lesson.session_id)
    st.html(
        f'<section class="step" aria-label="Step {number}">'
        f'<div class="step-code" tabindex="0" role="region" aria-label="The code of the step">'
        f"{code_html(shown_source(step.run), step.run, opened)}</div>"
        f'<div class="step-words" tabindex="0" role="region" aria-label="What the step shows">{_title(lesson, desk, number)}'
        f"{_odd(lesson, number)}{_unjudged(desk, number)}{_look_for(lesson, number, done=number <= done)}</div></section>"
    )


def _odd(lesson: Lesson, number: int) -> str:
    """Words for a step in the address that the lesson does not have."""
    odd = address.beyond("step", len(lesson.steps), "This lesson")
    return f'<p class="note" role="status">{text(odd)} This page shows step {number}.</p>' if odd else ""


def _title(lesson: Lesson, desk: Desk, number: int) -> str:
    record = record_of_step(desk, number) if number <= desk.progress.steps_done else None
    verdict = ""
    if record is not None and record.held is not None:
        verdict = (
            '<span class="held">✓ The rows show it</span>'
            if record.held
            else '<span class="not-held">✗ The rows do not show it: compare them with what to look for</span>'
        )
    elif record is not None and record.verdict_problem is not None:
        verdict = '<span class="not-held">It could not be judged</span>'
    title = text(lesson.steps[number - 1].title)
    return f'<h2 class="step-title">Step {number} of {len(lesson.steps)} · {title} {verdict}</h2>'


def _unjudged(desk: Desk, number: int) -> str:
    """Why the step has no verdict, and that what it did is kept; '' if it has one or was not run."""
    record = record_of_step(desk, number) if number <= desk.progress.steps_done else None
    return problem_box(record.verdict_problem) if record is not None and record.verdict_problem is not None else ""


def _look_for(lesson: Lesson, number: int, done: bool) -> str:
    label = "What to look for." if done else "When it has run, look for this."
    step = lesson.steps[number - 1]
    where = f' <span class="quiet">It runs on: {text(store_kinds()[step.store].label)}.</span>' if step.store else ""
    before = (lesson.entry.question, *(earlier.look_for for earlier in lesson.steps[: number - 1]))
    return f'<p class="look-for"><strong>{label}</strong> {explained(step.look_for, "step", before)}{where}</p>'


def _next_button(here: walk.Walk, number: int) -> None:
    lesson, done, last = here.lesson, here.desk.progress.steps_done, len(here.lesson.steps)
    if number > done + 1:
        label, steps = f"Run steps {done + 1} to {number}", range(done, number)
    elif done >= last:
        label, steps = "All steps are done", range(0)
    else:
        following = lesson.steps[done].title
        label = (
            f"Next: {following[0].lower()}{following[1:]}"
            if done
            else f"Run step 1: {following[0].lower()}{following[1:]}"
        )
        steps = range(done, done + 1)
    st.button(
        label,
        icon=":material/play_arrow:" if steps else ":material/check:",
        type="primary",
        key=PageState(lesson.slug).key("next-step"),
        disabled=not steps,
        on_click=_run_steps,
        args=(here, steps),
    )


def _pager(lesson: Lesson, number: int, done: int) -> None:
    state = PageState(lesson.slug)
    state.step.put(number)
    st.pills(
        "Steps of this lesson",
        range(1, len(lesson.steps) + 1),
        format_func=lambda at: f"**{at}{'✓' if at <= done else ''}** {lesson.steps[at - 1].title}",
        key=state.step.key,
        label_visibility="collapsed",
        wrap=True,
        on_change=lambda: _show_step(state.step.get()),
    )


def _show_step(number: int | None) -> None:
    if number is not None:
        address.put(step=number, row=None, turn=None)


def _run_steps(here: walk.Walk, steps: range) -> None:
    if here.desk.running():  # the button stays enabled, so that it keeps the focus
        return
    state = PageState(here.lesson.slug)
    with refusal_shown(state):
        if here.desk.progress.steps_done != steps[0]:
            raise Refused(ELSEWHERE)
        turn = walk.start_steps(here, steps[0], steps[-1])
        give_it_a_moment(turn)
        last = here.lesson.steps[steps[-1]]
        address.put(step=steps[-1] + 1, row=None, turn=None)
        show_session(state, last.session_id or here.lesson.session_id, last.store or here.store)


def _step_back(desk: Desk) -> None:
    if desk.running():
        return
    with refusal_shown(PageState(desk.lesson)):
        walk.step_back(desk)
    address.put(step=max(1, desk.progress.steps_done), row=None, turn=None)


def _has_failed_step(desk: Desk) -> bool:
    last = desk.records[-1] if desk.records else None
    return last is not None and last.step is not None and last.held is None
