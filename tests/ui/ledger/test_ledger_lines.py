"""The cells of a line."""

import json

import pytest

from lessons.kit.stores.rows import Row, RowPage
from lessons.ui.ledger.ledger_lines import _numbers, ledger_lines
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.ledger.turn_heads import _returned


@pytest.mark.parametrize(
    ("requests", "shown"),
    [((2,), "2"), ((1, 2), "1, 2"), ((1, 2, 3, 4, 5, 6), "1–6"), ((1, 3, 4, 5, 8), "1, 3–5, 8")],
)
def test_the_requests_that_sent_a_row_fit_their_column(requests, shown):
    """Six numbers took four lines, and all lines below jumped when another turn was opened."""
    assert _numbers(requests) == shown


def _notes(*rows: str, has_newer: bool = False) -> list[str]:
    """The notes of rows that no turn has stored."""
    kept = [Row(at, "alice", f'{{"role": "{role}", "content": "a"}}', "") for at, role in enumerate(rows, start=1)]
    page = RowPage(tuple(kept), has_newer=has_newer, total=len(kept))
    return [line["text"] for line in ledger_lines(ShownRows("file", "alice", page)) if line["type"] == "note"]


def test_a_message_that_no_turn_has_ended_says_that_no_reply_is_stored():
    """The server was restarted in the middle of a turn, and nothing said that there is no reply."""
    assert _notes("user", "assistant", "user") == ["No reply is stored after row 3."]
    assert _notes("user", "assistant") == []
    assert _notes("user", has_newer=True) == []  # the reply can be on the next page


def test_items_that_the_code_returned_are_told_in_words_and_other_values_as_they_are():
    """The same JSON stood in the rows and below them, and took two lines."""
    items = [{"role": "user", "content": "What's 2 + 2?"}, {"role": "assistant", "content": "four" * 20}]
    shown = (
        '2 items: user "What\'s 2 + 2?", assistant "fourfourfourfourfourfourfourfour…". The JSON is in Session calls.'
    )
    assert _returned(json.dumps(items)) == shown
    assert _returned(json.dumps(items[0])).startswith('1 item: user "What')
    usage = json.dumps([{"turn": 1, "tokens": 20}], indent=1)
    assert _returned(usage) == '[ { "turn": 1, "tokens": 20 } ]'
    assert _returned("null") == "None"
