"""Draws the page again when another process has stored or removed something."""

import os
import time
from contextlib import suppress

import streamlit as st

from lessons.kit.inspect.offered import open_offered
from lessons.kit.inspect.stored import CannotRead, TimeIsUp
from lessons.ui.page.state import PageState

SECONDS = 4
AT_ONCE_SECONDS = 1.0


@st.fragment(run_every=SECONDS)
def watch(state: PageState, chosen: str, session_id: str | None, drawn: str, at: float) -> None:
    """Run the page again once the storage has changed.

    `drawn` is the mark of its state when the page was drawn; '' if the storage does not tell when it changes. `at` is when that
    was, in seconds of time.monotonic(): in the run that draws the page there is nothing to look at again.
    """
    if time.monotonic() - at < AT_ONCE_SECONDS:
        return
    if drawn and state.inspected_storage.get() == chosen and now(chosen, session_id) not in ("", drawn):
        st.rerun()


def now(chosen: str, session_id: str | None) -> str:
    """The mark of its state now; '' if it cannot be read at this moment."""
    with suppress(CannotRead, TimeIsUp):
        storage = open_offered(chosen, os.environ)
        try:
            return storage.changed(session_id)
        finally:
            storage.close()
    return ""
