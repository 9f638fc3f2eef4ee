"""The input of the offline model, in a form that rules can read safely."""

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lessons.kit.items import Item, describe
from lessons.kit.models.offline.language.facts import Told, facts_and_history, facts_in
from lessons.kit.models.offline.language.rephrasing import readable
from lessons.kit.models.offline.language.statements import Fact
from lessons.kit.models.offline.language.text import number_of, quote, tidy
from lessons.kit.models.offline.told.holding import can_hold

READ_ITEMS = 2_000
"""The offline model reads at most this many of the newest items. Of each it reads the text that `describe` keeps."""

READ_CHARACTERS = 200_000
"""It stops reading older items after this many characters, so that it answers in tens of milliseconds."""


@dataclass(frozen=True)
class Request:
    """The items that are read (at most the newest READ_ITEMS, oldest first), the number that was sent, and the instructions."""

    items: tuple[Item, ...]
    sent: int
    instructions: str = ""
    forgets: bool = True
    """Whether the facts leave out what the user has asked to forget."""

    @cached_property
    def _asked_at(self) -> int:
        """The place of the newest message of the user, -1 if there is none."""
        return next((place for place in range(len(self.items) - 1, -1, -1) if self.items[place].kind == "user"), -1)

    @cached_property
    def message(self) -> str:
        """The newest message of the user as the rules read it (`readable`); empty if there is none."""
        return readable(self.items[self._asked_at].text) if self._asked_at >= 0 else ""

    @cached_property
    def earlier(self) -> tuple[Item, ...]:
        """The items before that message."""
        return self.items[: max(self._asked_at, 0)]

    @cached_property
    def turn(self) -> tuple[Item, ...]:
        """The items after that message: the tool calls, outputs and handoffs of this turn."""
        return self.items[self._asked_at + 1 :]

    def asking(self, part: str) -> "Request":
        """The same request with only a part of its message."""
        at = self._asked_at
        asked = dataclasses.replace(self.items[at], text=part)
        return dataclasses.replace(self, items=(*self.items[:at], asked, *self.items[at + 1 :]))

    def said(self, kind: str) -> list[str]:
        """The texts of one kind, `user` or `assistant`, before the newest message, oldest first."""
        return [item.text for item in self.earlier if item.kind == kind and item.text]

    def newest_first(self) -> Iterator[str]:
        """The texts before the newest message, newest first: first those of the user, then those of all other items."""
        for wanted in (True, False):
            yield from (item.text for item in reversed(self.earlier) if (item.kind == "user") == wanted)

    @cached_property
    def _facts_and_history(self) -> tuple[tuple[Fact, ...], tuple[Told, ...]]:
        return facts_and_history(self.items, self.instructions, forgets=self.forgets)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts that are true now."""
        return self._facts_and_history[0]

    @property
    def history(self) -> tuple[Told, ...]:
        """All facts that were stated, even if they are not true any more, each with the item that states it."""
        return self._facts_and_history[1]

    def source(self, fact: Fact) -> Item | None:
        """The newest item before the message that states the fact."""
        return next(
            (told.item for told in reversed(self.history) if told.fact == fact and told.item in self.earlier), None
        )

    @cached_property
    def of_the_message(self) -> tuple[Fact, ...]:
        """The facts that the newest message states, with its own corrections applied."""
        return facts_in(self.items[self._asked_at : self._asked_at + 1]) if self._asked_at >= 0 else ()

    def fact(self, *kinds: str) -> Fact | None:
        """The newest fact of the first of these kinds that has one."""
        return next((fact for kind in kinds for fact in reversed(self.facts) if fact.kind == kind), None)

    @property
    def sight(self) -> str:
        """`I was sent 3 items (2 from you)`."""
        return f"I was sent {number_of(self.sent, 'item')}{self._of_which}"

    @property
    def _of_which(self) -> str:
        own = sum(item.kind == "user" for item in self.items)
        read = f" and read the newest {len(self.items):,}" if self.sent > len(self.items) else ""
        return f"{read} ({own:,} from you)"

    def lacks(self, words: str) -> str:
        """The sentence `Nothing in what I was sent says your name.`, where `words` are `says your name`.

        If an item can contain the answer nevertheless, the sentence says that no rule has found one.
        """
        holding = [item for item in self.earlier if can_hold(item, self.message)]
        if holding:
            told = [item.text for item in holding if item.kind in ("user", "system", "developer")]
            return f"{self.no_rule} The newest that can say it: {quote(told[-1])}." if told else self.no_rule
        nothing = "Nothing in what I read" if self.sent > len(self.items) else "Nothing in what I was sent"
        return f"{nothing} {words}."

    @property
    def no_rule(self) -> str:
        """The sentence if no rule has an answer: `I found no rule for this in the 3 items I was sent (2 from you).`"""
        return f"I found no rule for this in the {number_of(self.sent, 'item')} I was sent{self._of_which}."


def read_request(sent: Any, instructions: Any = None) -> Request:
    """Read a model's input: a text, or a list of items of any type."""
    items = [{"role": "user", "content": sent}] if isinstance(sent, str) else list(sent or ())
    newest: list[Item] = []
    left = READ_CHARACTERS
    for value in reversed(items[-READ_ITEMS:]):
        item = _item(value)
        left -= len(item.text)
        if left < 0:
            break
        newest += reversed(_nested(item) or [item])
    return Request(tuple(reversed(newest)), len(items), tidy(instructions) if isinstance(instructions, str) else "")


def _nested(item: Item) -> list[Item]:
    """The items of a conversation that the SDK has put into one message (nest_handoff_history), [] for any other message."""
    if item.kind != "assistant" or "<CONVERSATION HISTORY>" not in item.text:
        return []
    told = re.findall(r"^\d+\. (user|assistant|system|developer): (.*)$", item.text, re.MULTILINE)
    return [_item({"role": role, "content": text}) for role, text in told]


def _item(value: Any) -> Item:
    try:
        item = describe(value)
    except Exception:  # an item can be any object; one that cannot be described is not read
        return Item("unreadable", "", 0)
    return dataclasses.replace(item, text=tidy(item.text))
