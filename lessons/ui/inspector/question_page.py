"""Six questions about all sessions: each as a table, a chart and a file for a spreadsheet."""

from typing import TYPE_CHECKING

import streamlit as st

from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import blank, text
from lessons.ui.widgets.table import scroll_region, table_html

if TYPE_CHECKING:
    from lessons.kit.inspect.stored import Storage

BARS = 12


def draw_questions(state: PageState, storage: "Storage") -> None:
    from lessons.kit.inspect.questions import NEWEST, QUESTIONS, answer
    from lessons.kit.life_cycle.shown_session import as_csv

    question = st.selectbox("Question", list(QUESTIONS), key=state.key("inspect-question"))
    found = answer(storage, question)
    of = f"all {found.items:,} items" if found.is_whole else f"the newest {NEWEST:,} items of each pair of tables"
    if not found.rows:
        st.html(f'<p class="quiet empty" role="status">Nothing in {of} answers this.</p>')
        return
    st.html(f'<p class="caption" role="status">From {of}.</p>')
    left, right = st.columns(2)
    with left:
        lines = ("".join(["<tr>", *map(_cell, row), "</tr>"]) for row in found.rows)
        st.html(scroll_region(question, table_html(question, found.columns, lines, "calls turns"), "wide answers"))
        cells = ([str(cell) for cell in row] for row in found.rows)
        st.download_button(
            "CSV",
            as_csv(found.columns, cells),
            "answer.csv",
            "text/csv",
            icon=":material/download:",
            key=state.key("inspect-csv"),
            on_click="ignore",
        )
    with right:
        from lessons.ui.widgets.charts import draw_ranking

        name, number = found.columns[0], found.columns[-1]
        bars = [{"name": blank(str(row[0])) or str(row[0])[:60], "value": row[-1]} for row in found.rows[:BARS]]
        told = ", ".join(f"{bar['name']} {bar['value']}" for bar in bars[:5])
        draw_ranking(bars, "value", name, number, f"{question} {told}")


def _cell(value: str | int) -> str:
    return (
        f'<td class="number">{value:,}</td>'
        if isinstance(value, int)
        else f"<td>{blank(str(value)) or text(value, 80)}</td>"
    )
