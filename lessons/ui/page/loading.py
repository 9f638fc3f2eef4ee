"""What a page says while the SDK is being loaded, in the first seconds of the server, and how it goes on by itself."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lessons.kit.imports import begin_loading, is_loading, load_sdk

LOOK_SECONDS = 0.3


def wait_for_sdk(place: DeltaGenerator, then: str) -> None:
    """While the SDK is being loaded, say so in `place` and what comes `then`, and draw the page again when it is there."""
    if is_loading():
        place.html(loading(then))
        load_sdk()
        st.rerun()


def loading(then: str) -> str:
    return f'<p class="note" role="status">The SDK is being loaded, as after each start of the server. {then}</p>'


@st.fragment(run_every=LOOK_SECONDS)
def draw_again_when_loaded() -> None:
    """Have the browser ask until the SDK is there. No thread waits in between."""
    begin_loading()
    if not is_loading():
        st.rerun()
