"""Under which turn a line stands, and how much is compared to find that out."""

from lessons.kit.items import read
from lessons.kit.ledger.ledger import Ledger, LedgerLine
from lessons.kit.records import ChangedRow, TableChanges, TurnRecord
from lessons.kit.row_ref import RowRef
from lessons.kit.stores.rows import Row, RowPage
from lessons.ui.ledger.groups import groups_of
from lessons.ui.ledger.shown_rows import ShownRows

TURNS = 20
ROWS = [Row(key, "alice", f'{{"role": "user", "content": "{key}"}}', "") for key in range(1, 2 * TURNS + 1)]


def _line(row: Row, mark: str) -> LedgerLine:
    return LedgerLine(read(row.data), _ref(row), mark, True, (1,), None, "", "")


def _ref(row: Row) -> RowRef:
    return RowRef("file", "alice", row.key)


def _turn(number: int) -> TurnRecord:
    """A turn that reads all rows before it and stores two."""
    before, own = ROWS[: 2 * number], ROWS[2 * number : 2 * number + 2]
    lines = (*(_line(row, "") for row in before), *(_line(row, "added") for row in own))
    added = tuple(ChangedRow(row.key, None, {"message_data": row.data}, _ref(row)) for row in own)
    changes = (TableChanges("agent_messages", "alice", added),)
    ledger = Ledger("alice", lines)
    return TurnRecord(
        f"{number:02}", "Your message", "", None, "alice", "file", "", "", 1.0, changes=changes, ledger=ledger
    )


def test_a_page_of_twenty_turns_compares_each_row_a_few_times():
    """It looked for the place of each line of each turn among all lines: a message took 6 ms longer after fifty."""
    compared = 0

    class Counted(ShownRows):
        def ref(self, row: Row) -> RowRef:
            nonlocal compared
            compared += 1
            return super().ref(row)

    turns = [_turn(number) for number in range(TURNS)]
    groups = groups_of(Counted("file", "alice", RowPage(tuple(ROWS), len(ROWS)), {}, turns, turns[-1]))
    assert [len(group.items) for group in groups] == [2] * TURNS
    assert compared <= 4 * len(ROWS)
