"""The rows of a session that turns have removed, and where each stood. A store can use a key again: then it names two rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from lessons.kit.records import ChangedRow, TurnRecord
from lessons.kit.stores.rows import Row


@dataclass(frozen=True)
class RemovedRow:
    """A row as it was. `added_by` is None if no kept turn has stored it.

    `era` starts at 0 and grows by 1 each time a key is used again. Rows of a later era stand below all rows of an earlier one.
    """

    row: Row
    added_by: TurnRecord | None
    removed_by: TurnRecord
    era: int

    def was_there(self, record: TurnRecord) -> bool:
        """Whether the row was stored at the end of that turn."""
        return (self.added_by is None or self.added_by.id <= record.id) and record.id < self.removed_by.id


@dataclass(frozen=True)
class History:
    """What turns did to the rows of a session. `removed` is in order of removal. The maps are of the stored rows, by key."""

    removed: tuple[RemovedRow, ...] = ()
    added_by: Mapping[int, TurnRecord] = field(default_factory=dict)
    eras: Mapping[int, int] = field(default_factory=dict)


def history_of(turns: Iterable[TurnRecord], session_id: str, left_out: Collection[str] = ()) -> History:
    """The history of a session from its turns, oldest first. The tables `left_out` are skipped: they have their own keys."""
    born: dict[int, tuple[TurnRecord, int]] = {}
    removed: list[RemovedRow] = []
    era = highest = 0
    for turn in turns:
        tables = [one for one in turn.item_changes if one.session_id == session_id and one.table not in left_out]
        gone = [_as_row(row) for table in tables for row in table.removed]
        for row in gone:
            added_by, its_era = born.pop(row.key, (None, era if row.key > highest else 0))
            removed.append(RemovedRow(row, added_by, turn, its_era))
        highest = max([highest, *(row.key for row in gone)])
        added = [int(row.key) for table in tables for row in table.added]
        changed = {int(row.key) for table in tables for row in table.changed}
        own = _stored_in(turn, session_id, added, {*born, *changed, *(row.key for row in gone)})
        passed = [one.key for one in own if isinstance(one, Row)]
        keys = [*added, *passed]
        used_again = bool(keys) and (min(keys) <= highest or len(set(keys)) < len(keys))
        last = highest
        for one in own:
            key = one.key if isinstance(one, Row) else one
            era += used_again and key <= last
            last = key
            if isinstance(one, Row):
                removed.append(RemovedRow(one, turn, turn, era))
            else:
                born[key] = turn, era
        highest = max([highest, *added, *passed])
    return History(
        tuple(removed), {key: turn for key, (turn, _) in born.items()}, {key: at for key, (_, at) in born.items()}
    )


def in_stored_order(history: History, stored: Sequence[Row], removed: Sequence[RemovedRow]) -> list[Row | RemovedRow]:
    """The stored and the removed rows together, each in its place."""
    eras = _eras(history, stored)
    placed: list[tuple[tuple[int, int, int], Row | RemovedRow]] = [
        ((era, row.key, 1), row) for era, row in zip(eras, stored, strict=True)
    ]
    placed += [((one.era, one.row.key, 0), one) for one in removed]
    known = [history.eras.get(row.key, era) for row, era in zip(stored, eras, strict=True)]
    # Where the records do not explain all rows, the order is by key.
    placed.sort(key=lambda pair: pair[0] if known == eras else pair[0][1:])
    return [one for _, one in placed]


def _eras(history: History, stored: Sequence[Row]) -> list[int]:
    """The era of each stored row. A row that no turn mentions yet is in at least the same era as the row above it."""
    given_out = {one.row.key: one.era + 1 for one in history.removed}
    told = (history.eras.get(row.key, given_out.get(row.key, 0)) for row in stored)
    return list(accumulate(told, max))


def _stored_in(turn: TurnRecord, session_id: str, added: Collection[int], known: Collection[int]) -> list[Row | int]:
    """The rows that a turn has stored, in that order: the key of each that stayed, and each that the turn removed again.

    Only the ledger shows the latter, since no table differs after the turn. Its rows are the newest ones. `known` are the keys
    of rows from before the turn.
    """
    found: list[Row | int] = []
    told = set(known)
    for ledger in (turn.ledger, *turn.other_ledgers):
        for line in ledger.lines:
            if not line.mark or line.row is None or not line.row.is_in(turn.store, session_id):
                continue
            if line.mark == "added" and line.row.key in added:
                found.append(line.row.key)
            elif line.mark == "removed" and line.row.key in told:
                told.remove(line.row.key)  # this row is from before the turn; a later one can have its key
            elif line.mark == "removed":
                found.append(Row(line.row.key, session_id, str(line.value or ""), ""))
    unlisted = sorted(set(added).difference(one for one in found if isinstance(one, int)))
    passed = [one.key for one in found if isinstance(one, Row)]
    # A key that a removed row had before stands below it.
    again = min((key for key in passed if key in unlisted), default=None)
    above = [key for key in unlisted if again is None or key < again]
    return [*above, *found, *unlisted[len(above) :]]


def _as_row(removed: ChangedRow) -> Row:
    values = removed.before or {}
    return Row(
        int(removed.key), values.get("session_id", ""), values.get("message_data", ""), values.get("created_at", "")
    )
