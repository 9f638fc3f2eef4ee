"""The tab of a visitor with a secret: it looks at everything that the server sends."""

import re
from urllib.parse import parse_qs

from tests.support.said import Said, foreign_secrets, ledger_lines, shown_as_stored
from tests.support.st_client import Node
from tests.support.tab import Tab

_PROBLEM = re.compile(r'<div class="problem".*?</div>', flags=re.DOTALL)
_NOT_HELD = re.compile(r'<span class="not-held">(?:✗ The rows do not show it|It could not be judged).*?</span>')
"""What the page says of a step without a ✓. It says something similar of a row with another key, where that is correct."""
_TAG = re.compile("<[^>]+>")


class VisitorTab(Tab):
    """`leaked` are the secrets of other visitors that it received; `stored` is what the page has ever shown as stored.

    `problems` are the words of each box that says what went wrong, in the order in which they came.
    """

    def __init__(self, url: str, secret: str) -> None:
        super().__init__(url)
        self.secret = secret
        self.leaked: set[str] = set()
        self.stored: set[Said] = set()
        self.problems: list[str] = []

    def _apply(self, raw: bytes):
        self.leaked |= foreign_secrets(raw, self.secret)
        kind, message = super()._apply(raw)
        if kind == "delta":
            text = self._delta_text(message)
            self.stored.update(shown_as_stored(text, self.secret))
            for found in (*_PROBLEM.findall(text), *_NOT_HELD.findall(text)):
                self.problems.append(_TAG.sub(" ", found).strip())
            for line in ledger_lines(text):
                if line["type"] == "note" and "look" not in line:
                    self.problems.append(f"{line['text']} {line.get('rest', '')}".strip())
        return kind, message

    @property
    def query(self) -> dict[str, list[str]]:
        """The address as the server has it."""
        return parse_qs(self.query_string)

    def shown(self) -> list[Said]:
        """The stored rows on the page now, in the order of the page."""
        return [said for node in self.elements("bidi_component") for said in shown_as_stored(node.text, self.secret)]

    def enabled_button(self, name: str) -> Node | None:
        """The button of this name, if the page has it and it can be clicked. The key of a widget is its name and its page."""
        found = (node for node in self.elements("button") if node.key.rpartition("@")[0] == name)
        return next((node for node in found if not node.proto.disabled), None)
