"""How each kind of item is shown: its letter, its colour and its name. Colour alone never says it."""

from collections.abc import Mapping
from dataclasses import dataclass

from lessons.kit.items import Kind


@dataclass(frozen=True)
class KindLook:
    """`colour` is a class of style.css; `name` is who or what speaks, as the chat says it."""

    letter: str
    colour: str
    name: str


KINDS: Mapping[Kind, KindLook] = {
    "user": KindLook("U", "blue", "You"),
    "assistant": KindLook("A", "violet", "Assistant"),
    "system": KindLook("S", "grey", "System"),
    "developer": KindLook("D", "olive", "Developer"),
    "tool call": KindLook("C", "orange", "Tool call"),
    "tool output": KindLook("O", "green", "Tool output"),
    "handoff": KindLook("H", "pink", "Handoff"),
    "reasoning": KindLook("R", "teal", "Reasoning"),
    "compaction": KindLook("K", "brown", "Compaction"),
    "encrypted": KindLook("E", "slate", "Encrypted"),
    "unreadable": KindLook("X", "red", "Unreadable"),
}


def badge(kind: Kind) -> str:
    """The letter of a kind, in its colour, with the kind as its accessible name."""
    look = KINDS[kind]
    return f'<b class="kind {look.colour}" role="img" aria-label="{kind}">{look.letter}</b>'
