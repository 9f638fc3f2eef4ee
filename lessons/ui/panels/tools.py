"""What can be opened next to the ledger: the lesson's own tools, the challenges, and all about one turn and its store.

One tool is open at a time, in one place, and none is drawn before it is chosen.
"""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lessons.course.index import load_lesson
from lessons.frame.entry import Entry
from lessons.kit.models.providers import Provider
from lessons.kit.turns.desk import Desk
from lessons.ui.ledger.model_input import model_input_html
from lessons.ui.ledger.rows_table import all_sessions_html
from lessons.ui.ledger.session_calls import calls_html, result_html
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.ledger.store_tables import draw_tables
from lessons.ui.operate.operate_tool import draw_operate
from lessons.ui.page import address
from lessons.ui.page.challenges import draw_challenges
from lessons.ui.page.into_view import bring_into_view, open_tool
from lessons.ui.page.refusal_box import Parts, add_notice
from lessons.ui.page.session_choice import Choice, not_usable
from lessons.ui.page.state import PageState
from lessons.ui.panels.branch_calls import draw_branch_panel
from lessons.ui.panels.download import draw_downloads
from lessons.ui.panels.key_and_ttl import draw_encryption
from lessons.ui.panels.legend import legend_html
from lessons.ui.panels.opening_code import draw_opening
from lessons.ui.panels.redis_keys import draw_redis_keys
from lessons.ui.panels.script_and_links import draw_script_and_links
from lessons.ui.panels.session_list import draw_switcher
from lessons.ui.panels.session_operations import draw_operations
from lessons.ui.sections.branch_tree import draw_branches
from lessons.ui.sections.connection_pool import draw_pool
from lessons.ui.sections.envelope_taken_apart import draw_envelope
from lessons.ui.sections.goes_wrong import draw_goes_wrong
from lessons.ui.sections.large_data_set import draw_dataset
from lessons.ui.sections.measured_ways import draw_measured_ways
from lessons.ui.sections.own_session_class import draw_session_class
from lessons.ui.sections.sql_dialects import draw_dialects
from lessons.ui.sections.turns import draw_turns
from lessons.ui.sections.usage_charts import draw_usage
from lessons.ui.widgets.markup import plain, text
from lessons.ui.widgets.table import scroll_region

NO_TURN = "No turn yet. Run the first step, or send a message."


@dataclass(frozen=True)
class Shown:
    """What a tool is drawn from."""

    entry: Entry
    desk: Desk
    choice: Choice
    provider: Provider
    rows: ShownRows


Draw = Callable[[Shown], DeltaGenerator | None]
"""Draws a tool. It may raise Refused: the reason is then shown in its place. A tool that has started long work may return
the container in which the work is followed."""


@dataclass(frozen=True)
class Tool:
    """`label` is what its button says."""

    label: str
    draw: Draw


def _of_lesson(draw: Callable[[Entry, Desk, Choice], DeltaGenerator | None]) -> Draw:
    return lambda shown: draw(shown.entry, shown.desk, shown.choice)


def _challenges(shown: Shown) -> None:
    draw_challenges(load_lesson(shown.entry.slug), shown.desk, shown.provider)


def _calls(shown: Shown) -> None:
    record = shown.rows.record
    st.html(_no_turn() if record is None else _whole("calls", calls_html(record) + result_html(record)))


def _model_input(shown: Shown) -> None:
    record = shown.rows.record
    st.html(_no_turn() if record is None else _whole("input", model_input_html(record)))


def _whole(name: str, html: str) -> str:
    """The content of a tool without fields or buttons. The region takes the focus, so that the keys scroll the panel."""
    return scroll_region(f"All of {TOOLS[name].label}", html, "whole")


def _no_turn() -> str:
    return f'<p class="quiet empty">{NO_TURN}</p>'


def _tables(shown: Shown) -> None:
    draw_tables(shown.choice.store, shown.rows)


def _schema(shown: Shown) -> None:
    schema = shown.choice.store.schema()
    if schema:
        st.code(plain(schema), language="sql" if "CREATE" in schema else None, wrap_lines=True)
    else:
        st.html('<p class="quiet empty">No tables yet: a session creates them when it is first opened or used.</p>')
    others = not_usable(shown.entry)
    if others:
        st.html(f'<p class="caption">Stores that cannot be used here. {text(others)}</p>')


