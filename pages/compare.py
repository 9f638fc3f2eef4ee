"""The same turn on several stores, side by side."""

from lessons.ui.page.navigation import through_the_entry

through_the_entry()

from lessons.ui.guides.compare_page import draw  # noqa: E402

draw()
