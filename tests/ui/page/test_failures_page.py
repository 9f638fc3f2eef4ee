"""The page of When a run fails, drawn through the entry without a browser."""

import pytest

from lessons.kit.turns import next_message
from lessons.kit.visitors.workspace import new_visitor
from tests.support.drawn import html, open_lesson, press, stored


def test_what_goes_wrong_is_chosen_and_runs_and_is_recovered_from(data_folder, monkeypatch):
    app = open_lesson("failures", new_visitor(), tool="goes_wrong", store="sqlite_file")
    app.selectbox(key="goes-wrong@failures").set_value("model_error_after_tool").run()
    press(app, "go-wrong")
    said = html(app, "The next run would send")
    assert "It happened as described" in html(app, "happened as described")
    assert "user, tool call, tool output." in said
    assert "user, tool call, tool output, then its own message" in said
    assert stored(app)  # the page shows its session
    with monkeypatch.context() as patch:  # a dry run at each rerun costs as much as a run
        patch.setattr(next_message, "before_next_message", lambda *_: pytest.fail("the rows are the same"))
        assert html(app.run(), "The next run would send") == said
    press(app, "recover")
    assert "After the recovery: user, tool call, tool output, assistant" in html(app, "After the recovery")
    assert "✓ The rows show it" in html(app, "After the recovery")


def test_a_failure_that_needs_another_store_says_so(data_folder):
    app = open_lesson("failures", new_visitor(), tool="goes_wrong", store="sqlite_file")
    app.selectbox(key="goes-wrong@failures").set_value("disk_full").run()
    assert "It cannot happen on" in html(app, "It cannot happen on")
