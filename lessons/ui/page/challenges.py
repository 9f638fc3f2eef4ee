"""The challenges of a lesson, checked against the rows."""

import time

import streamlit as st

from lessons.frame import walk
from lessons.frame.lesson import Challenge, Lesson, shown_source
from lessons.kit.models.providers import Provider
from lessons.kit.problems.problem import Refused
from lessons.kit.records import TurnRecord
from lessons.kit.turns.desk import Desk
from lessons.ui.ledger.running_turn import give_it_a_moment
from lessons.ui.page import address
from lessons.ui.page.into_view import bring_end_into_view
from lessons.ui.page.refusal_box import refusal_shown
from lessons.ui.page.session_choice import show_session
from lessons.ui.page.state import PageState, Said
from lessons.ui.steps.step_card import explained_on_card
from lessons.ui.steps.step_line import shown_step
from lessons.ui.widgets.markup import problem_box, text
from lessons.ui.widgets.terms import explained

SOLVED = '<p class="verdict held" role="status">✓ Solved: the rows show it.</p>'
SOLUTION_SECONDS = 1
"""How long the page waits for a solution, to open the session that it used."""


def draw_challenges(lesson: Lesson, desk: Desk, provider: Provider) -> None:
    solved, count = desk.progress.solved, len(lesson.challenges)
    number = min(address.number("challenge") or 1, count) - 1
    challenge, busy = lesson.challenges[number], bool(desk.running())
    above = explained_on_card(lesson, desk)
    state = PageState(lesson.slug)
    last_said = state.said_of_challenge.get()
    said = last_said.html if last_said is not None and last_said.number == number else None
    with st.container(border=True, key="challenge"):
        odd = address.beyond("challenge", count, "This lesson")
        if odd:
            st.html(f'<p class="note" role="status">{text(odd)} This page shows challenge {number + 1}.</p>')
        with st.container(key="ended"):
            with st.container(horizontal=True, vertical_alignment="center", key="challenge-line"):
                mark = ' <span class="held">✓ Solved</span>' if number in solved and said != SOLVED else ""
                st.html(
                    f'<p class="step-title"><strong>Challenge {number + 1} of {count}</strong> · '
                    f"{explained(challenge.goal, 'challenge', above)}{mark}</p>",
                    width="stretch",
                )
                _buttons(lesson, desk, challenge, number, state, busy)
            if said is not None and last_said is not None and last_said.solved_at:
                # Check is above the code of the solution, and the button that ran it below.
                bring_end_into_view(last_said.solved_at)
        if said is not None:
            st.html(said)
        if state.opened_solution.get() == number:
            st.code(shown_source(challenge.solution), language="python", wrap_lines=True)
            st.button(
                "Run the solution on empty tables",
                icon=":material/play_arrow:",
                key=state.key("run-solution"),
                disabled=busy,
                on_click=_run_solution,
                args=(lesson, desk, challenge, number, provider),
            )
        if desk.has_set_aside:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.html('<p class="quiet">The tables from before the challenge are set aside.</p>')
                st.button(
                    "Bring them back",
                    icon=":material/settings_backup_restore:",
                    type="tertiary",
                    key=state.key("bring-back"),
                    disabled=busy,
                    on_click=_bring_back,
                    args=(state, desk),
                )
        _pager(state, count, number, solved)


def _buttons(lesson: Lesson, desk: Desk, challenge: Challenge, number: int, state: PageState, busy: bool) -> None:
    with st.container(horizontal=True, gap="small", width="content", key="challenge-buttons"):
        st.button(
            "Check", key=state.key("check"), disabled=busy, on_click=_check, args=(lesson, desk, challenge, number)
        )
        st.button(
            "Hint",
            key=state.key("hint"),
            on_click=_say,
            args=(state, number, f'<p class="look-for">{explained(challenge.hint, "hint", (challenge.goal,))}</p>'),
        )
        st.button("Solution", key=state.key("solution"), on_click=_show_solution, args=(state, number))
        st.button(
            "Reset",
            key=state.key("reset-challenge"),
            disabled=busy,
            help="Begin the challenge on empty tables. Your rows are set aside and can be brought back.",
            on_click=_begin,
            args=(state, desk, number),
        )


def _pager(state: PageState, count: int, number: int, solved: tuple[int, ...]) -> None:
    state.challenge.put(number + 1)
    st.pills(
        "Challenges of this lesson",
        range(1, count + 1),
        format_func=lambda at: f"{at}✓" if at - 1 in solved else str(at),
        key=state.challenge.key,
        label_visibility="collapsed",
        on_change=lambda: address.put(challenge=state.challenge.get() or number + 1),
    )


def _check(lesson: Lesson, desk: Desk, challenge: Challenge, number: int) -> None:
    state = PageState(lesson.slug)
    try:
        reason = walk.check(desk, challenge, number, _store(lesson, challenge))
    except Refused as error:
        _say(state, number, problem_box(error.problem))
        return
    if reason is None:
        _say(state, number, SOLVED)
    else:
        _say(state, number, f'<p class="verdict not-held" role="status">✗ Not yet. {text(reason)}</p>')


def _store(lesson: Lesson, challenge: Challenge) -> str:
    return challenge.store or PageState(lesson.slug).store.get() or lesson.walk_stores[0]


def _say(state: PageState, number: int, html: str) -> None:
    state.said_of_challenge.put(Said(number, html))


def _show_solution(state: PageState, number: int) -> None:
    state.opened_solution.put(None if state.opened_solution.get() == number else number)


def _begin(state: PageState, desk: Desk, number: int) -> None:
    with refusal_shown(state):
        desk.set_aside()
        address.put(row=None, turn=None)
        _say(
            state,
            number,
            '<p class="look-for">The tables are empty, and the steps stay where they are. Use the message box, the session '
            "id and the store next to it.</p>",
        )


def _run_solution(lesson: Lesson, desk: Desk, challenge: Challenge, number: int, provider: Provider) -> None:
    state = PageState(lesson.slug)
    chosen = state.store.get()
    store = challenge.store or (chosen if chosen in lesson.walk_stores else lesson.walk_stores[0])
    with refusal_shown(state):
        if state.shown_before_solution.get() is None:
            state.shown_before_solution.put(state.last_choice.get())
        turn = walk.start_solution(walk.Walk(lesson, desk, store, provider), challenge)
        record = give_it_a_moment(turn, SOLUTION_SECONDS)
        show_session(state, _last_used(record) or lesson.session_id, store)
        if shown_step(lesson, desk) <= len(lesson.steps):  # the end of the lesson stays: it explains no step
            address.put(step=None)
        address.put(row=None, turn=None)
        said = '<p class="look-for">The solution has run. Look at the rows, then press Check.</p>'
        state.said_of_challenge.put(Said(number, said, time.monotonic()))


def _last_used(record: TurnRecord | None) -> str | None:
    """The session that the solution called last: there the learner sees what it did."""
    return record.calls[-1].session_id if record is not None and record.calls else None


def _bring_back(state: PageState, desk: Desk) -> None:
    with refusal_shown(state):
        desk.bring_back()
        before = state.shown_before_solution.get()
        if before is not None:
            show_session(state, before.session_id, before.store)
            state.shown_before_solution.forget()
    state.said_of_challenge.forget()
    address.put(row=None)
