"""Compares a session row by row: with itself under other settings, with another session, and with a model's answers now."""

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from lessons.kit.environment import OTHER_PYTHON
from lessons.kit.inspect.running.page_work import PageWork
from lessons.kit.inspect.stored import CLASSES, CannotRead
from lessons.kit.models.providers import active_provider, read_provider
from lessons.kit.problems.counted import counted
from lessons.kit.visitors.rate_limit import count_turn
from lessons.ui.inspector.long_work import begin, result_of
from lessons.ui.page import address
from lessons.ui.page.state import PageState
from lessons.ui.widgets.item_kinds import badge
from lessons.ui.widgets.markup import text
from lessons.ui.widgets.table import scroll_region, table_html

if TYPE_CHECKING:
    from lessons.kit.inspect.browse import Picture
    from lessons.kit.inspect.comparing.replay import Replay
    from lessons.kit.inspect.comparing.sessions import Comparison, Side
    from lessons.kit.inspect.comparing.settings import Difference
    from lessons.kit.inspect.dry_run import Settings
    from lessons.kit.inspect.stored import Storage

ROWS = 200
WAYS = ("Other settings", "Another session", "Send again")
CALLBACKS = ("none", "one that changes nothing")
APIS = ("Responses", "Chat Completions")


def draw_comparing(state: PageState, storage: "Storage", picture: "Picture", settings: "Settings") -> None:
    way = st.segmented_control(
        "Compare with",
        WAYS,
        default=WAYS[0],
        key=state.key("inspect-compare"),
        label_visibility="collapsed",
        required=True,
    )
    try:
        if way == WAYS[1]:
            _draw_sessions(state, storage, picture, settings)
        elif way == WAYS[2]:
            _draw_replay(state, picture, settings)
        else:
            _draw_settings(state, storage, picture, settings)
    except CannotRead as error:
        st.html(f'<p class="note" role="status">{text(str(error))}</p>')


def _draw_settings(state: PageState, storage: "Storage", picture: "Picture", settings: "Settings") -> None:
    from lessons.kit.inspect.comparing.settings import branches_of, what_if
    from lessons.kit.inspect.wanted import check_class

    first, second, third = st.columns(3)
    limit = first.number_input(
        "Another limit", 0, 100_000, None, key=state.key("inspect-other-limit"), placeholder="the same"
    )
    no_limit = (
        first.checkbox("No limit", key=state.key("inspect-other-no-limit")) if settings.limit is not None else False
    )
    class_name = second.selectbox(
        "Another session class", CLASSES, index=None, key=state.key("inspect-other-class"), placeholder="the same"
    )
    api = third.selectbox("Another API", APIS, index=None, key=state.key("inspect-other-api"), placeholder="the same")
    callback = first.selectbox(
        "session_input_callback", CALLBACKS, index=None, key=state.key("inspect-other-callback"), placeholder="the same"
    )
    branches = branches_of(picture.case.stored)
    branch = None
    if len(branches) > 1:
        branch = second.selectbox(
            "Another branch", branches, index=None, key=state.key("inspect-other-branch"), placeholder="the same"
        )
    python = os.environ.get(OTHER_PYTHON, "")
    elsewhere = bool(python) and third.checkbox("The other version of the SDK", key=state.key("inspect-other-sdk"))
    other = replace(
        settings,
        limit=None if no_limit else settings.limit if limit is None else limit,
        class_name=next((name for name in CLASSES if name == class_name), settings.class_name),
        api="Chat Completions" if (api or settings.api) == APIS[1] else "Responses",
        callback=settings.callback if callback is None else callback == CALLBACKS[1],
        branch=branch or settings.branch,
    )
    if other == settings and not elsewhere:
        st.html('<p class="quiet">Choose what should differ.</p>')
        return
    check_class(storage, other)
    stored = picture.case.stored
    of = (picture.head, len(picture.rows), picture.rows[-1:], settings, other, elsewhere)
    kept = state.inspected_compared
    if kept.get() is None or kept.get().of != of:

        def compare(work: PageWork) -> "Difference":
            work.advance(0.3, "The two dry runs are made")
            return what_if(stored, settings, other, python if elsewhere else "", stopped=work.stopped.is_set)

        begin(kept, of, compare)
    found = result_of(state, kept, of, "compared")
    if found is not None:
        st.html(_difference_html(found))


