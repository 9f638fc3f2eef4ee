"""Brings a tool into view that was just opened, and the result of long work, which is above the fields of its tool.

A page that is loaded starts at its top, also with a tool in its address.
"""

import time

import streamlit as st

from lessons.ui.page import address
from lessons.ui.page.state import PageState

_SCROLL = """
export default function ({ data }) {
  // Streamlit also mounts it again when the colours change: a press brings its tool into view once.
  if (!(Number(data) > (window.toolInView ?? 0))) return;
  window.toolInView = Number(data);
  const show = () => {
    const main = document.querySelector(".stMain"), page = main.getBoundingClientRect();
    const panel = main.querySelector(".st-key-panel"), { top, bottom } = panel.getBoundingClientRect();
    panel.scrollTop = 0;  // the tool before it may have been scrolled down
    const covered = document.querySelector(".stAppHeader").offsetHeight;
    const down = Math.min(bottom + 8 - page.bottom, top - page.top - covered);
    if (down > 0) main.scrollTop += down;  // only this scrolls: scrollIntoView also moves what cannot be scrolled back
  };
  requestAnimationFrame(() => requestAnimationFrame(show));
}
"""
_COMPONENT = st.components.v2.component("tool_into_view", html="<span hidden></span>\n", js=_SCROLL)
_SCROLL_UP = """
export default function ({ data }) {
  if (!(Number(data) > (window.endInView ?? 0))) return;
  window.endInView = Number(data);
  const show = () => {
    const end = document.querySelector(".st-key-ended"), header = document.querySelector(".stAppHeader").offsetHeight;
    for (const [scroller, covered] of [[".st-key-panel", 0], [".stMain", header]]) {
      const frame = document.querySelector(scroller), above = frame.getBoundingClientRect().top + covered + 8;
      frame.scrollTop -= Math.max(above - end.getBoundingClientRect().top, 0);
    }
  };
  requestAnimationFrame(() => requestAnimationFrame(show));
}
"""
_ENDED = st.components.v2.component("end_into_view", html="<span hidden></span>\n", js=_SCROLL_UP)


def bring_end_into_view(asked_at: float) -> None:
    """Bring the container "ended" into view, in which this is called: the button of the work can be far below.

    `asked_at` is when the work was asked for, in seconds of time.monotonic(): each result is brought into view once.
    """
    with st.container(key="end-into-view"):
        _ENDED(data=f"{asked_at:.3f}")


def open_tool(state: PageState, name: str | None) -> None:
    """In a callback: note in the address which tool is open, and that the reader has just asked for it."""
    address.put(tool=name)
    state.tool_opened.put(time.time() if name is not None else 0.0)


def bring_into_view(state: PageState) -> None:
    """Bring the tool into view if the reader has just opened it. Called below the open tool."""
    if state.tool_opened.get():
        with st.container(key="tool-into-view"):
            _COMPONENT(data=f"{state.tool_opened.get():.3f}")
