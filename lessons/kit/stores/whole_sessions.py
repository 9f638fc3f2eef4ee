"""Reads and replaces whole sessions, for stores that do not keep all sessions in the tables of one database."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from lessons.kit.stores.rows import Row


@dataclass(frozen=True)
class WholeSession:
    """Everything that is kept of one session. Times are UTC, such as "2026-11-01 09:00:00", or '' if the store keeps none."""

    session_id: str
    created_at: str
    updated_at: str
    rows: Sequence[Row]


class KeepsWholes(Protocol):
    """A store that can return and replace whole sessions. Both methods can raise Refused."""

    def whole_sessions(self) -> Iterator[WholeSession]:
        """Every session that has rows, in any order."""

    def replace_sessions(self, changed: Iterable[tuple[str, WholeSession | None]]) -> None:
        """Replace these sessions, or delete those with None. It changes all of them, or none if it raises an error.

        Open handles stay valid and use the new content.
        """