def _difference_html(found: "Difference") -> str:
    first, second = found.first, found.second
    gone, new = (text(", ".join(codes)) or "none" for codes in (found.codes_gone, found.codes_new))
    versions = f" openai-agents {first.sdk} and {second.sdk}." if first.sdk != second.sdk else ""
    order = " The order of the rows differs too." if first.order != second.order else ""
    said = (
        f'<p class="caption" role="status">{counted(len(found.rows), "row differs", "rows differ")}: {first.sent:,} of '
        f"{len(first.rows):,} rows are sent as chosen above, {second.sent:,} with the other settings.{order}{versions} "
        f"Findings that go: {gone}. Findings that come: {new}.</p>"
    )
    for where, side in (("as chosen above", first), ("with the other settings", second)):
        if side.raises:
            said += f'<p class="note">A run {where} fails: {text(side.raises, 300)}.</p>'
    heads = ("Row", "As chosen above", "With the other settings")
    lines = [(f"row {one.key}", text(one.first), text(one.second)) for one in found.rows]
    return said + _table(heads, lines)


def _draw_sessions(state: PageState, storage: "Storage", picture: "Picture", settings: "Settings") -> None:
    from lessons.kit.inspect.browse import open_session
    from lessons.kit.inspect.comparing.sessions import compare_sessions

    other = st.text_input(
        "Id of the other session",
        key=state.key("inspect-other-session"),
        max_chars=300,
        placeholder="as the list shows it",
    ).strip()
    if not other:
        st.html('<p class="quiet">The two are compared item by item, ids aside.</p>')
        return
    stored = open_session(storage, other, None, settings).case.stored
    found = compare_sessions(picture.case.stored, stored, settings)
    st.html(_comparison_html(found, "This session", text(other, 60)))


def _draw_replay(state: PageState, picture: "Picture", settings: "Settings") -> None:
    from lessons.kit.inspect.comparing.replay import MESSAGES, replay

    offline = read_provider({"SESSIONS_OFFLINE_SECONDS_PER_WORD": "0"})
    providers = {one.label: one for one in (offline, active_provider())}
    chosen = st.selectbox("Model", list(providers), key=state.key("inspect-replay-model"))
    st.html(
        f'<p class="quiet">The messages of the user, at most {MESSAGES}, are sent again, one run for each, into a session in '
        "memory. The agent has no tools and no instructions: those of your application are stored nowhere. "
        + ("" if providers[chosen].is_offline else "This sends the text of the session to that service. ")
        + "Nothing in your storage changes.</p>"
    )
    stored, of = picture.case.stored, (picture.head, settings, chosen)
    if st.button("Send again", icon=":material/replay:", key=state.key("inspect-replay")):
        visitor = address.visitor()

        def send(work: PageWork) -> "Replay":
            # Each is a turn of this visitor: the limits that guard the key of a hosted model are the same.
            return replay(
                stored,
                settings,
                providers[chosen],
                before_each=lambda: count_turn(visitor),
                told=lambda asked, count: work.advance(asked / count, f"{asked} of {counted(count, 'message')} sent"),
                stopped=work.stopped.is_set,
            )

        begin(state.inspected_replay, of, send)
    found = result_of(state, state.inspected_replay, of, "replay")
    if found is None:
        return
    ended = f" It ended with: {text(found.raised, 300)}" if found.raised else ""
    st.html(
        f'<p class="caption" role="status">{found.asked} of {counted(found.messages, "message")} sent to '
        f"{text(found.model)}.{ended}</p>" + _comparison_html(found.comparison, "Stored", "Now")
    )


def _comparison_html(found: "Comparison", first: str, second: str) -> str:
    whole = "" if found.is_whole else " Only a part of the rows was compared."
    said = (
        f'<p class="caption" role="status">{counted(found.same, "row")} the same, ids aside; '
        f"{counted(len(found.rows), 'position differs', 'positions differ')}.{whole}</p>"
    )
    return said + _table((first, second), [(_side(one.first), _side(one.second)) for one in found.rows])


def _side(one: "Side | None") -> str:
    if one is None:
        return '<span class="quiet">no row</span>'
    where = f'<span class="length">row {one.key}</span> ' if one.key is not None else ""
    is_in_text = one.item.text.startswith(one.item.name or "")  # as the text of a call is
    name = "" if is_in_text else f"{text(one.item.name, 60)} "
    return f"{where}{badge(one.item.kind)} {name}{text(one.item.text, 300)}"


def _table(heads: tuple[str, ...], lines: Sequence[tuple[str, ...]]) -> str:
    if not lines:
        return ""
    shown = ("".join(["<tr>", *(f"<td>{cell}</td>" for cell in line), "</tr>"]) for line in lines[:ROWS])
    cut = f'<p class="caption">The first {ROWS} of {len(lines):,} are shown.</p>' if len(lines) > ROWS else ""
    return scroll_region("Differences", table_html("Differences", heads, shown, "calls ways texts"), "wide") + cut
