"""A double click on Next, Step back or Undo counts once, and so does a key that is held.

A fast server has drawn the page again before the second click: that would run another step, whose question nobody has read, or
remove another message.
"""

import json

import streamlit as st

COUNTED_ONCE = ("next-step", "step-back", "undo-message")
"""The names of these buttons in the keys of a page."""
_ONCE = """
export default function () {
  if (window.doubleClicksCountOnce) return;
  window.doubleClicksCountOnce = true;
  const once = NAMES.map((name) => `[class*="st-key-${name}-"]`).join();
  document.addEventListener("click", (event) => {
    if (event.detail === 2 && event.target.closest?.(once)) event.stopPropagation();
  }, true);
  document.addEventListener("keydown", (event) => {
    const isPress = event.key === "Enter" || event.key === " ";
    if (event.repeat && isPress && event.target.closest?.(once)) event.preventDefault();
  }, true);
}
"""
_JS = _ONCE.replace("NAMES", json.dumps(COUNTED_ONCE))
_COMPONENT = st.components.v2.component("double_click", html="<span hidden></span>\n", js=_JS)


def count_double_clicks_once() -> None:
    """Draw the script, once in a page and out of sight. A key that is pressed again, and a third click, do count."""
    _COMPONENT()
