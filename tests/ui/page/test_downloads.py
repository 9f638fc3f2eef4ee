"""What the page of a lesson offers to download."""

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.stores.rows import Row, RowPage
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.panels.download import ledger_as_markdown
from tests.support.drawn import html, open_lesson, open_tool, say


def test_the_session_the_ledger_and_the_rows_can_be_downloaded_once_there_are_some():
    page = open_tool(open_lesson("basic", new_visitor()), "script")
    assert html(page, "nothing to download")
    labels = [one.proto.label for one in say(page, "Hello").get("download_button")]
    assert labels == ["Session (JSON)", "Ledger (Markdown)", "Rows (CSV)", "Download the script"]


def test_a_stored_text_stays_text_in_the_ledger_as_markdown():
    data = '{"role": "user", "content": "# Hi | <script>\\n![](https://example.com/x)"}'
    words = ledger_as_markdown(ShownRows("sqlite_file", "alice", RowPage((Row(1, "alice", data, ""),), 1)))
    assert words.splitlines()[0] == "# Ledger of alice"
    (line,) = [one for one in words.splitlines() if one.startswith("| user: ")]
    assert line.startswith(r"| user: \# Hi \| \<script\> \!\[\]\(https://example.com/x\) | 1 ")
    assert line.count(" | ") == 4


def test_the_ledger_as_markdown_says_of_which_turn_its_columns_are_and_how_many_rows_it_has(provider):
    desk = open_desk(new_visitor(), "basic")
    here = walk.Walk(load_lesson("basic"), desk, "sqlite_file", provider)
    for message in ("Hello", "My name is Alice"):
        walk.start_message(here, message, "alice").result(60)
    store, older = desk.store("sqlite_file"), desk.records[0]
    whole = ledger_as_markdown(
        ShownRows("sqlite_file", "alice", store.page("alice"), records=desk.records, record=older)
    )
    first, second = whole.split("## Your message")[1:]
    assert "Returned, Sent and Why are about this turn." in first
    assert "are about" not in second
    newest = store.page("alice", limit=2)
    part = ledger_as_markdown(
        ShownRows("sqlite_file", "alice", newest, records=desk.records, record=older)
    ).splitlines()
    assert part[2] == "2 of 4 rows are here."
    assert part[4] == "Returned, Sent and Why are about a turn that is not here: Your message."
    assert not any("Show older rows" in line for line in part)
