"""The dry run of a session with more rows than are read at once, with its progress, and buttons that start and stop it."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from lessons.ui.inspector.long_work import tab_is_open
from lessons.ui.page import address
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import text

if TYPE_CHECKING:
    from lessons.kit.inspect.browse import Picture
    from lessons.kit.inspect.dry_run import Settings
    from lessons.kit.inspect.stored import Storage


def of_all_rows(state: PageState, session_id: str, settings: "Settings") -> "Picture | None":
    """The picture of all rows, if it was made for this session and these settings; None otherwise."""
    run = state.inspected_whole.get()
    if run is None:
        return None
    name, of_session, messages, of_settings = run.of
    asked = (address.text("storage"), session_id, address.text("table") or messages, settings)
    if (name, of_session, messages, of_settings) != asked:
        if not run.is_over:
            run.stop()
        state.inspected_whole.forget()
        return None
    made: Picture | None = run.picture
    return made


def draw_all_rows(state: PageState, storage: "Storage", picture: "Picture", settings: "Settings") -> None:
    """A button that starts it; then its progress, with a button that stops it."""
    from lessons.kit.inspect.running.whole_session import is_room

    run = state.inspected_whole.get()
    if run is not None and not run.is_over:
        _draw_progress(state, run)
        return
    if run is not None and run.failed:
        st.html(f'<p class="note" role="status">{text(run.failed)}</p>')
    free = is_room()
    busy = "" if free else " Other dry runs are being made. Come back in a minute."
    with st.container(horizontal=True, vertical_alignment="center", key=state.key("inspect-whole-bar")):
        st.button(
            "Dry run of all rows",
            icon=":material/play_arrow:",
            key=state.key("inspect-whole"),
            disabled=not free,
            on_click=_start,
            args=(state, picture, settings),
        )
        st.html(
            f'<p class="quiet">Above are the newest {len(picture.rows):,} rows. A run of all rows takes seconds for each '
            f"10,000, and can be stopped.{busy}</p>"
        )


def _start(state: PageState, picture: "Picture", settings: "Settings") -> None:
    from lessons.kit.inspect.running.whole_session import start_whole_run

    head = picture.head
    name = address.text("storage") or ""
    run = start_whole_run(name, head.session_id, head.pair.messages, settings, tab_is_open())
    if run is not None:
        state.inspected_whole.put(run)


@st.fragment(run_every=1)
def _draw_progress(state: PageState, run: Any) -> None:
    from lessons.kit.inspect.running.whole_session import STEPS

    if run.is_over:
        st.rerun()
    st.progress((run.step + 1) / len(STEPS), f"{STEPS[run.step]}: {run.seconds:.0f} s")
    st.button("Stop", icon=":material/stop:", key=state.key("inspect-whole-stop"), on_click=run.stop)
