"""The turns of a branch: listed, searched, each with its rows and all that is stored of its usage."""

from typing import Any

import streamlit as st

from lessons.frame.entry import Entry
from lessons.kit.analytics import usage
from lessons.kit.analytics.dataset import check_store
from lessons.kit.analytics.usage import Details, FoundTurn, FoundTurns, Turn
from lessons.kit.problems.counted import counted
from lessons.kit.row_ref import RowRef
from lessons.kit.sdk_version import since
from lessons.kit.stores.sqlite.advanced_store import AdvancedSQLiteStore
from lessons.kit.turns.desk import Desk
from lessons.ui.ledger.row_links import row_link
from lessons.ui.page.session_choice import Choice
from lessons.ui.page.state import Kept, PageState
from lessons.ui.sections.usage_charts import NOTHING, branches_of, choose_branch
from lessons.ui.widgets.markup import text
from lessons.ui.widgets.table import draw_table_files, table_html
from lessons.ui.widgets.terms import explained_html

SEARCH_LIMIT = 100
HEADS = ("turn", "message", "rows", "usage")
FINDS = since(
    (0, 23),
    "words in your messages, not in replies; a and A are the same, ä and Ä are not.",
    before="text in the stored JSON of your messages, not of replies. % stands for any text and _ for any character, "
    "<code>content</code> is in every message, and ä is in none: it is stored as \\u00e4. Since openai-agents 0.23 only "
    "words of the message count.",
)


def draw_turns(entry: Entry, desk: Desk, choice: Choice) -> None:
    with st.container(border=True, key="turns"):
        st.html(
            explained_html(
                '<p class="look-for">A turn begins with a message of the user. '
                f"The search finds what <code>find_turns_by_content</code> finds: {FINDS}</p>",
                "turns",
            )
        )
        store, state = check_store(choice.store), PageState(entry.slug)
        branches = branches_of(store, choice.session_id)
        if not branches:
            st.html(f'<p class="quiet empty">{NOTHING}</p>')
            return
        search_column, branch_column = st.columns(2, vertical_alignment="bottom")
        with branch_column:
            branch = choose_branch(state, "turns-branch", "Branch of the turns", store, choice.session_id, branches)
        asked = search_column.text_input(
            "Search the turns",
            key=state.key("turn-search"),
            max_chars=SEARCH_LIMIT,
            placeholder="weather",
            on_change=state.turn_page.forget,
        )
        _draw_found(store, choice.session_id, branch, asked.strip(), state.turn_page)


def _draw_found(store: AdvancedSQLiteStore, session_id: str, branch: str, search: str, kept: Kept[int | None]) -> None:
    page = kept.get() or 1
    found = store.look(
        ("found", session_id, branch, search, page),
        lambda reader: usage.find_turns(reader, session_id, branch, search, page),
        FoundTurns(),
    )
    none: tuple[Turn, ...] = ()
    turns = store.look(("turns", session_id, branch), lambda reader: usage.read_turns(reader, session_id, branch), none)
    known = {turn.number: turn for turn in turns}
    if not found.turns:
        said = (
            f'No message of a user in this branch contains "{text(search)}".' if search else "No turn in this branch."
        )
        st.html(f'<p class="quiet empty">{said}</p>')
        return
    lines = (
        _line(
            turn,
            RowRef(store.name, session_id, turn.row),
            known.get(turn.number),
            _details(store, session_id, branch, turn),
        )
        for turn in found.turns
    )
    table = table_html("Turns", HEADS, lines, "calls turns")
    st.html(
        f'<p class="caption">{counted(found.found, "turn")}{" found" if search else ""}. A row number marks the row in the '
        f"ledger, if the page of rows has it, and shows its turn.</p>{table}"
    )
    draw_table_files(lambda: table, "turns", kept.key + "-files")
    if found.pages > 1:
        st.pagination(found.pages, key=kept.key, max_visible_pages=5)


def _details(store: AdvancedSQLiteStore, session_id: str, branch: str, turn: FoundTurn) -> Details:
    key = "details", session_id, branch, turn.number
    return store.look(key, lambda reader: usage.read_details(reader, session_id, branch, turn.number), Details())


def _line(turn: FoundTurn, row: RowRef, known: Turn | None, details: Details) -> str:
    cut = "…" if turn.length > len(turn.text) else ""
    kinds = ", ".join(f"{count} {kind}" for kind, count in known.kinds) if known else ""
    return (
        f'<tr><td class="number">{turn.number}</td><td class="said">{text(turn.text)}{cut}</td>'
        f'<td>from {row_link(row)}<p class="quiet">{text(kinds)}</p></td><td>{_usage(known, details)}</td></tr>'
    )


def _usage(known: Turn | None, details: Details) -> str:
    if known is None or known.usage is None:
        return '<span class="quiet">not stored</span>'
    one = known.usage
    lines = [
        f"{name}: {text(_shown(value), 80)}"
        for part, values in (("input", details.input), ("output", details.output))
        for name, value in _flat(part, values)
    ]
    more = f"<details><summary>details</summary>{'<br>'.join(lines)}</details>" if lines else ""
    requests = counted(one.requests, "request")
    return f"{one.input_tokens:,} in, {one.output_tokens:,} out, {requests}{more}"


def _flat(name: str, value: Any) -> list[tuple[str, Any]]:
    """Every value of a JSON tree with the keys that lead to it, whatever they are."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in _flat(f"{name}.{text(key, 40)}", inner)]
    return [] if value is None and "." not in name else [(name, value)]


def _shown(value: Any) -> str:
    return "null" if value is None else str(value)
