"""Replaces the words of a session so that it behaves as before and says nothing of what it was about."""

import json
import re
from collections.abc import Iterable
from math import isfinite
from typing import Any

from lessons.kit.inspect.taking_away import vocabulary
from lessons.kit.ledger.explaining.risk import ID_PREFIXES, PLACEHOLDER_ID, SCRIPTED_ID, is_message

_WORD = re.compile(r"[^\W_]{2,}")
_LETTERS = "bcdfghjklmnpqrstvwxz"
_IDS = ("id", "call_id", "item_id", "approval_request_id", "tool_call_id", "previous_response_id", "container_id")
_OF_HANDOFF = "assistant"
_ENDING = re.compile(r"(_call)?_output$|_call$")
"""A type that no package knows yet is told from a misspelt one by its ending."""


class Anonymous:
    """Replaces each word by another one of the same length, and everywhere by the same.

    `forbidden` are the words of the original: no replacement is one of them or contains one, as long as there are others.
    """

    def __init__(self, forbidden: Iterable[str], keep_tool_names: bool = False) -> None:
        self._forbidden = {word.lower() for word in forbidden}
        self._keep_tool_names = keep_tool_names
        self._made: dict[str, str] = {}
        self._count = 0

    def text(self, text: str) -> str:
        """The text with all words and numbers of two or more characters replaced; signs and spaces stay."""
        return _WORD.sub(lambda found: self._word(found.group()), text)

    def identifier(self, value: str, prefix: str = "") -> str:
        """A replacement for an id that keeps its `prefix`, by which an API knows the kind of the item."""
        if not value or value in (PLACEHOLDER_ID, SCRIPTED_ID):
            return value
        kept = prefix if prefix and value.startswith(prefix) else ""
        return kept + "_" * bool(kept) + self._word(f"id {value}", max(len(value) - len(kept) - bool(kept), 6))

    def tool_name(self, name: str) -> str:
        return name if self._keep_tool_names or not name else self._word(f"tool {name}", max(len(name), 4))

    def branch(self, name: str) -> str:
        return name if name == "main" else self._word(f"branch {name}", max(len(name), 4))

    def item(self, value: Any) -> Any:
        """The replacement for a decoded item of any shape."""
        return self._value(value, "", "")

    def _value(self, value: Any, field: str, type_: str) -> Any:
        if isinstance(value, dict):
            kind = "message" if is_message(value) else str(value.get("type") or "")
            return {
                (name if name in vocabulary.fields() else self.text(name)): self._value(inner, name, kind)
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self._value(inner, field, type_) for inner in value]
        if isinstance(value, str):
            return self._string(value, field, type_)
        if isinstance(value, int | float) and not isinstance(value, bool) and field not in ("v", "__enc__"):
            return 1_000 if isfinite(value) and abs(value) >= 1_000 else value
        return value

    def _string(self, value: str, field: str, type_: str) -> str:
        if value in vocabulary.values().get(field, ()):
            return value
        if field in _IDS:
            return self.identifier(value, ID_PREFIXES.get(type_, "") if field == "id" else "")
        if field == "name":
            return self.tool_name(value)
        if field == "type" and (ending := _ENDING.search(value)):
            return self.text(value[: ending.start()]) + ending.group()
        if field in ("arguments", "output") and value[:1] in ("{", "["):
            return self._json(value)
        return self.text(value)

    def _json(self, text: str) -> str:
        """JSON within a text stays JSON, and the output of a handoff stays one."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return self.text(text)
        return json.dumps(self._inner(value))

    def _inner(self, value: Any) -> Any:
        if isinstance(value, dict):
            is_of_handoff = list(value) == [_OF_HANDOFF]
            return {(name if is_of_handoff else self.text(name)): self._inner(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._inner(inner) for inner in value]
        return self.text(value) if isinstance(value, str) else self._value(value, "", "")

    def _word(self, word: str, length: int = 0) -> str:
        if word not in self._made:
            self._made[word] = self._next(length or len(word), word.isdigit())
        return self._made[word]

    def _next(self, length: int, is_number: bool) -> str:
        signs = "123456789" if is_number else _LETTERS
        most = len(signs) ** min(length, 12)
        while True:
            self._count += 1
            number, made = self._count % most, ""
            while number:
                number, at = divmod(number, len(signs))
                made = signs[at] + made
            made = made.rjust(length, signs[0])[-length:]
            if self._count > 50 * most or not self._is_like_the_original(made):
                return made

    def _is_like_the_original(self, made: str) -> bool:
        parts = (
            made[at : at + size] for size in range(4, min(len(made), 30) + 1) for at in range(len(made) - size + 1)
        )
        return made in self._forbidden or any(part in self._forbidden for part in parts)


def words_of(texts: Iterable[str]) -> set[str]:
    """The words of four letters or more, in lower case, without those of the API itself."""
    found = {word.lower() for text in texts for word in re.findall(r"[^\W\d_]{4,}", text)}
    known = {part.lower() for word in vocabulary.words() for part in re.findall(r"[^\W\d_]{4,}", word)}
    return found - known
