"""The button that asks a failed message again."""

import json

from lessons.kit.models.offline.model import OfflineModel
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.support.turns import stored
from tests.ui.page.test_lesson_page import open_lesson, say, settled


def buttons(app):
    return [found for found in app.button if found.label == "Ask again"]


def test_a_message_that_failed_can_be_asked_again_and_is_stored_once(monkeypatch):
    visitor = new_visitor()
    app = say(open_lesson(visitor), "My name is Alice")
    assert not buttons(app)

    async def fails(*_, **__):
        raise ConnectionError("no answer")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(OfflineModel, "stream_response", fails)
        say(app, "What's my name?")
    (again,) = buttons(app)
    settled(again.click().run())
    rows = [json.loads(row) for row in stored(open_desk(visitor, "basic"), session_id="my_chat")]
    assert [row["role"] for row in rows] == ["user", "assistant", "user", "assistant"]
    assert not buttons(app)
