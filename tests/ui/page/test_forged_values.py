"""Values that no page has offered, in the address and in the messages of a browser. The page answers in words and never with
an exception.
"""

import math
from itertools import cycle
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from lessons.course.index import COURSE
from lessons.kit.visitors.workspace import is_visitor, new_visitor
from tests.support.drawn import APP, button, html, open_lesson, say, settled, visitor_of, words

TEXTS = (
    "",
    "../../x",
    "x" * 5_000,
    "NaN",
    "-1",
    "1e999",
    "0" * 30,
    "\x00",
    "\u202e'; DROP TABLE agent_messages; --",
    "🙂<b>",
)
PARAMETERS = (
    "store",
    "session",
    "row",
    "step",
    "challenge",
    "stores",
    "answers",
    "part",
    "case",
    "storage",
    "table",
    "turn",
    "tool",
    "view",
)
PAGES = [entry.slug for entry in COURSE]


def no_exception(app: AppTest, *said: object) -> None:
    assert not app.exception, (*said, [found.message for found in app.exception])
    assert app.get("html"), said


@pytest.mark.parametrize(
    "slug", [pytest.param(slug, marks=() if slug == "basic" else pytest.mark.matrix) for slug in PAGES]
)
def test_every_parameter_of_the_address_takes_every_value(slug: str):
    for value in TEXTS[1::2]:
        no_exception(open_lesson(slug, new_visitor(), **dict.fromkeys(PARAMETERS, value)), value)
    for name, value in zip(PARAMETERS, cycle(TEXTS), strict=False):
        no_exception(open_lesson(slug, new_visitor(), **{name: value}), name, value)
    app = open_lesson(slug, "../../x")
    no_exception(app)
    assert is_visitor(visitor_of(app))


def test_an_address_without_a_valid_visitor_is_said_to_be_one_of_a_new_visitor():
    app = AppTest.from_file(APP, default_timeout=120)
    app.query_params["visitor"] = "../../x"
    settled(app.run())
    assert "does not name a visitor. You are now a new visitor" in words(html(app, "does not name a visitor"))
    assert is_visitor(visitor_of(app))
    settled(app.run())
    assert "does not name a visitor" not in " ".join(element.value for element in app.get("html"))


@pytest.mark.parametrize("store", ["postgresql", "mysql"])
def test_a_session_id_that_a_server_cannot_store_is_not_a_fault_of_the_server(store: str):
    app = open_lesson("databases", new_visitor(), store=store, session="a\x00b")
    no_exception(app)
    assert not [element.value for element in app.get("html") if 'role="alert"' in element.value]
    assert app.query_params["session"] in ("ab", ["ab"])


@pytest.mark.parametrize(
    ("store", "said"),
    [
        ("../../x", "The address names the store '../../x', which does not exist."),
        ("json_files", "The address names the store 'JSON files (own class)', which this lesson does not offer."),
    ],
)
def test_a_store_that_cannot_be_shown_is_named_and_why(store: str, said: str):
    app = open_lesson("basic", new_visitor(), store=store)
    assert words(html(app, "The address names")) == f"{said} This page shows In a file."
    assert app.query_params["store"] in ("sqlite_file", ["sqlite_file"])


def test_a_store_without_its_server_is_named_and_what_it_needs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REDIS_URL", "")
    app = open_lesson("redis", new_visitor(), store="redis")
    assert "'Redis server', which cannot be used here. Set REDIS_URL" in words(html(app, "The address names"))


