"""Base classes for stores whose sessions return what is stored, and for stores that keep only the items of a session."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.stores.rows import ReadBack, as_stored
from lessons.kit.stores.session_list import Metadata

if TYPE_CHECKING:
    from agents import Session


class ReturnsAsStored:
    """A store whose sessions return each row as it is stored. Their `pop_item` removes only the newest row."""

    def read_back(
        self, session_id: str, rows: Mapping[int, str], session: "Session | None" = None
    ) -> Mapping[int, ReadBack]:
        return as_stored(rows)

    def check_pop(self, session_id: str, method: str = "pop_item") -> None:
        return None


class KeepsOnlyItems(ReturnsAsStored):
    """A store that has no place for a title, an owner or a new name. Both methods raise Refused with `only_items`."""

    keeps_metadata = False
    only_items: Problem

    def rename(self, session_id: str, new_id: str) -> None:
        raise Refused(self.only_items)

    def describe(self, session_id: str, metadata: Metadata) -> None:
        raise Refused(self.only_items)
