"""The course in short: each page with its question and what the visitor has done of it, and where to go on."""

from pathlib import Path

import streamlit as st

from lessons.course.index import GUIDES, LESSONS
from lessons.frame.entry import Entry
from lessons.kit.problems.counted import counted
from lessons.kit.turns.progress import Progress, read_progress
from lessons.ui.widgets.markup import text


def draw_course(folder: Path | None) -> None:
    """Draw the lessons. `folder` is the visitor's, None where it cannot be used."""
    done = {
        lesson.slug: read_progress(folder / lesson.slug) if folder is not None else Progress() for lesson in LESSONS
    }
    with st.container(horizontal=True, vertical_alignment="center", key="course-head"):
        st.html("<h2>The course</h2>", width="stretch")
        _draw_go_on(done)
    with st.container(key="course"):
        for number, lesson in enumerate(LESSONS, start=1):
            _draw_entry(lesson, f"{number}. {lesson.title}", _done_in_words(lesson, done[lesson.slug]))


def draw_guides() -> None:
    st.html("<h2>To look up</h2>")
    with st.container(key="guides"):
        for guide in GUIDES:
            _draw_entry(guide, guide.title)


def _draw_go_on(done: dict[str, Progress]) -> None:
    """A link to the last lesson that was begun and not finished, or else to the first one that was not begun."""
    begun = [lesson for lesson in LESSONS if 0 < done[lesson.slug].steps_done < lesson.steps]
    fresh = [lesson for lesson in LESSONS if not done[lesson.slug].steps_done]
    if begun:
        _link(begun[-1], f"Go on: {begun[-1].title}, step {done[begun[-1].slug].steps_done + 1}")
    elif fresh:
        _link(fresh[0], f"Open {fresh[0].title}")


def _draw_entry(page: Entry, title: str, done: str = "") -> None:
    with st.container(border=True, key=f"course-{page.slug}", gap=None):
        _link(page, title, icon=None)
        st.html(f'<p class="quiet">{text(page.question)}</p>{done}')


def _link(page: Entry, label: str, icon: str | None = ":material/arrow_forward:") -> None:
    st.page_link(page.page, label=label, icon=icon, query_params={"visitor": st.query_params["visitor"]})


def _done_in_words(lesson: Entry, done: Progress) -> str:
    steps = min(done.steps_done, lesson.steps)
    words = f"{steps - len(done.left_out)} of {counted(lesson.steps, 'step')}"
    if done.solved:
        words += f", {counted(len(set(done.solved)), 'challenge')} solved"
    words += f" · about {lesson.minutes} min"
    finished = " held" if steps == lesson.steps else ""
    return f'<p class="quiet done{finished}">{"✓ " if finished else ""}{words}</p>'
