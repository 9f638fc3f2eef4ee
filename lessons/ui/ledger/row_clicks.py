"""Choosing a row or its message with one click marks both, and puts the row into the address.

Stored text is drawn with st.html, which sends no clicks. This component draws nothing: it listens for clicks on the links
to `#row-<id>`, and gives the row's id to the script.
"""

import streamlit as st

from lessons.ui.page import address

_LISTEN = """
export default function ({ setTriggerValue }) {
  // A link that was opened in a tab of its own.
  const linked = location.hash.match(/^#row-([0-9]+)$/);
  if (linked) {
    history.replaceState(null, "", location.pathname + location.search);
    setTriggerValue("row", linked[1]);
  }
  const choose = (event) => {
    const link = event.target.closest?.('a[href^="#row-"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    setTriggerValue("row", link.getAttribute("href").slice(5));
  };
  document.addEventListener("click", choose, true);
  return () => document.removeEventListener("click", choose, true);
}
"""

_COMPONENT = st.components.v2.component("row_choice", html="<span hidden></span>\n", js=_LISTEN)


def draw_row_choice() -> None:
    with st.container(key="row-choice"):
        _COMPONENT(key="row-choice-clicks", on_row_change=_choose)


def _choose() -> None:
    chosen = st.session_state["row-choice-clicks"].row
    if isinstance(chosen, str) and chosen.isascii() and chosen.isdigit():
        address.put(row=None if address.text("row") == chosen else chosen)
