"""The calls on branches, a tool next to the ledger: each says exactly what it would do before it is made."""

import streamlit as st

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.frame.entry import Entry
from lessons.kit.analytics import usage
from lessons.kit.analytics.branch_operations import (
    NAME_LIMIT,
    BranchMethod,
    BranchOperation,
    branch_name,
    check_choice,
    check_deletion,
    check_found,
    check_new_branch,
)
from lessons.kit.analytics.branches import Branch, Copied, in_ranges, read_copied, read_used_names
from lessons.kit.analytics.dataset import check_store
from lessons.kit.analytics.usage import FoundTurns
from lessons.kit.models.providers import active_provider
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.sqlite.advanced_store import MAIN, AdvancedSQLiteStore
from lessons.kit.turns.desk import Desk
from lessons.ui.page import address
from lessons.ui.page.refusal_box import refusal_shown
from lessons.ui.page.session_choice import Choice
from lessons.ui.page.state import PageState
from lessons.ui.sections.usage_charts import branches_of
from lessons.ui.widgets.fields import draw_whole_number, whole
from lessons.ui.widgets.markup import plain, problem_box, text

WHAT: dict[BranchMethod, str] = {
    "create_branch_from_turn": "From a turn",
    "create_branch_from_content": "By content",
    "switch_to_branch": "Switch",
    "delete_branch": "Delete",
}


def draw_branch_panel(entry: Entry, desk: Desk, choice: Choice) -> None:
    state = PageState(entry.slug)
    with st.container(border=True, key="branch-panel"):
        st.segmented_control(
            "Branches of the session",
            tuple(WHAT),
            default="create_branch_from_turn",
            required=True,
            format_func=WHAT.__getitem__,
            key=state.branch_method.key,
        )
        method = state.branch_method.get()
        store = check_store(choice.store)
        branches = branches_of(store, choice.session_id)
        current = store.current_branch(choice.session_id)
        why_not = _nothing_to_do(method, branches, current)
        if why_not:
            st.html(f'<p class="quiet">{why_not}</p>')
            return
        _draw_fields(state, method, branches, current)
        if method == "create_branch_from_content" and not state.branch_content.get():
            st.html('<p class="quiet">Type words of a message to see where the branch would begin.</p>')
            return
        try:
            operation, words = _operation(state, store, choice.session_id)
        except Refused as refused:
            st.html(problem_box(refused.problem))
            return
        st.html(f'<p class="look-for branch-words">{words}</p>')
        st.code(plain(operation.code), language="python", wrap_lines=True)
        st.button(
            "Call it",
            icon=":material/play_arrow:",
            key=state.key("call-branch"),
            disabled=bool(desk.running()),
            on_click=_call,
            args=(entry, desk, choice),
        )


def _nothing_to_do(method: BranchMethod, branches: tuple[Branch, ...], current: str) -> str:
    """Why no call can be made yet; '' when one can be."""
    if not branches:
        return "This session has no turn yet, so there is nothing to branch from."
    if method.startswith("create") and max((one.turns for one in branches if one.name == current), default=0) < 2:
        return (
            "A branch includes the turns before the one you choose. The current branch has fewer than two, so a new one would "
            "be empty: send another message first."
        )
    if not method.startswith("create") and len(branches) < 2:
        return "There is one branch. Make another, from a turn."
    return ""


def _draw_fields(state: PageState, method: BranchMethod, branches: tuple[Branch, ...], current: str) -> None:
    names = [branch.name for branch in branches]
    if method == "create_branch_from_turn":
        last = max(branch.last_turn for branch in branches if branch.name == current)
        turn = state.turn_of_branch(current)
        turn.put(min(turn.get() or 2.0, float(last)))  # turns may have been popped since
        draw_whole_number("Turn of the current branch", turn.key, 1, last)
        state.branch_turn.put(turn.get())
    if method == "create_branch_from_content":
        st.text_input(
            "Words of one of your messages", key=state.branch_content.key, max_chars=200, placeholder="such as: weather"
        )
    if method.startswith("create"):
        st.text_input(
            "Name of the branch",
            key=state.branch_name.key,
            max_chars=NAME_LIMIT,
            placeholder="empty: the SDK makes one",
        )
    else:
        # What can be chosen comes first: main cannot be deleted, and to switch to the current branch does nothing.
        useless = MAIN if method == "delete_branch" else current
        others = sorted(names, key=lambda name: name == useless)
        # Each call has its own field: a branch that was chosen to switch to must not become the one to delete.
        st.selectbox(
            "Branch to switch to" if method == "switch_to_branch" else "Branch to delete",
            others,
            format_func=plain,
            key=state.chosen_branch(method).key,
        )


