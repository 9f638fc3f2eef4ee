"""Which row is meant. Its key alone does not say it: another session or another store can give the same key."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RowRef:
    """One item row of a visitor at one lesson: the name of its store, the id of its session, and its key in there."""

    store: str
    session_id: str
    key: int

    def is_in(self, store: str, session_id: str) -> bool:
        """Whether it is a row of that session in that store."""
        return (self.store, self.session_id) == (store, session_id)