@pytest.mark.parametrize(
    ("slug", "parameters", "said"),
    [
        ("basic", {"step": "NaN"}, "The address names the step 'NaN'. This lesson has steps 1 to 11."),
        (
            "basic",
            {"step": "99"},
            "The address names the step '99'. This lesson has steps 1 to 11. This page shows step 11.",
        ),
        ("basic", {"challenge": "inf", "tool": "challenges"}, "The address names the challenge 'inf'."),
        ("basic", {"challenge": "inf"}, "This lesson has challenges 1 to 3. This page shows challenge 1."),
        ("basic", {"tool": "nosuch"}, "The address names the tool 'nosuch', which does not exist. No tool is open."),
        ("basic", {"tool": "envelope"}, "The address names the tool 'envelope', which this lesson does not offer."),
        ("basic", {"view": "nosuch"}, "The address names the view 'nosuch', which does not exist."),
        ("basic", {"row": "-inf"}, "The address names the row '-inf', which is not a whole number above 0."),
        ("basic", {"turn": "20250101"}, "The address names the turn '20250101', which is not kept here."),
        ("basic", {"row": "7"}, "The address names row 7, which is not in this session now"),
        (
            "basic",
            {"session": "a\x00b"},
            "The address names the session 'a\\x00b', which is too long or cannot be typed.",
        ),
        ("basic", {"session": "x" * 99}, "This page shows 'xxxx"),
        (
            "compare",
            {"stores": "sqlite_file,../x"},
            "The address names the stores '../x', which a link cannot choose here.",
        ),
        ("choose", {"part": "../x"}, "The address names the part '../x', which this page does not have."),
        ("choose", {"case": "x"}, "the case 'x'"),
        ("choose", {"answers": "NaN"}, "the answers 'NaN'"),
    ],
)
def test_a_value_that_the_page_cannot_show_is_named(slug: str, parameters: dict[str, str], said: str):
    app = open_lesson(slug, new_visitor(), **parameters)
    no_exception(app)
    assert said in " ".join(words(element.value) for element in app.get("html"))


def test_another_turn_is_said_to_be_explained_only_if_there_is_one():
    visitor = new_visitor()
    app = open_lesson("basic", visitor, turn="20250101")
    assert words(html(app, "names the turn")).endswith("which is not kept here.")
    say(app, "My name is Alice")
    again = open_lesson("basic", visitor, turn="20250101")
    assert words(html(again, "names the turn")).endswith("which is not kept here. This page explains another one.")


def test_what_the_page_can_show_is_not_complained_of():
    visitor = new_visitor()
    say(open_lesson("basic", visitor), "My name is Alice")
    app = open_lesson(
        "basic", visitor, step="11", challenge="1", row="1", store="sqlite_file", session="my_chat", tool="calls"
    )
    assert "The address names" not in " ".join(element.value for element in app.get("html"))
    assert "The address names" not in " ".join(element.value for element in open_lesson("choose", visitor).get("html"))


FIELDS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "NumberInput": ("double_value", (math.nan, math.inf, -math.inf, 1e308, -1e308, 2.5)),
    "Selectbox": ("string_value", TEXTS[:4]),
    "TextInput": ("string_value", TEXTS[2:9:2]),
    "TextArea": ("string_value", TEXTS[2:9:2]),
    "ChatInput": ("string_trigger_value", ()),
    "Radio": ("string_value", TEXTS[:2]),
    "ButtonGroup": ("string_array_value", ([], [""], ["../../x"], ["NaN", "-1"])),
    "Toggle": ("bool_value", (True, False)),
}
"""The field of a browser's message that a widget reads, and what is put into it."""


def forged(app: AppTest, node: Any, field: str, value: Any) -> AppTest:
    """The page after a message that says `value` for this widget, and what it says now for all others."""
    states = app._tree.get_widget_states()
    kept = [state for state in states.widgets if state.id != node.id]
    del states.widgets[:]
    states.widgets.extend(kept)
    state = WidgetState(id=node.id)
    if field == "string_array_value":
        state.string_array_value.data.extend(value)
    else:
        setattr(state, field, value)
    states.widgets.append(state)
    return app._run(states)


@pytest.mark.parametrize(
    "slug", [pytest.param(slug, marks=() if slug == "memory_operations" else pytest.mark.matrix) for slug in PAGES]
)
def test_every_widget_takes_every_value(slug: str):
    app = open_lesson(slug, new_visitor())
    if app.chat_input:
        say(app, "My name is Alice")
        say(app, "What's my name?")
    for node in list(app._tree):
        field, values = FIELDS.get(type(node).__name__, ("", ()))
        for value in values:
            app = forged(app, node, field, value)
            no_exception(app, slug, node.label, value)


def test_a_limit_that_is_not_whole_gets_words():
    app = open_lesson("memory_operations", new_visitor(), tool="operations")
    app.number_input[0].set_value(2.5).run()
    assert "The field 'limit' holds 2.5." in words(html(app, "limit"))
    assert button(app, "call-operation").disabled
    app.number_input[0].set_value(2).run()
    assert "await session.get_items(limit=2)" in [code.value for code in app.code]