def _operation(state: PageState, store: AdvancedSQLiteStore, session_id: str) -> tuple[BranchOperation, str]:
    """The call as the fields say now, and what it will do, as HTML. Raises Refused for a call that would be of no use."""
    method, current = state.branch_method.get(), store.current_branch(session_id)
    if method.startswith("create"):
        name = branch_name(state.branch_name.get() or "")
        content = state.branch_content.get() or ""
        turn = (
            whole(state.branch_turn.get(), "Turn")
            if method == "create_branch_from_turn"
            else _first_match(store, session_id, current, content)
        )
        copied = None
        if turn is not None:
            copied = store.look(
                ("copied", session_id, current, turn),
                lambda reader: read_copied(reader, session_id, current, turn),
                None,
            )
        if method == "create_branch_from_content":
            check_found(turn, content, current)
        none: frozenset[str] = frozenset()
        used = store.look(("names", session_id), lambda reader: read_used_names(reader, session_id), none)
        check_new_branch(turn if copied else None, name, used)
        assert copied is not None
        return BranchOperation(method, turn=turn or 0, content=content, name=name), _preview(copied, content, method)
    chosen = state.chosen_branch(method).get() or ""
    branches = {branch.name: branch for branch in branches_of(store, session_id)}
    check_choice(chosen, branches)  # another tab may have deleted it since
    if method == "switch_to_branch":
        words = (
            f"The next run reads the {branches[chosen].rows:,} rows of <strong>{text(chosen, 60)}</strong>, and "
            "stores there. No row changes: only this handle knows which branch is current, and a restart forgets it."
        )
        return BranchOperation(method, name=chosen), words
    check_deletion(chosen)
    branch = branches[chosen]
    forced, alone = chosen == current, branch.rows - _still_used(branch, branches)
    words = (
        f"Deletes the branch <strong>{text(chosen, 60)}</strong> with its usage. {alone:,} of its {branch.rows:,} rows are on "
        "no other branch and are deleted too. This cannot be undone, and the name cannot be used again."
        + (" It is the current branch: force=True switches to main first." if forced else "")
    )
    return BranchOperation(method, name=chosen, force=forced), words


def _still_used(branch: Branch, branches: dict[str, Branch]) -> int:
    """The rows of a branch that other branches have too."""
    shared = sum(segment.rows for segment in branch.shared)
    lent = [
        segment.rows for other in branches.values() if other.name != branch.name
        for segment in other.segments if segment.owner == branch.name
    ]  # fmt: skip
    return shared + max(lent, default=0)


def _first_match(store: AdvancedSQLiteStore, session_id: str, branch: str, content: str) -> int | None:
    if not content:
        return None
    found = store.look(
        ("found", session_id, branch, content, 1),
        lambda reader: usage.find_turns(reader, session_id, branch, content, 1),
        FoundTurns(),
    )
    return found.turns[0].number if found.turns else None


def _preview(copied: Copied, content: str, method: str) -> str:
    found = ""
    if method == "create_branch_from_content":
        found = f"Turn {copied.turn} is the first whose message contains “{text(content, 60)}”. "
    turns = "turn 1" if copied.turn == 2 else f"turns 1–{copied.turn - 1}"
    rows = f"rows {in_ranges(copied.rows)}" if len(copied.rows) > 1 else f"row {in_ranges(copied.rows)}"
    return (
        f"{found}The branch begins with {turns} of {text(copied.branch, 60)}: {rows}, the same rows and no copies. "
        f"Turn {copied.turn} (“{text(copied.text)}”) and what follows are <strong>not</strong> in it: "
        f"{len(copied.left):,} rows of {text(copied.branch, 60)}. Usage is not included. The session "
        "switches to the new branch."
    )


def _call(entry: Entry, desk: Desk, choice: Choice) -> None:
    address.put(row=None, step=None)
    state = PageState(entry.slug)
    with refusal_shown(state):
        # A typed text and the click can arrive together: the fields are read now, since the drawn call can be an older one.
        operation, _ = _operation(state, check_store(choice.store), choice.session_id)
        here = walk.Walk(load_lesson(entry.slug), desk, choice.store.name, active_provider())
        walk.start_operation(here, operation, choice.session_id)
        state.branch_name.put("")  # a name cannot be used twice
