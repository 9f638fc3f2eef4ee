"""The step card: its number, its verdict, step back, the next step, the code that runs and what to look for."""

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
from lessons.ui.widgets.markup import problem_box, text

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


def draw_step_card(here: walk.Walk) -> None:
    lesson, desk = here.lesson, here.desk
    number, done = shown_step(lesson, desk), desk.progress.steps_done
    step = lesson.steps[number - 1]
    busy = bool(desk.running())
    with st.container(border=True, key="walkthrough"):
        odd = address.beyond("step", len(lesson.steps), "This lesson")
        if odd:
            st.html(f'<p class="note" role="status">{text(odd)} This page shows step {number}.</p>')
        with st.container(horizontal=True, vertical_alignment="center", key="step-line"):
            st.html(_title(lesson, desk, number), width="stretch")
            if done or _has_failed_step(desk):
                st.button(
                    "Step back",
                    icon=":material/undo:",
                    type="tertiary",
                    key="step-back",
                    disabled=busy,
                    help="Undo the last step exactly: the same rows, ids included.",
                    on_click=_step_back,
                    args=(desk,),
                )
            _next_button(here, number, busy)
        code, look_for = st.columns([3, 2], gap="medium")
        code.code(shown_source(step.run), language="python", wrap_lines=True)
        with look_for:
            st.html(_unjudged(desk, number) + _look_for(lesson, number, done=number <= done))
            _pager(lesson, number, done)


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
    return f'<p class="step-title"><strong>Step {number} of {len(lesson.steps)}</strong> · {title} {verdict}</p>'


def _unjudged(desk: Desk, number: int) -> str:
    """Why the step has no verdict, and that what it did is kept; '' if it has one or was not run."""
    record = record_of_step(desk, number) if number <= desk.progress.steps_done else None
    return problem_box(record.verdict_problem) if record is not None and record.verdict_problem is not None else ""


def _look_for(lesson: Lesson, number: int, done: bool) -> str:
    label = "What to look for." if done else "When it has run, look for this."
    step = lesson.steps[number - 1]
    where = f' <span class="quiet">It runs on: {text(store_kinds()[step.store].label)}.</span>' if step.store else ""
    return f'<p class="look-for"><strong>{label}</strong> {text(step.look_for)}{where}</p>'


def _next_button(here: walk.Walk, number: int, busy: bool) -> None:
    lesson, done, last = here.lesson, here.desk.progress.steps_done, len(here.lesson.steps)
    if number > done + 1:
        label, steps = f"Run steps {done + 1} to {number}", range(done, number)
    elif done >= last:
        st.button("All steps are done", icon=":material/check:", disabled=True, key="next-step")
        return
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
        icon=":material/play_arrow:",
        type="primary",
        key="next-step",
        disabled=busy,
        on_click=_run_steps,
        args=(here, steps),
    )


def _pager(lesson: Lesson, number: int, done: int) -> None:
    state = PageState(lesson.slug)
    state.step.put(number)
    st.pills(
        "Steps of this lesson",
        range(1, len(lesson.steps) + 1),
        format_func=lambda at: f"{at}✓" if at <= done else str(at),
        key=state.step.key,
        label_visibility="collapsed",
        wrap=True,
        on_change=lambda: _show_step(state.step.get()),
    )


def _show_step(number: int | None) -> None:
    if number is not None:
        address.put(step=number, row=None)


def _run_steps(here: walk.Walk, steps: range) -> None:
    state = PageState(here.lesson.slug)
    with refusal_shown(state):
        if here.desk.progress.steps_done != steps[0]:
            raise Refused(ELSEWHERE)
        turn = walk.start_steps(here, steps[0], steps[-1])
        give_it_a_moment(turn)
        last = here.lesson.steps[steps[-1]]
        address.put(step=steps[-1] + 1, row=None)
        show_session(state, last.session_id or here.lesson.session_id, last.store or here.store)


def _step_back(desk: Desk) -> None:
    with refusal_shown(PageState(desk.lesson)):
        walk.step_back(desk)
    address.put(step=max(1, desk.progress.steps_done), row=None)


def _has_failed_step(desk: Desk) -> bool:
    last = desk.records[-1] if desk.records else None
    return last is not None and last.step is not None and last.held is None
