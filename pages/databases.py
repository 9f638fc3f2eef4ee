"""SQL databases."""

from lessons.ui.navigation import through_the_entry

through_the_entry()

from lessons.ui.lesson_page import draw  # noqa: E402

draw("databases")
