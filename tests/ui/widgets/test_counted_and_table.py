"""Numbers with their words, and tables."""

import pytest

from lessons.ui.widgets.counted import counted
from lessons.ui.widgets.table import scroll_region, table_html


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1_000, "1,000 rows"), (1_000_001, "1,000,001 rows")],
)
def test_a_number_has_the_right_word(count, words):
    assert counted(count, "row") == words


def test_a_word_can_have_its_own_plural():
    assert [counted(count, "entry", "entries") for count in (1, 2)] == ["1 entry", "2 entries"]


def test_a_table_has_a_name_and_heads_that_belong_to_columns():
    assert table_html("Rows", ("", "id"), ["<tr><td>+</td><td>1</td></tr>"], "rows") == (
        '<table class="rows" aria-label="Rows"><thead><tr><td></td><th scope="col">id</th></tr></thead>'
        "<tbody><tr><td>+</td><td>1</td></tr></tbody></table>"
    )
    assert table_html("Facts", (), []) == '<table aria-label="Facts"><tbody></tbody></table>'


def test_a_label_cannot_end_its_attribute():
    hostile = '"><script>'
    for markup in (table_html(hostile, (), []), scroll_region(hostile, "", "wide")):
        assert 'aria-label="&quot;&gt;&lt;script&gt;"' in markup
