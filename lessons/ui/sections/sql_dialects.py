"""The tables of a SQLAlchemySession in three dialects, side by side."""

import streamlit as st

from lessons.frame.entry import Entry
from lessons.kit.turns.desk import Desk
from lessons.ui.page.session_choice import Choice
from lessons.ui.widgets.markup import text
from lessons.ui.widgets.terms import explained_html


def draw_dialects(entry: Entry, desk: Desk, choice: Choice) -> None:
    # Compiling imports SQLAlchemy, which the lesson has already loaded.
    from lessons.kit.stores.sql.dialects import dialects

    with st.container(border=True, key="dialects"):
        st.html(
            explained_html(
                '<p class="look-for">The same two tables, as SQLAlchemy writes them for each database. The tool Schema '
                "shows your own tables, as the database itself describes them.</p>",
                "sql-dialects",
            )
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
