"""The rows of all sessions: their columns have the names of the storage."""

import re

import pytest

from lessons.kit.stores.registry import store_kinds
from lessons.kit.stores.rows import Row
from lessons.ui.ledger.rows_table import all_sessions_html


@pytest.mark.parametrize("kind", sorted(store_kinds()))
def test_a_store_has_a_column_of_times_only_where_it_keeps_them(kind):
    columns = store_kinds()[kind].columns
    has_time = "created_at" in columns
    row = Row(1, "alice", "{}", "2026-11-01 09:00:00" if has_time else "")
    html = all_sessions_html(kind, (row,), "alice")
    heads = re.findall(r'<th scope="col">([^<]+)</th>', html)
    assert heads == list(columns)
    assert ("09:00:00" in html) == has_time
    assert html.count("<td") == len(columns) + 2
