"""The heading of every page. It knows only the course, so it is on the screen before anything heavier is imported."""

from html import escape
from pathlib import Path

import streamlit as st

from lessons.course import index as course
from lessons.ui.projector.view import draw_stage_style, is_on_stage
from lessons.ui.widgets.assets import style_sheet
from lessons.ui.widgets.markup import AsItIs
from lessons.ui.widgets.terms import explained
from lessons.ui.widgets.theme_switch import draw_theme_switch

_OF_ALL, _OF_LESSONS, _OF_OTHERS = (
    style_sheet(Path(__file__).with_name(name)) for name in ("style.css", "bench.css", "around.css")
)
# One element for both: each costs the server a third of a millisecond in every run.
BENCH, AROUND = AsItIs(_OF_ALL + _OF_LESSONS), AsItIs(_OF_ALL + _OF_OTHERS)


def draw_heading(slug: str) -> None:
    """Draw the title and the question of the page of that address; '' is the start page."""
    entry = course.entry(slug or course.START.slug)
    st.empty()  # the first element: lessons/ui/server/waiting_words.py writes there while the page waits to be drawn
    # Constant files: no data goes into them.
    st.html(BENCH if is_lesson(slug) else AROUND)
    if is_lesson(slug) and is_on_stage():
        draw_stage_style()
    question = explained(entry.question, "question")
    title = f'<h1 id="page-title">{escape(entry.title)}</h1>'
    st.html(f'<div class="page-title"><div class="page-head">{title}<p class="question">{question}</p></div></div>')
    draw_theme_switch()


def is_lesson(slug: str) -> bool:
    """Whether the page of that address is a lesson: it takes the whole screen, and has the navigation folded away."""
    return any(slug == lesson.slug for lesson in course.LESSONS)
