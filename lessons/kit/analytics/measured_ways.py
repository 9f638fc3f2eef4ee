"""What was measured of one conversation of forty turns, run in five ways. A page shows it without the SDK."""

import json
from dataclasses import dataclass
from pathlib import Path

from lessons.kit.files import read_file

TURNS = 40
WAY_COUNT = 5


@dataclass(frozen=True)
class MeasuredWay:
    """What one way sent, stored and forgot.

    `way` is its name. `tokens` are the input tokens of each turn, those of summaries and compactions included, estimated from
    lengths by the offline model; `items` counts the items in each turn's last request. `rows` and `stored_bytes` are what the
    session holds afterwards, by kind of item. `reply` is the answer to the last question. `knew` says whether the model was
    sent the name.
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


def measured_ways_file(folder: Path) -> Path:
    """Where a visitor's measurements are kept."""
    return folder / "forty_turns.json"


def load_measured_ways(folder: Path) -> tuple[MeasuredWay, ...]:
    """The ways that were measured and kept in `folder`; empty if there are none or they cannot be read."""
    try:
        kept = json.loads(read_file(measured_ways_file(folder)))
        return tuple(
            MeasuredWay(**{**one, "tokens": tuple(one["tokens"]), "items": tuple(one["items"])}) for one in kept
        )
    except (OSError, ValueError, TypeError, KeyError):
        return ()
