"""Somebody's own sessions: what the next run would send, and what is wrong."""

from lessons.ui.page.navigation import through_the_entry

through_the_entry()

from lessons.ui.inspector.inspect_page import draw  # noqa: E402

draw()
