"""A double click on Next, Step back or Undo counts once, and so does a key that is held.

A fast server has drawn the page again before the second click: that would run another step, whose question nobody has read, or
remove another message.
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
  document.addEventListener("keydown", (event) => {
    const isPress = event.key === "Enter" || event.key === " ";
    if (event.repeat && isPress && event.target.closest?.(once)) event.preventDefault();
  }, true);
}
"""
_COMPONENT = st.components.v2.component("double_click", html="<span hidden></span>\n", js=_ONCE)


def count_double_clicks_once() -> None:
    """Drawn once in a page, out of sight. A key that is pressed again, and a third click, count."""
    _COMPONENT()
