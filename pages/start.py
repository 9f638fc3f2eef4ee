"""What a session is, in one picture, and the course."""

from lessons.ui.page.navigation import through_the_entry

through_the_entry()

from lessons.ui.start.start_page import draw  # noqa: E402

draw()
