"""What the visitors of the load and the chaos run say, and the checks of what came of it.

Each visitor has a secret word. Message 7 of the visitor with the secret `swabcdef01` is "Remember swabcdef01x7.", and the reply
of the offline model repeats the word: so a row, wherever it is found, says whose it is and where it belongs.
"""

import json
import random
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SAID = re.compile(r"(sw[0-9a-f]{8})x(\d+)")
_SECRET = re.compile(rb"sw[0-9a-f]{8}(?=x\d)")
_REPLY = "I noted"


@dataclass(frozen=True, order=True)
class Said:
    """A visitor's message by its number, or the reply to it. They sort in the order of the history."""

    number: int
    reply: bool

    def __str__(self) -> str:
        return f"{'the reply to ' if self.reply else ''}message {self.number}"


def new_secret(chance: random.Random) -> str:
    return f"sw{chance.randrange(16**8):08x}"


def message(secret: str, number: int) -> str:
    return f"Remember {secret}x{number}."


def said_in(text: str, secret: str) -> Said | None:
    """What the visitor with this secret said, or was replied, in a stored text. None if it is another text."""
    found = _SAID.search(text)
    if found is None or found[1] != secret:
        return None
    return Said(int(found[2]), _REPLY in text)


def foreign_secrets(received: bytes, secret: str) -> set[str]:
    """The secrets of other visitors in anything that this visitor's tab received."""
    return {word for found in _SECRET.findall(received) if (word := found.decode()) != secret}


def ledger_lines(drawn: str) -> list[dict[str, str]]:
    """The lines in the data that the ledger is given; none for the data of another element."""
    return json.loads(drawn)[0]["lines"] if drawn.startswith('[{"lines"') else []


def shown_as_stored(drawn: str, secret: str) -> list[Said]:
    """What the ledger shows of this visitor as a stored row, in its order."""
    lines = (line for line in ledger_lines(drawn) if "key" in line)
    stored = (line for line in lines if not {"removed", "gone"} & set(line.get("look", "").split()))
    return said_in_order((line["text"] for line in stored), secret)


def history_faults(rows: Sequence[Said], acknowledged: Collection[Said]) -> list[str]:
    """A sentence for each row that is out of order, there twice, or missing although it was acknowledged."""
    faults = []
    for before, after in pairwise(rows):
        if after <= before:
            faults.append(f"{after} stands after {before}" if after != before else f"{after} is stored twice")
    faults += [f"{said} was acknowledged and is not stored" for said in sorted(set(acknowledged) - set(rows))]
    return faults


def said_in_order(texts: Iterable[str], secret: str) -> list[Said]:
    return [said for text in texts if (said := said_in(text, secret)) is not None]
