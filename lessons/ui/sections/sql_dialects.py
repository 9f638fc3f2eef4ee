"""The tables of a SQLAlchemySession in three dialects, side by side."""

import streamlit as st

from lessons.frame.entry import Entry
from lessons.kit.turns.desk import Desk
from lessons.ui.page.session_choice import Choice
from lessons.ui.widgets.markup import text


def draw_dialects(entry: Entry, desk: Desk, choice: Choice) -> None:
    # Compiling brings SQLAlchemy, which the lesson has loaded by now.
    from lessons.kit.stores.sql.dialects import dialects

    with st.container(border=True, key="dialects"):
        st.html(
            '<p class="step-title"><strong>Three dialects side by side</strong></p><p class="look-for">The same two tables, as '
            "SQLAlchemy writes them for each database. What your own tables are, the database itself says in the tab Schema."
            "</p>"
        )
        for column, dialect in zip(st.columns(3, gap="medium"), dialects(), strict=True):
            with column:
                st.html(f"<h3>{text(dialect.label)}</h3>")
                st.code(dialect.statements, language="sql", wrap_lines=True)
                notes = "".join(f"<li>{text(note)}</li>" for note in dialect.notes)
                fault = ""
                if dialect.fault:
                    fault = f'<p class="note">create_tables=True fails here: {text(dialect.fault)}</p>'
                st.html(f'{fault}<ul class="look-for">{notes}</ul>')
