"""Sessions of a store that keeps each as a whole, and not in the tables of a database: given out and replaced as wholes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from lessons.kit.stores.rows import Row


@dataclass(frozen=True)
class WholeSession:
    """All that is kept of one session. Times are UTC, as "2026-11-01 09:00:00", and '' where the store keeps none."""

    session_id: str
    created_at: str
    updated_at: str
    rows: Sequence[Row]


class KeepsWholes(Protocol):
    """A store that can give out and replace whole sessions. Raises Refused."""

    def whole_sessions(self) -> Iterator[WholeSession]:
        """Every session that has rows, in any order."""

    def replace_sessions(self, changed: Iterable[tuple[str, WholeSession | None]]) -> None:
        """Make these sessions what is given, or delete those with None: all of them, or none if anything is raised.

        Handles that are open go on working on what is there then.
        """
