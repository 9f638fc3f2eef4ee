"""The switch between light and dark colours."""

from html.parser import HTMLParser

from lessons.ui.widgets import theme_switch


class _Names(HTMLParser):
    """Collects the name that each button has in the markup itself."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str | None] = []

    def handle_starttag(self, tag, attributes):
        if tag == "button":
            self.names.append(dict(attributes).get("aria-label"))


def test_the_button_has_a_name_before_its_script_runs():
    found = _Names()
    found.feed(theme_switch._HTML)
    assert found.names == ["Light or dark colours"]
