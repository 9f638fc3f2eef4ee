"""What the offline model was sent, in a form that rules can read safely."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lessons.kit.items import Item, describe
from lessons.kit.models.offline.language.facts import facts_in
from lessons.kit.models.offline.language.statements import Fact
from lessons.kit.models.offline.language.text import number_of, tidy

READ_ITEMS = 2_000
"""The offline model reads at most this many of the newest items, and of each the text that `describe` keeps."""

READ_CHARACTERS = 200_000
"""It stops reading older items after this many characters, so that it answers in tens of milliseconds."""


@dataclass(frozen=True)
class Request:
    """The items (the newest READ_ITEMS, oldest first), how many were sent in all, and the instructions."""

    items: tuple[Item, ...]
    sent: int
    instructions: str = ""

    @cached_property
    def _asked_at(self) -> int:
        """The place of the newest message of the user; -1 without one."""
        return next((place for place in range(len(self.items) - 1, -1, -1) if self.items[place].kind == "user"), -1)

    @property
    def message(self) -> str:
        """The newest message of the user; empty if there is none."""
        return self.items[self._asked_at].text if self._asked_at >= 0 else ""

    @property
    def earlier(self) -> tuple[Item, ...]:
        """What was sent before that message."""
        return self.items[: max(self._asked_at, 0)]

    @property
    def turn(self) -> tuple[Item, ...]:
        """What came after that message: the tool calls, outputs and handoffs of this turn."""
        return self.items[self._asked_at + 1 :]

    def said(self, kind: str) -> list[str]:
        """The texts of one kind, `user` or `assistant`, before the newest message, oldest first."""
        return [item.text for item in self.earlier if item.kind == kind and item.text]

    def newest_first(self) -> Iterator[str]:
        """All that was said before the newest message: the user's own words first, then the other items."""
        for wanted in (True, False):
            yield from (item.text for item in reversed(self.earlier) if (item.kind == "user") == wanted)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        return facts_in(self.items, self.instructions)

    def fact(self, *kinds: str) -> Fact | None:
        """The fact of the first of these kinds that is known."""
        return next((fact for kind in kinds for fact in reversed(self.facts) if fact.kind == kind), None)

    @property
    def sight(self) -> str:
        """`I was sent 3 items (2 from you)`."""
        own = sum(item.kind == "user" for item in self.items)
        read = f" and read the newest {len(self.items):,}" if self.sent > len(self.items) else ""
        return f"I was sent {number_of(self.sent, 'item')}{read} ({own:,} from you)"

    @property
    def nothing(self) -> str:
        """How to begin a sentence on what is not there."""
        return "Nothing in what I read" if self.sent > len(self.items) else "Nothing in what I was sent"


def read_request(sent: Any, instructions: Any = None) -> Request:
    """Read a model's input: a text or a list of items, which may be anything."""
    items = [{"role": "user", "content": sent}] if isinstance(sent, str) else list(sent or ())
    newest: list[Item] = []
    left = READ_CHARACTERS
    for value in reversed(items[-READ_ITEMS:]):
        item = _item(value)
        left -= len(item.text)
        if left < 0:
            break
        newest.append(item)
    return Request(tuple(reversed(newest)), len(items), tidy(instructions) if isinstance(instructions, str) else "")


def _item(value: Any) -> Item:
    try:
        item = describe(value)
    except Exception:  # An item can be any object; one that cannot even be described is not read.
        return Item("unreadable", "", 0)
    return dataclasses.replace(item, text=tidy(item.text))
