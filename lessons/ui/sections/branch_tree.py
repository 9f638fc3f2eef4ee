"""The branches of a session as a tree in which shared rows are drawn once, and two branches side by side."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from lessons.frame.entry import Entry
from lessons.kit.analytics.branches import Branch, Cell, RowMark, Segment, TurnOfTree, in_ranges, read_tree
from lessons.kit.analytics.branches_side_by_side import Side, SideBySide, TailRow, TailTurn, read_side_by_side
from lessons.kit.analytics.dataset import check_store
from lessons.kit.problems.counted import counted
from lessons.kit.row_ref import RowRef
from lessons.kit.stores.sqlite.advanced_store import MAIN, AdvancedSQLiteStore
from lessons.kit.turns.desk import Desk
from lessons.ui.ledger.row_links import row_link
from lessons.ui.page.session_choice import Choice
from lessons.ui.page.state import Kept, PageState
from lessons.ui.sections.usage_charts import NOTHING, branches_of
from lessons.ui.widgets.item_kinds import badge
from lessons.ui.widgets.markup import attribute, plain, text
from lessons.ui.widgets.table import scroll_region, table_html
from lessons.ui.widgets.terms import explained_html

LANES = 8
TURNS = 12
ROWS = 12
"""The most rows of one turn that are drawn."""
OTHER_SESSIONS = 30
COLOURS = ("#4c6ef5", "#e8590c", "#2f9e44", "#ae3ec9", "#0c8599", "#d6336c", "#868e96", "#f08c00")


def draw_branches(entry: Entry, desk: Desk, choice: Choice) -> None:
    with st.container(border=True, key="branch-tree"):
        st.html(
            explained_html(
                '<p class="look-for">Drawn from '
                "<code>message_structure</code>. A branch does not copy rows: it refers to the same ones. So what two branches "
                "share is drawn once, over both lanes.</p>",
                "branch-tree",
            )
        )
        store, state = check_store(choice.store), PageState(entry.slug)
        branches = branches_of(store, choice.session_id)
        if not branches:
            st.html(f'<p class="quiet empty">{NOTHING}</p>')
            return
        current = store.current_branch(choice.session_id)
        view = st.segmented_control(
            "View of the branches",
            ("Overview", "Row by row", "Side by side"),
            default="Overview",
            required=True,
            key=state.key("branch-view"),
            label_visibility="collapsed",
        )
        if view == "Overview":
            st.html(_overview(branches, current))
        elif view == "Row by row":
            _draw_rows(store, choice.session_id, branches, current, state.tree_page)
        else:
            _draw_side_by_side(store, choice.session_id, branches, state)


def _overview(branches: Sequence[Branch], current: str) -> str:
    longest = max(branch.last_turn for branch in branches) or 1
    colours = {branch.name: COLOURS[number % len(COLOURS)] for number, branch in enumerate(branches)}
    lines = "".join(_lane(branch, current, longest, colours) for branch in branches)
    note = ""
    if current not in {branch.name for branch in branches}:
        said = f"The current branch is {current}. It has no rows, so list_branches() does not list it."
        note = f'<p class="note">{text(said)}</p>'
    return f'<ol class="lanes" aria-label="Branches">{lines}</ol>{note}'


def _lane(branch: Branch, current: str, longest: int, colours: dict[str, str]) -> str:
    bars = "".join(
        f'<i style="left:{100 * max(0, segment.first_turn - 1) / longest:.2f}%;'
        f"width:{100 * (segment.last_turn - max(0, segment.first_turn - 1)) / longest:.2f}%;"
        f'--lane:{colours.get(segment.owner, "#868e96")}" class="{"own" if segment.owner == branch.name else "shared"}" '
        f'title="{attribute(_segment(branch, segment))}"><span>{text(segment.owner, 24)}</span></i>'
        for segment in branch.segments
    )
    mark = ' <span class="held">current</span>' if branch.name == current else ""
    return (
        f'<li><p><strong>{text(branch.name, 60)}</strong>{mark} <span class="quiet">{counted(branch.turns, "turn")}, '
        f'{branch.rows:,} rows, made {text(branch.created_at[11:19])} UTC</span></p><div class="lane" aria-hidden="true">{bars}'
        f'</div><p class="caption">{"; ".join(text(_segment(branch, segment)) for segment in branch.segments)}.</p></li>'
    )


def _segment(branch: Branch, segment: Segment) -> str:
    turns = f"turn {segment.first_turn}"
    if segment.first_turn != segment.last_turn:
        turns = f"turns {segment.first_turn}–{segment.last_turn}"
    rows = (
        f"row {segment.first_row}"
        if segment.rows == 1
        else f"{segment.rows:,} rows from {segment.first_row} to {segment.last_row}"
    )
    whose = "its own" if segment.owner == branch.name else f"the same rows as in {segment.owner}"
    return f"{turns}: {whose}, {rows}"


def _draw_rows(
    store: AdvancedSQLiteStore, session_id: str, branches: Sequence[Branch], current: str, kept: Kept[int | None]
) -> None:
    lanes = [branch.name for branch in branches[:LANES]]
    longest = max(branch.last_turn for branch in branches)
    pages = max(1, -(-longest // TURNS))
    page = min(kept.get() or 1, pages)
    first, last = (page - 1) * TURNS + (page > 1), page * TURNS
    first = 0 if page == 1 else first
    none: tuple[TurnOfTree, ...] = ()
    turns = store.look(
        ("tree", session_id, tuple(lanes), first, last),
        lambda reader: read_tree(reader, session_id, lanes, first, last),
        none,
    )
    st.html(_tree(turns, lanes, current, partial(RowRef, store.name, session_id)))
    if pages > 1:
        st.pagination(pages, key=kept.key, max_visible_pages=7)
    notes = [f"Turns {max(1, first)}–{min(last, longest)} of {longest:,}."] if pages > 1 else []
    if len(branches) > LANES:
        notes.append(f"The first {LANES} of {len(branches)} branches have a lane.")
    if notes:
        st.html(f'<p class="caption">{text(" ".join(notes))}</p>')


def _tree(turns: Sequence[TurnOfTree], lanes: Sequence[str], current: str, ref: Callable[[int], RowRef]) -> str:
    heads = [f"{text(name, 40)}{' (current)' if name == current else ''}" for name in lanes]
    lines = (
        f'<tr><th scope="row">{turn.number}</th>{"".join(_cell(cell, lanes, ref) for cell in turn.cells)}</tr>'
        for turn in turns
    )
    table = table_html("Rows of the branches", ("turn", *heads), lines, "tree")
    return scroll_region("Rows of the branches", table, "tree-scroll")


def _cell(cell: Cell, lanes: Sequence[str], ref: Callable[[int], RowRef]) -> str:
    if not cell.rows:
        return '<td class="none"><span class="unseen">no row</span></td>'
    span = f' colspan="{cell.span}" class="shared"' if cell.span > 1 else ""
    names = ", ".join(lanes[cell.lane : cell.lane + cell.span])
    whose = f"all {cell.span} branches" if cell.span == len(lanes) > 2 else text(names, 120)
    shared = f'<p class="sharers">the same rows in {whose}</p>' if cell.span > 1 else ""
    rows = "".join(_row(row, ref(row.key)) for row in cell.rows[:ROWS])
    more = f" and {len(cell.rows) - ROWS} more" if len(cell.rows) > ROWS else ""
    said = f'<p class="said">{text(cell.text)}</p>' if cell.text else ""
    return f'<td{span}>{said}<p class="row-marks">{rows}{more}</p>{shared}</td>'


def _row(row: RowMark, ref: RowRef) -> str:
    also = f' <span class="quiet">also in {text(", ".join(row.also_in), 60)}</span>' if row.also_in else ""
    return f'<span class="row-mark">{badge(row.kind)}{row_link(ref, str(row.key))}{also}</span>'


def _draw_side_by_side(
    store: AdvancedSQLiteStore, session_id: str, branches: Sequence[Branch], state: PageState
) -> None:
    kept = state.side_by_side_page
    sides = [Side(session_id, branch.name) for branch in branches]
    others = [Side(name, MAIN) for name in store.session_ids(OTHER_SESSIONS) if name != session_id]
    if len(sides) + len(others) < 2:
        st.html(
            '<p class="quiet empty">There is one branch. Make another with the tool Branch calls, and come back.</p>'
        )
        return
    names = {side: _side(side, session_id) for side in (*sides, *others)}

    def called(side: Side) -> str:
        return plain(names[side])

    one, two = st.columns(2)
    left = one.selectbox(
        "One branch",
        sides,
        format_func=called,
        key=state.key(f"left-{session_id}"),
        on_change=kept.forget,
    )
    rest = [side for side in (*sides, *others) if side != left]
    right = two.selectbox(
        "The other", rest, format_func=called, key=state.key(f"right-{session_id}"), on_change=kept.forget,
        help="A branch of this session, or main of another session: a copy made with add_items has its own rows.",
    )  # fmt: skip
    page = kept.get() or 1
    found = store.look(
        ("side by side", left, right, page), lambda reader: read_side_by_side(reader, left, right, page), None
    )
    if found is None:
        return
    links = [
        partial(_linked, store=store.name, session_id=side.session_id, elsewhere=side.session_id != session_id)
        for side in (left, right)
    ]
    st.html(_side_by_side(found, (names[left], names[right]), links))
    if found.pages > 1:
        st.pagination(found.pages, key=kept.key, max_visible_pages=7)


def _side(side: Side, session_id: str) -> str:
    return side.branch if side.session_id == session_id else f"session {side.session_id}, {side.branch}"


def _linked(key: int, store: str, session_id: str, elsewhere: bool) -> str:
    return row_link(RowRef(store, session_id, key), str(key), elsewhere=elsewhere)


def _side_by_side(found: SideBySide, names: tuple[str, str], links: Sequence[Callable[[int], str]]) -> str:
    """`links` make the link to a row of the left and of the right side, from its key."""
    if not found.common:
        common = "They have no beginning in common."
    elif found.same:
        common = (
            f"Shared, and stored once: {len(found.common):,} rows, {in_ranges([ours for ours, _ in found.common])}. These are "
            "the very same rows in both."
        )
    else:
        ours, theirs = (in_ranges([pair[number] for pair in found.common]) for number in (0, 1))
        common = (
            f"Begin alike, and stored twice: {len(found.common):,} rows with the same contents, {ours} here and {theirs} "
            "there. A copy has its own rows."
        )
    if not found.turns:
        return f'<p class="common">{text(common)} Neither goes on.</p>'
    tails = [
        f"{text(name, 60)} <span class='quiet'>{rows:,} rows after that</span>"
        for name, rows in zip(names, (found.left_rows, found.right_rows), strict=True)
    ]
    lines = (_turn(turn, links) for turn in found.turns)
    return f'<p class="common">{text(common)}</p>{table_html("Two branches", ("turn", *tails), lines, "side-by-side")}'


def _turn(turn: TailTurn, links: Sequence[Callable[[int], str]]) -> str:
    sides = zip((turn.left, turn.right), links, strict=True)
    cells = "".join(f"<td>{''.join(_row_of_side(row, link) for row in rows) or _ENDED}</td>" for rows, link in sides)
    return f'<tr><th scope="row">{turn.number}</th>{cells}</tr>'


_ENDED = '<span class="quiet">no such turn</span>'


def _row_of_side(row: TailRow, link: Callable[[int], str]) -> str:
    return f"<p>{badge(row.kind)}{link(row.key)} <span>{text(row.text)}</span></p>"
