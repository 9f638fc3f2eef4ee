"""The start page: what a session is, in one picture of the cycle, and the course."""

import streamlit as st

from lessons.course.index import GUIDES, LESSONS
from lessons.frame.entry import Entry
from lessons.kit.models.providers import active_provider
from lessons.ui.page import address
from lessons.ui.widgets.markup import chip, text

CYCLE = (
    ("Read", "get_items()", "The runner asks the session for the rows of one session id."),
    (
        "Prepend",
        "old rows + your message",
        "It puts them before your message. The model gets this list, the instructions and the tools.",
    ),
    ("Run", "model", "The model answers. It keeps nothing itself: the next request begins from an empty page."),
    ("Store", "add_items()", "Your message, the tool calls and the reply become rows. The next run reads them."),
)


def draw() -> None:
    address.visitor()
    st.html(f'<div class="chips">{chip(active_provider().label, "model")}</div>')
    st.html(
        '<section class="intro"><p>A model remembers nothing. What looks like memory is a table: a <strong>session</strong> '
        "of the OpenAI Agents SDK stores each message as a row, and the runner sends the rows again with every question. "
        "Four things happen in each run:</p></section>"
    )
    st.html(
        f'<ol class="cycle-picture">{"".join(map(_stage, range(len(CYCLE))))}</ol>'
        '<p class="again"><span aria-hidden="true">↺</span> The next run begins again at 1, with the rows of this one.</p>'
    )
    st.html(
        '<section class="intro"><p>When one of them goes wrong, nothing says so: a wrong id reads no rows, a limit leaves some '
        "out, a tool call is not sent while its output is missing. Each lesson runs the real SDK on real storage and shows "
        "you <strong>what was stored, what the session returned and what the model was sent</strong>, row by row.</p></section>"
    )
    st.html("<h2>The course</h2>")
    for number, lesson in enumerate(LESSONS, start=1):
        _draw_link(lesson, f"{number}. {lesson.title}")
    st.html("<h2>To look up</h2>")
    for guide in GUIDES:
        _draw_link(guide, guide.title)


def _draw_link(page: Entry, title: str) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"course-{page.slug}"):
        st.html(
            f'<p class="course-line"><strong>{text(title)}</strong><br>'
            f'<span class="quiet">{text(page.question)}</span></p>',
            width="stretch",
        )
        st.page_link(
            page.page,
            label=f"Open {page.title}",
            icon=":material/arrow_forward:",
            query_params={"visitor": st.query_params["visitor"]},
        )


def _stage(index: int) -> str:
    name, code, words = CYCLE[index]
    return (
        f'<li><span class="number" aria-hidden="true">{index + 1}</span><strong>{text(name)}</strong>'
        f"<code>{text(code)}</code><p>{text(words)}</p></li>"
    )
