"""What stores share whose sessions return what is stored, and those that keep the items of a session and nothing else."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.stores.rows import ReadBack, as_stored
from lessons.kit.stores.session_list import Metadata

if TYPE_CHECKING:
    from agents import Session


class ReturnsAsStored:
    """Sessions that return each row as it is stored, and whose `pop_item` takes the newest one and no other."""

    def read_back(
        self, session_id: str, rows: Mapping[int, str], session: "Session | None" = None
    ) -> Mapping[int, ReadBack]:
        return as_stored(rows)

    def check_pop(self, session_id: str, method: str = "pop_item") -> None:
        return None


class KeepsOnlyItems(ReturnsAsStored):
    """A storage with the items of each id, and no room for a title or an owner. `only_items` says so, and what to do."""

    keeps_metadata = False
    only_items: Problem

    def rename(self, session_id: str, new_id: str) -> None:
        raise Refused(self.only_items)

    def describe(self, session_id: str, metadata: Metadata) -> None:
        raise Refused(self.only_items)
