"""The cells of a line."""

import pytest

from lessons.ui.ledger.ledger_lines import _numbers


@pytest.mark.parametrize(
    ("requests", "shown"),
    [((2,), "2"), ((1, 2), "1, 2"), ((1, 2, 3, 4, 5, 6), "1–6"), ((1, 3, 4, 5, 8), "1, 3–5, 8")],
)
def test_the_requests_that_sent_a_row_fit_their_column(requests, shown):
    """Six numbers took four lines, and all lines below jumped when another turn was opened."""
    assert _numbers(requests) == shown
