"""The line above a lesson: the steps as a track, Step back, and the button of the next step."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from lessons.frame import walk
from lessons.frame.lesson import Lesson, Step
from lessons.frame.own_turns import in_words, since_last_step
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.progress import Progress
from lessons.kit.turns.running_work import RunningTurn
from lessons.ui.ledger.running_turn import give_it_a_moment
from lessons.ui.page import address
from lessons.ui.page.into_view import open_tool
from lessons.ui.page.refusal_box import notice, refusal_shown
from lessons.ui.page.session_choice import show_session
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import text

ELSEWHERE = Problem(
    "The lesson is at a different step than when this button was drawn.",
    "Nothing was run.",
    "See where it stands now, and go on from there.",
)
END = "What you learned"


def shown_step(lesson: Lesson, desk: Desk) -> int:
    """The step on the card, counted from 1: the one in the address, or the last that was done; one more is the end."""
    last = len(lesson.steps)
    asked = address.number("step") or max(1, desk.progress.steps_done)
    return asked if asked == last + 1 and desk.progress.steps_done >= last else min(asked, last)


def draw_step_line(here: walk.Walk) -> None:
    """Draw the numbers of the steps, Step back, and the button of the next step."""
    lesson, desk = here.lesson, here.desk
    number, done = shown_step(lesson, desk), desk.progress.steps_done
    _track(lesson, number, desk.progress)
    if (done or _has_failed_step(desk)) and not desk.has_set_aside:
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


def _next_button(here: walk.Walk, number: int) -> None:
    lesson, done, last = here.lesson, here.desk.progress.steps_done, len(here.lesson.steps)
    act: Callable[[], None]
    if done < last:
        steps, left_out = range(done, max(number, done + 1)), lesson.left_out(done, number - 1)
        following = lesson.steps[done].title
        one = f"{'Next' if done else 'Run step 1'}: {following[0].lower()}{following[1:]}"
        several = f"Run to step {number}" if left_out else f"Run steps {done + 1} to {number}"
        label, act = one if len(steps) == 1 else several, partial(_run_steps, here, steps, left_out)
    elif number <= last:
        label, act = END, partial(_show_step, last + 1)
    else:
        label, act = "Try the challenges", partial(_open_challenges, PageState(lesson.slug))
    # One button with one key, whatever it does: it keeps the focus through the whole lesson.
    st.button(
        label,
        icon=":material/play_arrow:" if done < last else ":material/arrow_forward:",
        type="primary",
        key=PageState(lesson.slug).key("next-step"),
        on_click=act,
    )


def _track(lesson: Lesson, number: int, progress: Progress) -> None:
    done = progress.steps_done
    state, last = PageState(lesson.slug), len(lesson.steps)
    run = {at for at in range(1, done + 1) if at - 1 not in progress.left_out}
    state.step.put(number)
    st.pills(
        "Steps of this lesson",
        range(1, last + (2 if done >= last else 1)),
        format_func=lambda at: END_LABEL if at > last else _label(at, lesson.steps[at - 1], done=at in run),
        key=state.step.key,
        label_visibility="collapsed",
        wrap=True,
        on_change=lambda: _show_step(state.step.get()),
    )


END_LABEL = f"**✓** {END}"


def _label(at: int, step: Step, *, done: bool) -> str:
    """The number is seen, the rest is for screen readers. The style sheet draws the step from the markup of its number."""
    seen = f"*{at}*" if step.deeper else f"**{at}**"
    return f"{f'~~{seen}~~✓' if done else seen} {step.title}{', deeper' if step.deeper else ''}"


def _show_step(number: int | None) -> None:
    if number is not None:
        address.put(step=number, row=None, turn=None)


def _open_challenges(state: PageState) -> None:
    state.tool.put("challenges")
    open_tool(state, "challenges")


def _run_steps(here: walk.Walk, steps: range, left_out: tuple[int, ...]) -> None:
    state, done = PageState(here.lesson.slug), here.desk.progress.steps_done
    if running := here.desk.running():  # the button stays enabled, so that it keeps the focus
        if isinstance(running[0], RunningTurn):  # a second press still has the session from before the first
            show_session(state, running[0].session_id, running[0].store)
        return
    with refusal_shown(state, asked_above=True):
        # Pressed twice, or run in another tab: what was asked for is there, and is shown.
        if done <= steps[-1]:
            if done != steps[0]:
                raise Refused(ELSEWHERE)
            give_it_a_moment(walk.start_steps(here, steps[0], steps[-1], left_out))
        last = here.lesson.steps[steps[-1]]
        address.put(step=steps[-1] + 1, row=None, turn=None)
        show_session(state, last.session_id or here.lesson.session_id, last.store or here.store)


def _step_back(desk: Desk) -> None:
    if desk.running():
        return
    state = PageState(desk.lesson)
    own = [record for record in since_last_step(desk) if record.step is None and (record.added or record.removed)]
    if own and state.asked_to_step_back.get() != own[-1].id:
        state.asked_to_step_back.put(own[-1].id)
        words = f"Step back also removes {in_words(own)}, for good. To do that, press Step back again."
        notice(state, f'<p class="note asked-above" role="status">{text(words)}</p>')
        return
    state.asked_to_step_back.forget()
    with refusal_shown(state, asked_above=True):
        walk.step_back(desk)
    address.put(step=max(1, desk.progress.steps_done), row=None, turn=None)


def _has_failed_step(desk: Desk) -> bool:
    last = desk.records[-1] if desk.records else None
    return last is not None and last.step is not None and last.held is None
