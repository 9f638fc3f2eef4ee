"""A double click on Next, Step back or Undo counts once.

Each does something else at its second press: a fast server has drawn the page again by then, and a second step would run before
its question is read, or a second message be removed.
"""

import streamlit as st

_ONCE = """
export default function () {
  if (window.doubleClicksCountOnce) return;
  window.doubleClicksCountOnce = true;
  const once = ["next-step", "step-back", "undo-message"].map((name) => `[class*="st-key-${name}-"]`).join();
  document.addEventListener("click", (event) => {
    if (event.detail === 2 && event.target.closest?.(once)) event.stopPropagation();
  }, true);
}
"""
_COMPONENT = st.components.v2.component("double_click", html="<span hidden></span>\n", js=_ONCE)


def count_double_clicks_once() -> None:
    """Drawn once in a page, out of sight. A key that is pressed twice, and a third click, count."""
    _COMPONENT()
