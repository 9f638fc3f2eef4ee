"""The start page: one message on its way through chat, table and model, and the course with what is done of it."""

import streamlit as st

from lessons.course import index as course
from lessons.kit.models.providers import active_provider
from lessons.kit.problems.problem import Refused
from lessons.kit.turns.open_desks import open_desk
from lessons.ui.ledger.running_turn import follow
from lessons.ui.page import address
from lessons.ui.start.course_list import draw_course, draw_guides
from lessons.ui.start.stage import draw_stage
from lessons.ui.widgets.markup import chip, problem_box


def draw() -> None:
    visitor = address.visitor()
    st.html(f'<div class="chips">{chip(active_provider().label, "model")}</div>')
    folder = running = None
    try:
        desk = open_desk(visitor, course.LESSONS[0].slug)
        folder = desk.workspace.folder
        running = draw_stage(course.LESSONS[0], desk)
    except Refused as refused:
        st.html(problem_box(refused.problem))
    draw_course(folder)
    draw_guides()
    if running is not None:
        # Last: what is drawn after it would be pale until the turn ends. The views show no turn before its end.
        follow(*running, lambda: False)
