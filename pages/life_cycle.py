"""Life cycle."""

from lessons.ui.page.navigation import through_the_entry

through_the_entry()

from lessons.ui.page.lesson_page import draw  # noqa: E402

draw("life_cycle")
