"""The disk of the data folder is full: every action of every lesson says so in words, and nothing that is stored is lost."""

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from lessons.course.index import LESSONS, entry
from lessons.kit.records import load_records
from lessons.kit.stores.rows import Row
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.turns.session_operations import METHODS
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.page.state import PageState
from lessons.ui.panels.tools import offered_tools
from tests.chaos.disk import SmallDisk
from tests.support.drawn import button, ledger_words, name_of, names, open_lesson, open_tool, press, say, words

LEFT_OUT = {"start-over", "step-back", "pool-start", "check-contract"}
"""Step back and start over come last; a pool and a contract are tried on temporary folders elsewhere."""


def _marks(slug: str) -> tuple[pytest.MarkDecorator, ...]:
    return () if slug == "basic" else (pytest.mark.matrix,)


def stored(slug: str, visitor: str) -> dict[str, tuple[Row, ...]]:
    """The rows of each session in the store that the page shows first."""
    store = open_desk(visitor, slug).store(entry(slug).usable_stores[0])
    return {session_id: store.page(session_id).rows for session_id in store.session_ids()}


def act(app: AppTest, disk: SmallDisk, action: Callable[[], AppTest]) -> str:
    """Fill the disk, do it, and return what the page says then: never a traceback, a raw error, or that a file is damaged."""
    disk.fill(0)
    action().run()
    assert not app.exception, [found.message for found in app.exception]
    told = " ".join(words(element.value) for element in app.get("html")) + ledger_words(app)
    assert not re.findall(r"\w*(?:OSError|Errno|OperationalError|I/O error|damaged|not a usable)\w*.{0,80}", told)
    return told


@pytest.mark.parametrize("slug", [pytest.param(one.slug, marks=_marks(one.slug)) for one in LESSONS])
def test_every_action_on_a_full_disk_says_so_and_loses_nothing(slug: str, disk: SmallDisk):
    visitor = new_visitor()
    app = say(open_lesson(slug, visitor), "My name is Alice")
    at_first = stored(slug, visitor)
    press(app, "next-step")
    before = stored(slug, visitor)

    refused, tried = set(), set(LEFT_OUT)
    for tool in (None, *offered_tools(entry(slug))):
        disk.free()
        open_tool(app, tool)
        enabled = {name_of(one.key) for one in app.button if one.key and not one.disabled} - tried
        tried |= enabled
        for name in sorted(enabled):
            if name in names(app) and "The disk is full" in act(app, disk, button(app, name).click):
                refused.add(name)
        keys = [
            field.key for field in app.text_input if not field.disabled
        ]  # in popovers, too: each can have a value to save
        for key in sorted(
            keys, key=lambda key: not key.startswith("describe")
        ):  # another session has no such fields yet
            for typed in [field for field in app.text_input if field.key == key]:
                if "The disk is full" in act(app, disk, typed.set_value("typed on a full disk").run):
                    refused.add(name_of(key))
            for save in [one for one in app.button if key.startswith("describe") and "-Save" in (one.key or "")]:
                if "The disk is full" in act(app, disk, save.click):
                    refused.add("Save")
        if tool == "operations":
            app.segmented_control(key=PageState(slug).operation.key).set_value(METHODS[1]).run()
            act(app, disk, button(app, "call-operation").click)
    if "The disk is full" in act(app, disk, app.chat_input[0].set_value("What's my name?").run):
        refused.add("chat")
    assert refused >= {"chat", "next-step", "reset-challenge", "solution"}
    assert refused >= {"encrypted": {"typed-key"}, "multi_session": {"Save"}}.get(slug, set())
    after = stored(slug, visitor)
    assert {session_id: after[session_id][: len(rows)] for session_id, rows in before.items()} == before
    act(app, disk, button(app, "step-back").click)
    assert stored(slug, visitor) in (after, at_first)

    disk.free()
    app.run()
    for action, step in ((lambda: say(app, "Do you know my name?"), None), (lambda: press(app, "next-step"), 1)):
        action()
        records = open_desk(visitor, slug).records
        assert (records[-1].step, records[-1].problem) == (step, None)
        assert load_records(open_desk(visitor, slug).folder / "records")[-1] == records[-1]
    press(app, "step-back")
    assert open_desk(visitor, slug).records[-1].message == "Do you know my name?"

    disk.fill(0)
    press(app, "start-over")
    press(app, "confirm-start-over")
    assert stored(slug, visitor) == {}
    assert say(app, "My name is Bob").exception == []
    open_desk(visitor, slug).close()
