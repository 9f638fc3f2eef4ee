"""Files of the shown session: to import, to read, and for a spreadsheet. Each is made when it is asked for."""

import re
from collections.abc import Iterator, Sequence

import streamlit as st

from lessons.kit.life_cycle.shown_session import ShownSession, file_name, rows_as_csv, session_file
from lessons.ui.ledger.ledger_lines import Line, ledger_lines
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.ledger.turn_heads import title_of
from lessons.ui.page.session_choice import Choice
from lessons.ui.page.state import PageState
from lessons.ui.widgets.table import in_markdown

HEADS = ("Chat", "Stored as row", "Returned", "Sent", "Why")


def draw_downloads(state: PageState, choice: Choice, shown: ShownRows) -> None:
    """Draw a button for each file."""
    session_id = choice.session_id
    if not shown.is_read:
        st.html('<p class="quiet">The stored rows cannot be read now, so there is nothing to download.</p>')
        return
    if not shown.page.total:
        st.html('<p class="quiet">The session has no rows yet, so there is nothing to download.</p>')
        return
    source = ShownSession(choice.store, session_id)
    files = (
        ("Session (JSON)", "jsonl", "application/x-ndjson", lambda: session_file(source, session_id)),
        ("Ledger (Markdown)", "md", "text/markdown", lambda: ledger_as_markdown(shown).encode()),
        ("Rows (CSV)", "csv", "text/csv", lambda: rows_as_csv(source, session_id)),
    )
    with st.container(horizontal=True, gap="small", key="downloads"):
        for label, ending, mime, make in files:
            st.download_button(
                label,
                make,
                file_name(session_id, ending),
                mime,
                key=state.key(f"download-{ending}"),
                on_click="ignore",
                icon=":material/download:",
            )
    st.html(
        '<p class="caption">All rows of this session as they are stored. <code>python -m lessons import</code> reads the JSON. '
        "The ledger is the page of it that you see.</p>"
    )


def ledger_as_markdown(shown: ShownRows) -> str:
    """The lines of the ledger, a table for each turn. Nothing in a stored text becomes a heading, a link or HTML."""
    lines = [line for line in ledger_lines(shown) if line["type"] != "more"]
    head = [f"# Ledger of {_cell(shown.session_id)}", *(f"\n{_cell(words)}" for words in _about(shown, lines))]
    return "\n".join([*head, *_turns(lines)]) + "\n"


def _about(shown: ShownRows, lines: Sequence[Line]) -> Iterator[str]:
    """What the table does not say itself: how many of all rows it has, and which turn it explains if that is not in it."""
    rows, total = len(shown.page.rows), shown.page.total
    if rows < total:
        yield f"{rows:,} of {total:,} rows are here."
    if shown.record is not None and not any(map(_is_explained, lines)):
        yield f"{HEADS[2]}, {HEADS[3]} and {HEADS[4]} are about a turn that is not here: {title_of(shown.record)}."


def _is_explained(line: Line) -> bool:
    return line["type"] == "turn" and line.get("look") == "chosen"


def _turns(lines: Sequence[Line]) -> Iterator[str]:
    in_table = False
    for line in lines:
        if line["type"] == "item":
            if not in_table:
                yield from ("", f"| {' | '.join(HEADS)} |", f"|{' --- |' * len(HEADS)}")
            yield f"| {' | '.join(map(_cell, _cells(line)))} |"
        else:
            heading = "## " if line["type"] == "turn" else ""
            yield f"\n{heading}{_cell(line.get('text', ''))}"
            yield from (f"\n{_cell(line[name])}" for name in ("facts", "rest") if line.get(name))
            if _is_explained(line):
                yield f"\n{HEADS[2]}, {HEADS[3]} and {HEADS[4]} are about this turn."
        in_table = line["type"] == "item"


def _cells(line: Line) -> tuple[str, ...]:
    stored = " ".join(line.get(name, "") for name in ("mark", "key", "data", "made", "state", "none"))
    why = ". ".join(filter(None, (line.get("why"), line.get("risk"), line.get("next"))))
    return f"{line['kind']}: {line.get('text', '')}", stored, line.get("returned", ""), line.get("sent", ""), why


def _cell(words: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return in_markdown(re.sub("\ue000([^\ue001]*)\ue001[^\ue002]*\ue002", r"[\1]", words))
