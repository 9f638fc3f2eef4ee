"""The table of all session types. The source of a cell opens under its words, by mouse and by key."""

import re
from functools import partial

import streamlit as st

from lessons.guides.cell import Column, source_words
from lessons.guides.session_type_table import GROUPS, columns_of
from lessons.guides.session_types import NAMES
from lessons.ui.page.sidebar import SDK_VERSION
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import attribute, text
from lessons.ui.widgets.table import draw_table_files, scroll_region, table_html


def draw_session_type_table() -> None:
    st.html(
        f'<section class="intro"><p>All session types of openai-agents {text(SDK_VERSION)}, the version that is installed. The '
        "first eight store; EncryptedSession and OpenAIResponsesCompactionSession are wrappers around one of them. Open a cell "
        "to see its source: a test with the installed SDK, or the words of the SDK's own code.</p></section>"
    )
    for group in GROUPS:
        table = _table(group, columns_of(group))
        st.html(f"<h2>{text(group)}</h2>{table}")
        draw_table_files(partial(_table, group, columns_of(group)), group, PageState("choose").key(f"files-{group}"))


def _table(group: str, columns: list[Column]) -> str:
    heads = (f'{text(one.name)}<span class="asks">{text(one.asks)}</span>' for one in columns)
    lines = (
        f'<tr><th scope="row">{_broken(name)}</th>{"".join(_cell(name, one) for one in columns)}</tr>' for name in NAMES
    )
    return scroll_region(f"{group}: table", table_html(group, ("Type", *heads), lines, "types"), "types-frame")


def _broken(name: str) -> str:
    """The name of a class, with places where a narrow column may break it."""
    return re.sub("(?<=[a-z])(?=[A-Z][a-z])", "<wbr>", text(name))


def _cell(name: str, one: Column) -> str:
    return (
        f'<td data-label="{attribute(one.name)}"><details><summary>{text(one.cells[name].says)}</summary>'
        f"<p>{text(source_words(name, one))}</p></details></td>"
    )
