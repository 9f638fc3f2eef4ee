"""The tool Tables: every table of the store, with what the open turn did to it."""

import re

import pytest

from lessons.kit.stores.rows import TablePicture
from lessons.kit.stores.sqlite.sqlite_file import SQLiteFile
from lessons.kit.visitors.workspace import new_visitor
from tests.support.drawn import html, open_lesson, press, say, words


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
    named = heads(app)  # as the storage names them; an id that is a column is not shown twice
    assert named["agent_messages"] == ["id", "session_id", "message_data", "created_at"]
    assert named["agent_sessions"] == ["session_id", "created_at", "updated_at"]
    assert named["message_structure"][:3] == ["id", "session_id", "message_id"]


@pytest.mark.parametrize(
    ("complete", "said"), [(True, "The newest 30 of 100 rows."), (False, "The newest 30 of more than 100 rows.")]
)
def test_a_table_of_which_only_the_newest_rows_are_read_is_not_said_to_have_no_more(monkeypatch, complete, said):
    """A table of 1,664 rows was said to have 100, and that no turn had changed it where no turn was open."""
    rows = {key: {"session_id": "my_chat", "message_data": "{}", "created_at": ""} for key in range(1, 101)}
    picture = TablePicture("agent_messages", rows, complete)
    monkeypatch.setattr(SQLiteFile, "picture", lambda store, session_id: (picture,))
    assert tables(open_lesson("basic", new_visitor(), tool="tables")) == {"agent_messages": said}


def test_what_the_open_turn_changed_comes_first():
    """Rows 33 and 34 of 34, which the turn had added, were at the end, below the edge of the panel."""
    app = open_lesson("basic", new_visitor(), tool="tables")
    for number in (1, 2):
        say(app, f"What is {number} + 1?")
    table = html(app, "in each table, as stored").partition("<tbody>")[2].partition("</tbody>")[0]
    assert re.findall(r'<tr class="(\w*)"><td>(?:.*?)</td><td[^>]*>(\d+)</td>', table) == [
        ("added", "3"),
        ("added", "4"),
        ("", "1"),
        ("", "2"),
    ]


def heads(app):
    """The names of the columns of each table that has rows, without the sign of what changed."""
    drawn = re.findall(r"<h3>([^<]*)</h3><p(?:(?!<h3>).)*?<thead>(.*?)</thead>", html(app, "in each table, as stored"))
    return {name: re.findall(r"<th[^>]*>([^<]+)</th>", head) for name, head in drawn}


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
