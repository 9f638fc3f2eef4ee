"""Numbers with their words, and tables."""

import json

import pytest

from lessons.kit.problems.counted import counted
from lessons.ui.widgets.table import _as_csv, _as_json, _as_markdown, cells_of, scroll_region, table_html


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


DRAWN = table_html(
    "Rows", ("", "said"), ['<tr><th scope="row">1</th><td>=HYPERLINK(1)<p>a|b &amp; <b>c</b></p><i></i></td></tr>']
)


def test_a_table_is_taken_away_as_its_words_and_no_cell_of_it_is_a_formula_or_markdown():
    lines = cells_of(DRAWN)
    assert lines == [["", "said"], ["1", "=HYPERLINK(1) a|b & c"]]
    assert _as_csv(lines).decode("utf-8-sig").splitlines()[1] == "1,'=HYPERLINK(1) a|b & c"
    assert json.loads(_as_json(lines)) == [{"name": "1", "said": "=HYPERLINK(1) a|b & c"}]
    assert _as_markdown(lines).decode().splitlines()[2] == r"| 1 | =HYPERLINK\(1\) a\|b \& c |"
