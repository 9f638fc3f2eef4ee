"""What the page of a lesson offers to download."""

from lessons.kit.stores.rows import Row, RowPage
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
