"""The end of a lesson: what it has shown, its challenges, and the lessons before and after it."""

import streamlit as st

from lessons.course.changed_versions import changed_versions
from lessons.course.index import GUIDES, LESSONS, START
from lessons.frame.entry import Entry
from lessons.frame.lesson import Lesson
from lessons.kit.problems.counted import counted
from lessons.kit.turns.desk import Desk
from lessons.ui.widgets.terms import explained


def draw_end(lesson: Lesson, desk: Desk) -> None:
    before, after = neighbours(lesson.entry)
    said = (lesson.entry.question, *lesson.learned)
    lines = "".join(
        f"<li>{explained(line, f'learned-{at}', said[:at])}</li>" for at, line in enumerate(lesson.learned, start=1)
    )
    solved, count = len(set(desk.progress.solved)), len(lesson.challenges)
    left = (
        f"{solved} of {counted(count, 'challenge')} solved"
        if solved
        else f"{counted(count, 'challenge')}, none solved yet"
    )
    with st.container(key="lesson-end"):
        st.html(
            f'<section aria-label="The end of the lesson"><h2 class="step-title">What you learned</h2>'
            f'<ol class="learned">{lines}</ol>{_how_verdicts_are_tested(lesson.entry.slug)}</section>'
        )
        with st.container(horizontal=True, vertical_alignment="center", key="lesson-end-links"):
            st.html(f'<p class="quiet">{left}.</p>', width="content")
            _link(before, f"Previous: {before.title}", ":material/arrow_back:")
            _link(after, f"Next: {after.title}", ":material/arrow_forward:")


def _how_verdicts_are_tested(slug: str) -> str:
    found = changed_versions().get(slug)
    if found is None:  # a lesson that is being written
        return ""
    return (
        f'<p class="quiet">The tests change the code of this lesson in {found.changed} ways. {found.caught} times ✓ becomes ✗. '
        "The other changes still do what is promised.</p>"
    )


def neighbours(entry: Entry) -> tuple[Entry, Entry]:
    """The page before a lesson and the one after it. The course begins with the start page, and after it come the guides."""
    pages = (START, *LESSONS, GUIDES[0])
    at = [page.slug for page in pages].index(entry.slug)
    return pages[at - 1], pages[at + 1]


def _link(page: Entry, label: str, icon: str) -> None:
    query = {"visitor": st.query_params["visitor"]} if "visitor" in st.query_params else {}
    st.page_link(page.page, label=label, icon=icon, query_params=query, width="content")
