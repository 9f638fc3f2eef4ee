"""Above the message box stand messages that the offline model can answer; a press sends one."""

from dataclasses import replace

import pytest

from lessons.kit.models.offline.answers import answer
from lessons.kit.models.providers import active_provider
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.panels.suggestions import SUGGESTIONS
from tests.support.drawn import chat, open_lesson, settled

NAMED = [{"role": "user", "content": "My name is Alice"}, {"role": "assistant", "content": "Nice to meet you, Alice."}]


def pills(page):
    return next((group for group in page.get("button_group") if "suggestion" in (group.key or "")), None)


@pytest.mark.parametrize("stored", [[], [{"role": "user", "content": "Hello"}], NAMED])
def test_the_offline_model_has_a_rule_for_each_of_them(stored):
    for message in SUGGESTIONS:
        assert "no rule" not in answer([*stored, {"role": "user", "content": message}], None, [], [])


def test_a_press_sends_one_and_all_stay_where_they_are():
    page = open_lesson("basic", new_visitor())
    settled(pills(page).set_value("My name is Alice").run())
    assert "Nice to meet you, Alice." in chat(page)
    assert not pills(page).value
    settled(pills(page).set_value("What is my name?").run())
    assert "Your name is Alice" in chat(page)
    assert pills(page).options == list(SUGGESTIONS)


def test_nothing_is_offered_with_a_real_model(monkeypatch):
    hosted = replace(active_provider(), name="openai", label="a model")
    monkeypatch.setattr("lessons.ui.panels.suggestions.active_provider", lambda: hosted)
    assert pills(open_lesson("basic", new_visitor())) is None
