"""What can be taken from a lesson page next to its rows: the lesson as a script, and its address."""

import streamlit as st

from lessons.frame.lesson import Lesson
from lessons.frame.script import as_script
from lessons.ui.page import address
from lessons.ui.page.state import PageState


def draw_script_and_links(lesson: Lesson) -> None:
    state = PageState(lesson.slug)
    with st.container(horizontal=True, gap="small", key="more"):
        with st.popover("The lesson as a script", icon=":material/code:", key=state.key("script")):
            _draw_script(lesson)
        with st.popover("Links", icon=":material/link:", key=state.key("links")):
            _draw_links(lesson)


def _draw_script(lesson: Lesson) -> None:
    script = as_script(lesson)
    st.html(
        '<p class="look-for">Ordinary SDK code, the same that ran here. It needs a model key, and the packages that its first '
        "lines name.</p>"
    )
    st.download_button(
        "Download the script",
        script,
        file_name=f"{lesson.slug}_sessions.py",
        mime="text/x-python",
        icon=":material/download:",
        on_click="ignore",
    )
    st.code(script, language="python", wrap_lines=True)


def _draw_links(lesson: Lesson) -> None:
    st.html('<p class="look-for"><strong>To share.</strong> Opens this lesson and step with new, empty tables.</p>')
    st.code(_link(lesson, private=False), language=None, wrap_lines=True)
    st.html(
        '<p class="look-for"><strong>Only for you.</strong> Opens this page with your rows. Anyone with this link can read and '
        "change them.</p>"
    )
    st.code(_link(lesson, private=True), language=None, wrap_lines=True)


def _link(lesson: Lesson, private: bool) -> str:
    left_out = () if private else ("visitor",)
    root = (st.context.url or "").partition("?")[0].rsplit("/", 1)[0]
    return (
        f"{root}/{lesson.slug}{address.query(**dict.fromkeys(left_out), row=address.text('row') if private else None)}"
    )
