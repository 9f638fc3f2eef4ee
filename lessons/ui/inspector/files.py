"""One of your own sessions as files: an anonymous fixture, and a page to print."""

from typing import TYPE_CHECKING

import streamlit as st

from lessons.kit.inspect.stored import CannotRead
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import text
from lessons.ui.widgets.terms import explained

if TYPE_CHECKING:
    from lessons.kit.inspect.browse import Picture
    from lessons.kit.inspect.dry_run import Settings

WORDS = (
    "A fixture has the same findings and the same next run, and no word of the original: ids, arguments and tool names "
    "are replaced too. Times and the number of rows stay. The page of HTML holds the session as it is."
)


def draw_files(state: PageState, picture: "Picture", settings: "Settings") -> None:
    from lessons.kit.inspect.taking_away.fixture_file import fixture_of
    from lessons.kit.inspect.taking_away.printed_page import printed_page
    from lessons.kit.life_cycle.shown_session import file_name

    st.html(f'<p class="quiet">{explained(WORDS, "files")}</p>')
    keeps = st.checkbox("Keep the names of tools", key=state.key("inspect-keep-names"))
    with st.container(horizontal=True):
        try:
            made = fixture_of(picture.case.stored, settings, keeps)
        except CannotRead as error:
            st.html(f'<p class="note" role="status">{text(str(error))}</p>')
        else:
            _button(state, "Fixture as .sql", made.as_sql(), "fixture.sql", "application/sql")
            _button(state, "Fixture as .json", made.as_json(), "fixture.json", "application/json")
        _button(state, "Page to print", printed_page(picture), file_name(picture.head.session_id, "html"), "text/html")


def _button(state: PageState, label: str, data: str, name: str, kind: str) -> None:
    key = state.key(f"inspect-file-{name[-4:]}")
    st.download_button(
        label, data.encode("utf-8", "replace"), name, kind, icon=":material/download:", key=key, on_click="ignore"
    )
