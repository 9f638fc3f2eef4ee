"""The challenges of a lesson, checked against the rows."""

import streamlit as st

from lessons.frame import walk
from lessons.frame.lesson import Challenge, Lesson, shown_source
from lessons.kit.models.providers import Provider
from lessons.kit.problems.problem import Refused
from lessons.kit.records import TurnRecord
from lessons.kit.turns.desk import Desk
from lessons.ui.ledger.chat import give_it_a_moment
from lessons.ui.page import address
from lessons.ui.page.refusal_box import refusal_shown
from lessons.ui.page.step_card import show_session
from lessons.ui.widgets.markup import problem_box, text

SOLVED = '<p class="verdict held" role="status">✓ Solved: the rows show it.</p>'
SOLUTION_SECONDS = 1
"""How long the page waits for a solution, to open the session that it used."""


def draw_challenges(lesson: Lesson, desk: Desk, provider: Provider) -> None:
    solved, count = desk.progress.solved, len(lesson.challenges)
    number = min(address.number("challenge") or 1, count) - 1
    challenge, busy = lesson.challenges[number], bool(desk.running())
    said = st.session_state.get("challenge-said", {}).get(number)
    with st.container(border=True, key="challenge"):
        with st.container(horizontal=True, vertical_alignment="center", key="challenge-line"):
            mark = ' <span class="held">✓ Solved</span>' if number in solved and said != SOLVED else ""
            st.html(
                f'<p class="step-title"><strong>Challenge {number + 1} of {count}</strong> · {text(challenge.goal)}{mark}</p>',
                width="stretch",
            )
            _buttons(lesson, desk, challenge, number, provider, busy)
        if said is not None:
            st.html(said)
        if st.session_state.get("challenge-solution") == number:
            st.code(shown_source(challenge.solution), language="python", wrap_lines=True)
            st.button(
                "Run the solution on empty tables",
                icon=":material/play_arrow:",
                key="run-solution",
                disabled=busy,
                on_click=_run_solution,
                args=(lesson, desk, challenge, number, provider),
            )
        if desk.has_set_aside:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.html('<p class="quiet">Your rows from before the challenge are set aside.</p>')
                st.button(
                    "Bring them back",
                    icon=":material/settings_backup_restore:",
                    type="tertiary",
                    key="bring-back",
                    disabled=busy,
                    on_click=_bring_back,
                    args=(desk,),
                )
        _pager(count, number, solved)


def _buttons(lesson: Lesson, desk: Desk, challenge: Challenge, number: int, provider: Provider, busy: bool) -> None:
    with st.container(horizontal=True, gap="small", width="content", key="challenge-buttons"):
        st.button("Check", key="check", disabled=busy, on_click=_check, args=(lesson, desk, challenge, number))
        st.button("Hint", key="hint", on_click=_say, args=(number, f'<p class="look-for">{text(challenge.hint)}</p>'))
        st.button("Solution", key="solution", on_click=_show_solution, args=(number,))
        st.button(
            "Reset",
            key="reset-challenge",
            disabled=busy,
            help="Begin the challenge on empty tables. Your rows are set aside and can be brought back.",
            on_click=_begin,
            args=(desk, number),
        )


def _pager(count: int, number: int, solved: tuple[int, ...]) -> None:
    st.session_state["challenge-pager"] = number + 1
    st.pills(
        "Challenges of this lesson",
        range(1, count + 1),
        format_func=lambda at: f"{at}✓" if at - 1 in solved else str(at),
        key="challenge-pager",
        label_visibility="collapsed",
        on_change=lambda: address.put(challenge=st.session_state["challenge-pager"] or number + 1),
    )


def _check(lesson: Lesson, desk: Desk, challenge: Challenge, number: int) -> None:
    try:
        reason = walk.check(desk, challenge, number, _store(lesson, challenge))
    except Refused as error:
        _say(number, problem_box(error.problem))
        return
    if reason is None:
        _say(number, SOLVED)
    else:
        _say(number, f'<p class="verdict not-held" role="status">✗ Not yet. {text(reason)}</p>')


def _store(lesson: Lesson, challenge: Challenge) -> str:
    return challenge.store or st.session_state.get("store") or lesson.walk_stores[0]


def _say(number: int, html: str) -> None:
    st.session_state["challenge-said"] = {number: html}


def _show_solution(number: int) -> None:
    shown = st.session_state.get("challenge-solution") == number
    st.session_state["challenge-solution"] = None if shown else number


def _begin(desk: Desk, number: int) -> None:
    with refusal_shown():
        desk.set_aside()
        address.put(step=None, row=None)
        _say(number, '<p class="look-for">The tables are empty. Use the chat, the session id and the store above.</p>')


def _run_solution(lesson: Lesson, desk: Desk, challenge: Challenge, number: int, provider: Provider) -> None:
    store = challenge.store or lesson.walk_stores[0]
    with refusal_shown():
        state = st.session_state
        state.setdefault("shown-before-solution", (state["session"], state["store"]))
        turn = walk.start_solution(walk.Walk(lesson, desk, store, provider), challenge)
        record = give_it_a_moment(turn, SOLUTION_SECONDS)
        show_session(_last_used(record) or lesson.session_id, store)
        address.put(step=None, row=None)
        _say(number, '<p class="look-for">The solution has run. Look at the rows, then press Check.</p>')


def _last_used(record: TurnRecord | None) -> str | None:
    """The session that the solution called last: there the learner sees what it did."""
    return record.calls[-1].session_id if record is not None and record.calls else None


def _bring_back(desk: Desk) -> None:
    with refusal_shown():
        desk.bring_back()
        if "shown-before-solution" in st.session_state:
            show_session(*st.session_state.pop("shown-before-solution"))
    st.session_state.pop("challenge-said", None)
    address.put(row=None)
