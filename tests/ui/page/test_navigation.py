"""The navigation is made once for all visitors, and each run has its own page."""

from functools import cache

from lessons.ui.page import navigation


def test_two_tabs_can_draw_the_same_page_at_the_same_moment(monkeypatch):
    # Outside of a run Streamlit makes pages that are not whole: no other test may get them.
    monkeypatch.setattr(navigation, "_page", cache(navigation._page.__wrapped__))
    first, second = navigation.navigate(), navigation.navigate()
    first.run()
    second.run()  # Streamlit lets a page be drawn once: it raises for a page that both tabs have
