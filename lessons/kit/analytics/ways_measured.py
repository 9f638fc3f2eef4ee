"""What holding one conversation of forty turns in several ways came to: read without the SDK, for a page that only shows it."""

import json
from dataclasses import dataclass
from pathlib import Path

TURNS = 40
WAY_COUNT = 5


@dataclass(frozen=True)
class Outcome:
    """What one way sent, stored and forgot.

    `tokens` are the input tokens of each turn, those of summaries and compactions included, estimated from lengths by the
    offline model; `items` are those of the turn's last request. `rows` and `stored_bytes` are what the session holds
    afterwards, by kind of item. `reply` is the answer to the last question, and `knew` whether anything that was sent says it.
    """

    way: str
    session_id: str
    store: str
    tokens: tuple[int, ...]
    items: tuple[int, ...]
    requests: int
    rows: dict[str, int]
    stored_bytes: int
    reply: str
    knew: bool


def outcomes_file(folder: Path) -> Path:
    return folder / "forty_turns.json"


def load_outcomes(folder: Path) -> tuple[Outcome, ...]:
    """The outcomes that were kept in `folder`, none where there are none or they cannot be read."""
    try:
        kept = json.loads(outcomes_file(folder).read_text(encoding="utf-8"))
        return tuple(Outcome(**{**one, "tokens": tuple(one["tokens"]), "items": tuple(one["items"])}) for one in kept)
    except (OSError, ValueError, TypeError, KeyError):
        return ()
