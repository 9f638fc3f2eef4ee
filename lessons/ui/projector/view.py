"""The projector view of a lesson, `?view=stage`: no sidebar, large code and rows, and arrow keys for Next and Step back."""

from pathlib import Path

import streamlit as st

from lessons.ui.page import address
from lessons.ui.page.state import STAGE

STYLE = Path(__file__).with_name("stage.css")
VIEW = "stage"

_KEYS = """
export default function () {
  const press = (event) => {
    const at = event.composedPath()[0];
    const isElsewhere = !document.querySelector(".st-key-stage-keys") || event.defaultPrevented;
    if (isElsewhere || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const typing = 'input, textarea, select, [contenteditable="true"]', choosing = '[role="radiogroup"], [role="listbox"]';
    if (at.closest?.(`${typing}, ${choosing}`)) return;
    const name = { ArrowRight: "next-step", PageDown: "next-step", ArrowLeft: "step-back", PageUp: "step-back" }[event.key];
    const button = name && document.querySelector(`[class*="st-key-${name}-"] button`);
    if (!button || button.disabled) return;
    event.preventDefault();
    if (!event.repeat) button.click();
  };
  // Only the newest may listen: Streamlit mounts it again without the clean-up.
  window.stopStageKeys?.();
  window.stopStageKeys = () => document.removeEventListener("keydown", press);
  document.addEventListener("keydown", press);
  document.documentElement.classList.add("stage-keys");  // the style sheet shows the button of the next step
}
"""
_COMPONENT = st.components.v2.component("stage_keys", html="<span hidden></span>\n", js=_KEYS)


def is_on_stage() -> bool:
    """Whether a lesson is shown for a projector: the address asks for it, or the tab has shown another lesson like that."""
    if address.text("view") == VIEW:
        STAGE.put(True)
    elif STAGE.get():
        address.put(view=VIEW)
    return STAGE.get()


def odd_view() -> list[str]:
    """Words for a view in the address that a lesson does not have."""
    asked = address.text("view")
    if not asked or asked == VIEW:
        return []
    return [f"The address names the view {address.cut(asked)!r}, which does not exist. This page shows the usual one."]


def draw_stage_style() -> None:
    """Draw the style sheet. It is a constant file: no data goes into it."""
    st.html(STYLE)


def draw_stage_switch(key: str) -> None:
    """Draw the way to the projector view, or out of it, and listen to the keys in it."""
    on = is_on_stage()
    st.button(
        "Leave" if on else "Projector view",
        icon=":material/close_fullscreen:" if on else ":material/present_to_all:",
        type="tertiary",
        key=key,
        help="Back to the page with all its tools."
        if on
        else "Large code and rows. The arrow keys run the next step and step back.",
        on_click=_switch,
        args=(not on,),
    )
    if on:
        with st.container(key="stage-keys"):
            _COMPONENT()


def _switch(on: bool) -> None:
    STAGE.put(on)
    address.put(view=VIEW if on else None)