def _all_sessions(shown: Shown) -> None:
    rows, session_id = shown.choice.store.newest_rows(), shown.choice.session_id
    if not rows:
        st.html('<p class="quiet empty">Nothing is stored yet.</p>')
        return
    marked = f"The newest {len(rows)} rows of all sessions in this store; those of {session_id} are marked."
    st.html(
        _whole(
            "all_sessions",
            f'{all_sessions_html(shown.choice.store.name, rows, session_id)}<p class="caption">{text(marked)}</p>',
        )
    )


def _legend(shown: Shown) -> None:
    st.html(_whole("legend", legend_html()))


def _download(shown: Shown) -> None:
    draw_downloads(PageState(shown.entry.slug), shown.choice, shown.rows)
    draw_script_and_links(load_lesson(shown.entry.slug))


TOOLS = {
    "encryption": Tool("Key and TTL", _of_lesson(draw_encryption)),
    "opening": Tool("Opened with", _of_lesson(draw_opening)),
    "operations": Tool("Call a method", _of_lesson(draw_operations)),
    "redis_keys": Tool("Redis keys", _of_lesson(draw_redis_keys)),
    "switcher": Tool("Sessions", _of_lesson(draw_switcher)),
    "branch_calls": Tool("Branch calls", _of_lesson(draw_branch_panel)),
    "operate": Tool("Operate", _of_lesson(draw_operate)),
    "goes_wrong": Tool("What goes wrong", _of_lesson(draw_goes_wrong)),
    "envelope": Tool("Envelope", _of_lesson(draw_envelope)),
    "session_class": Tool("Session class", _of_lesson(draw_session_class)),
    "usage": Tool("Usage", _of_lesson(draw_usage)),
    "turns": Tool("Turns", _of_lesson(draw_turns)),
    "branches": Tool("Branches", _of_lesson(draw_branches)),
    "dataset": Tool("Large data set", _of_lesson(draw_dataset)),
    "measured_ways": Tool("Measured ways", _of_lesson(draw_measured_ways)),
    "dialects": Tool("Dialects", _of_lesson(draw_dialects)),
    "pool": Tool("Connections", _of_lesson(draw_pool)),
    "challenges": Tool("Challenges", _challenges),
    "calls": Tool("Session calls", _calls),
    "input": Tool("Model input", _model_input),
    "tables": Tool("Tables", _tables),
    "schema": Tool("Schema", _schema),
    "all_sessions": Tool("All sessions", _all_sessions),
    "script": Tool("Download", _download),
    "legend": Tool("Legend", _legend),
}
"""Every tool, in the order of its button. A lesson names its own in its course entry; the others are on every lesson's page."""
EVERYWHERE = ("challenges", "calls", "input", "tables", "schema", "all_sessions", "script", "legend")


def offered_tools(entry: Entry) -> tuple[str, ...]:
    """The tools of a lesson's page, in the order of their buttons."""
    named = {*entry.panels, *entry.sections, *EVERYWHERE}
    return tuple(name for name in TOOLS if name in named)


def draw_tool_bar(entry: Entry) -> str | None:
    """Draw the buttons of the tools, and return the one that is open. It is in the address too."""
    state, offered = PageState(entry.slug), offered_tools(entry)
    asked = address.text("tool") or ("challenges" if address.text("challenge") else None)
    if not state.tool.exists:
        state.tool.put(asked if asked in offered else None)
        if asked and asked not in offered:
            add_notice(
                state, f"The address names the tool {address.cut(asked)!r}, {_why_not_offered(asked)}. No tool is open."
            )
    opened = st.pills(
        "Open next to the ledger",
        offered,
        format_func=lambda name: TOOLS[name].label,
        key=state.tool.key,
        label_visibility="collapsed",
        wrap=True,  # a press moves the focus to the open one: a scroller would move the others away under the pointer
        on_change=lambda: open_tool(state, state.tool.one_of(offered)),
    )
    return opened if opened in offered else None


def _why_not_offered(asked: str) -> str:
    return "which this lesson does not offer" if asked in TOOLS else "which does not exist"


def draw_tool(name: str, shown: Shown, parts: Parts) -> DeltaGenerator | None:
    """Draw an open tool, with its name as its heading. Returns where its long work is to be followed, if it has any."""
    st.html(f"<h2>{text(TOOLS[name].label)}</h2>")
    followed: list[DeltaGenerator | None] = []
    with parts.part():
        followed.append(TOOLS[name].draw(shown))
    bring_into_view(PageState(shown.entry.slug))
    return followed[0] if followed else None
