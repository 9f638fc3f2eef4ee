"""A chosen failure runs for real. Then the tool shows what it left, what the next run would send, and the right recovery."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from lessons.course.index import load_lesson
from lessons.frame.entry import Entry
from lessons.kit.models.providers import active_provider
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.registry import store_kinds
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.running_work import RunningTurn
from lessons.ui.ledger.running_turn import give_it_a_moment
from lessons.ui.page import address
from lessons.ui.page.refusal_box import refusal_shown
from lessons.ui.page.session_choice import Choice, show_session
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import marked, plain, problem_box, text
from lessons.ui.widgets.terms import explained

if TYPE_CHECKING:
    from lessons.frame.failure import Failure, Went


def draw_goes_wrong(entry: Entry, desk: Desk, choice: Choice) -> None:
    load_lesson(entry.slug)  # loads the SDK
    from lessons.course.failures.kinds import FAILURES
    from lessons.frame.failure import newest
    from lessons.frame.lesson import own_first

    state = PageState(entry.slug)
    with st.container(border=True, key="goes-wrong"):
        offered = {one.name: one for one in FAILURES}
        chosen = st.selectbox(
            f"What goes wrong ({len(FAILURES)} to choose from)",
            list(offered),
            index=list(offered).index("model_error"),
            format_func=lambda name: offered[name].title,
            key=state.key("goes-wrong"),
        )
        failure = offered[chosen]
        went = newest(failure, desk.records)
        store = failure.store_for(choice.store.name)
        if store != choice.store.name:
            label = store_kinds()[store].label
            st.html(
                f'<p class="caption">It cannot happen on {text(choice.store.label)}, so it runs on {text(label)}.</p>'
            )
        _button(state, "Let it go wrong", "go-wrong", bool(desk.running()), _start, (entry, desk, failure, choice))
        if went is not None and not desk.running():
            _draw_outcome(entry, desk, failure, went)
        code = "\n\n\n".join(dict.fromkeys([own_first(failure.run), own_first(failure.recover)]))
        with st.expander("The code: how it goes wrong, and the recovery", key=state.key("code-goes-wrong")):
            st.code(plain(code), language="python", wrap_lines=True)


def _draw_outcome(entry: Entry, desk: Desk, failure: "Failure", went: "Went") -> None:
    from lessons.frame.failure import left_behind, stored_kinds, went_wrong_as_told

    record, state = went.record, PageState(entry.slug)
    if record.problem is not None:
        st.html(problem_box(record.problem))
        return
    session_id, store = record.session_id or failure.name, desk.store(record.store)
    held = went_wrong_as_told(failure, record)
    said = (
        f"The caller saw: {text((record.result or '').strip(chr(34)), 200)}"
        if record.result
        else "The caller saw no error."
    )
    now = stored_kinds(store, session_id)
    lines = [
        f'<p class="look-for">{said}</p>',
        f'<p class="look-for">Stored in <code>{text(session_id)}</code>: {_row(left_behind(record))}.</p>',
        f'<p class="look-for">{_next(entry, desk, record.store, session_id)}</p>',
    ]
    if went.recovery is not None:
        recovered = went.recovery.problem is None and now == failure.after
        verdict = "✓ The rows show it" if recovered else "✗ The rows do not show it"
        lines.append(
            f'<p class="look-for">After the recovery: {_row(now)}. <span class="{_held(recovered)}">{verdict}</span></p>'
        )
    mark = "✓ It happened as described" if held else "✗ Something else happened"
    st.html(
        f'<p><span class="{_held(held)}">{mark}</span></p>{"".join(lines)}'
        f'<p class="look-for">{explained(failure.tells, "goes-wrong")}</p>'
    )
    if went.recovery is None:
        _button(state, "Recover", "recover", bool(desk.running()), _recover, (entry, desk, failure, went))
    st.button(
        "Show its rows", key=state.key("rows-goes-wrong"), type="tertiary", icon=":material/table_rows:",
        on_click=show_session, args=(state, session_id, record.store),
    )  # fmt: skip


def _next(entry: Entry, desk: Desk, store: str, session_id: str) -> str:
    """What the next run of the session would send, as the runner prepares it. Looked up again only if its rows change."""
    rows = desk.store(store).page(session_id).rows
    if not rows:
        return "The next run would send only its own message."
    from lessons.kit.turns.next_message import before_next_message

    kept, seen = PageState(entry.slug).after_failure, (store, session_id, tuple((row.key, row.data) for row in rows))
    known = kept.get()
    if known is not None and known[0] == seen:
        return known[1]
    try:
        ledger = before_next_message(desk, store, session_id, load_lesson(entry.slug).make_agent)
    except Refused as refused:
        return f"It is not known what the next run would send. {marked(refused.problem.what)}"
    kinds = [ledger.lines[item.line].item.kind for item in ledger.requests[1]]
    said = f"The next run would send: {_row(kinds[:-1])}, then its own message."
    kept.put((seen, said))
    return said


def _row(kinds: Sequence[str]) -> str:
    return text(", ".join(kinds)) or "nothing"


def _held(held: bool) -> str:
    return "held" if held else "not-held"


def _button(
    state: PageState, label: str, key: str, disabled: bool, do: Callable[..., None], args: tuple[object, ...]
) -> None:
    st.button(label, icon=":material/play_arrow:", key=state.key(key), disabled=disabled, on_click=do, args=args)


def _start(entry: Entry, desk: Desk, failure: "Failure", choice: Choice) -> None:
    from lessons.frame.failure import start_failure
    from lessons.frame.walk import Walk

    _begin(
        entry, lambda: start_failure(Walk(load_lesson(entry.slug), desk, choice.store.name, active_provider()), failure)
    )


def _recover(entry: Entry, desk: Desk, failure: "Failure", went: "Went") -> None:
    from lessons.frame.failure import start_recovery
    from lessons.frame.walk import Walk

    here = Walk(load_lesson(entry.slug), desk, went.record.store, active_provider())
    _begin(entry, lambda: start_recovery(here, failure, went.record))


def _begin(entry: Entry, start: Callable[[], RunningTurn]) -> None:
    """Start the turn, and show its session."""
    state = PageState(entry.slug)
    address.put(row=None, step=None, turn=None)
    with refusal_shown(state):
        turn = start()
        show_session(state, turn.session_id, turn.store)
        give_it_a_moment(turn)
