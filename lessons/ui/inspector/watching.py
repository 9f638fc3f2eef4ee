"""Draws the page again when another process has stored or removed something."""

import os
import time
from contextlib import suppress

import streamlit as st

from lessons.kit.inspect.offered import open_offered
from lessons.kit.inspect.stored import CannotRead, Storage, TimeIsUp
from lessons.ui.page.state import PageState

SECONDS = 4
AT_ONCE_SECONDS = 1.0


@st.fragment(run_every=SECONDS)
def watch(state: PageState, chosen: str, session_id: str | None, at: float) -> None:
    """Run the page again once the storage has changed since it was drawn.

    `at` is when this was called first, in seconds of time.monotonic(): in the run that draws the page there is nothing to look
    at again.
    """
    if time.monotonic() - at < AT_ONCE_SECONDS or state.inspected_storage.get() != chosen:
        return
    *of, drawn = state.inspected_mark.get() or (None, None, "")
    if drawn and of == [chosen, session_id] and now(chosen, session_id) not in ("", drawn):
        st.rerun()


def note_as_drawn(state: PageState, storage: Storage, chosen: str, session_id: str | None) -> None:
    """Note the state of the storage that is drawn now. Call it before anything is read."""
    state.inspected_mark.put((chosen, session_id, storage.changed(session_id)))


def now(chosen: str, session_id: str | None) -> str:
    """The mark of its state now; '' if it cannot be read at this moment."""
    with suppress(CannotRead, TimeIsUp):
        storage = open_offered(chosen, os.environ)
        try:
            return storage.changed(session_id)
        finally:
            storage.close()
    return ""
