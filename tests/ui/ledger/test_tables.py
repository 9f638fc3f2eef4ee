"""The tool Tables: every table of the store, with what the open turn did to it."""

import re

import pytest

from lessons.kit.visitors.workspace import new_visitor
from tests.support.drawn import html, open_lesson, press, words


def tables(app):
    """What is said of each table, by its name."""
    return {
        words(name): words(said)
        for name, said in re.findall(
            r"<h3>(.*?)</h3><p class='caption'>(.*?)</p>", html(app, "in each table, as stored")
        )
    }


def test_every_table_of_a_turn_with_branches_and_usage_is_shown():
    app = press(open_lesson("analytics", new_visitor(), tool="tables"), "next-step")
    found = tables(app)
    assert found["agent_messages"] == "2 rows. By this turn: 2 added."
    assert found["message_structure"] == "2 rows. By this turn: 2 added."
    assert found["turn_usage"] == "1 row. By this turn: 1 added."
    assert found["branch_reservations"] == "No row of this session."


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("slug", "table", "other"),
    [
        ("encrypted", "agent_messages", "agent_sessions"),
        ("redis", "list entries", "keys"),
        ("hosted", "items", "conversations"),
    ],
)
def test_the_tables_of_other_stores_are_shown_too(slug, table, other):
    found = tables(press(open_lesson(slug, new_visitor(), tool="tables"), "next-step"))
    assert "added" in found[table]
    assert other in found
