"""Links to rows: what they say, and which row a clicked one means."""

import re

import pytest

from lessons.kit.row_ref import RowRef
from lessons.ui.ledger.row_links import linked_row, row_link

HERE = ("sqlite_file", "alice")


def href(link: str) -> str:
    (found,) = re.findall('href="#row-([^"]*)"', link)
    return found


def test_a_link_to_a_row_of_the_shown_session_names_its_key_alone():
    row = RowRef(*HERE, 3)
    assert row_link(row) == '<a href="#row-3">row 3</a>'
    assert linked_row(href(row_link(row)), *HERE) == row


@pytest.mark.parametrize(
    "session_id", ["bob", "a/b", '"><script>alert(1)</script>', "100%_'\"\\", "", "ü #?&=", "\u202e"]
)
def test_a_link_to_a_row_elsewhere_brings_its_store_and_session(session_id):
    row = RowRef("json_files", session_id, 1)
    link = row_link(row, "1", elsewhere=True)
    assert "<script>" not in link
    assert linked_row(href(link), *HERE) == row


@pytest.mark.parametrize(
    "link", ["", "x", "-1", "1/json_files", "1/json_files/bob/more", "٣", "1" * 16, "1 or 1=1", "javascript:1"]
)
def test_anything_else_names_no_row(link):
    assert linked_row(link, *HERE) is None
