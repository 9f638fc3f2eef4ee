"""Choosing a session type, common mistakes, trouble-shooting."""

from lessons.ui.page.navigation import through_the_entry

through_the_entry()

from lessons.ui.guides.choose_page import draw  # noqa: E402

draw()
