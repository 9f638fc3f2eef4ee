"""The navigation is made once for all visitors, and each run has its own page."""

from lessons.ui.page.navigation import navigate


def test_two_tabs_can_draw_the_same_page_at_the_same_moment():
    first, second = navigate(), navigate()
    first.run()
    second.run()  # Streamlit lets a page be drawn once: it raises for a page that both tabs have
