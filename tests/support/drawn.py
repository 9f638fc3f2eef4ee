"""Opens a lesson through the app's entry script, without a browser, and tells what is drawn."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from lessons.ui.page.state import ENTERED

APP = Path(__file__).parents[2] / "streamlit_sessions_app.py"
TOOLS = {
    "check": "challenges",
    "hint": "challenges",
    "solution": "challenges",
    "reset-challenge": "challenges",
    "bring-back": "challenges",
    "call-operation": "operations",
}
"""The tool that each of these buttons is in."""


def open_lesson(slug: str, visitor: str, **address: str) -> AppTest:
    """A page in a tab that has run the entry before. `tool` is the one that is open next to the ledger."""
    app = AppTest.from_file(APP, default_timeout=120)
    app.session_state[ENTERED.key] = True  # AppTest draws the page alone then, as it does in every run after the first
    app.query_params["visitor"] = visitor
    for name, value in address.items():
        app.query_params[name] = value
    return settled(app.switch_page(f"pages/{slug}.py").run())


def settled(app: AppTest) -> AppTest:
    assert not app.exception, [found.message for found in app.exception]
    return app


def open_tool(app: AppTest, name: str | None) -> AppTest:
    """Open a tool next to the ledger."""
    (bar,) = [found for found in app.get("button_group") if (found.key or "").startswith("tool@")]
    return settled(bar.set_value(name).run())


def name_of(key: str | None) -> str:
    """What a widget is called on its page: its key without the page."""
    return (key or "").rpartition("@")[0] or (key or "")


def names(app: AppTest) -> list[str]:
    """What the buttons of the page are called."""
    return [name_of(found.key) for found in app.button]


def button(app: AppTest, name: str) -> Button:
    (found,) = [one for one in app.button if name_of(one.key) == name]
    return found


def press(app: AppTest, name: str) -> AppTest:
    """Press a button, in the tool that has it."""
    if name in TOOLS and name not in names(app):
        open_tool(app, TOOLS[name])
    return settled(button(app, name).click().run())


def say(app: AppTest, message: str) -> AppTest:
    settled(app.chat_input[0].set_value(message).run())
    # A message redraws the ledger alone, and AppTest knows only what the last run has drawn.
    return app if app.chat_input else settled(app.run())


def ledger(app: AppTest) -> dict:
    """The data that the ledger's component is given."""
    for found in app.get("bidi_component"):
        data = json.loads(found.proto.json or "null")
        if isinstance(data, list):
            return data[0]
    raise AssertionError("no ledger is drawn")


def items(app: AppTest) -> list[dict[str, str]]:
    """The lines of items, with or without a row."""
    return [line for line in ledger(app)["lines"] if line["type"] == "item"]


def html(app: AppTest, part: str) -> str:
    """The last drawn element of HTML or line of the ledger that contains `part`."""
    found = [text for text in _drawn(app) if part in text]
    assert found, f"nothing drawn holds {part!r}"
    return found[-1]


def _drawn(app: AppTest) -> Iterator[str]:
    yield from ledger_words(app).splitlines()
    for element in app.get("html"):
        yield element.value


def ledger_words(app: AppTest) -> str:
    """All words of the ledger, a line for each of its lines; '' where none is drawn."""
    if not any((found.proto.json or "")[:1] == "[" for found in app.get("bidi_component")):
        return ""
    skipped = ("id", "type", "look", "colour", "letter", "kind", "pretty", "over")
    return "\n".join(
        " ".join(" ".join(words.split()) for name, words in line.items() if name not in skipped)
        for line in ledger(app)["lines"]
    )


def chat(app: AppTest) -> str:
    """What the bubbles and the notes of the ledger say."""
    return "\n".join(
        f"{line['text']} {line.get('said', '')} {line.get('none', '')} {line.get('rest', '')}"
        for line in ledger(app)["lines"]
        if line["type"] in ("item", "note")
    )


def stored(app: AppTest) -> str:
    """What the rows of the ledger say: each as it is stored, and what the session makes of it."""
    return "\n".join(
        " ".join(
            line.get(name, "")
            for name in ("mark", "key", "of", "lane", "data", "when", "size", "made", "state", "left")
        )
        for line in ledger(app)["lines"]
        if "key" in line
    )


def heads(app: AppTest) -> list[str]:
    """The heads of the turns, oldest first."""
    return [f"{line['text']} · {line.get('facts', '')}" for line in ledger(app)["lines"] if line["type"] == "turn"]


def words(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def rows(app: AppTest) -> list[tuple[str, str]]:
    """The sign and the id of every stored row ('+': the open turn stored it) and every row that the open turn removed ('−')."""
    return [
        (line.get("mark", ""), line["key"])
        for line in items(app)
        if "key" in line and "gone" not in line.get("look", "").split()
    ]


def removed_before(app: AppTest) -> list[tuple[str, str]]:
    """The id and the Why of every row that another turn than the open one removed."""
    return [(line["key"], line.get("why", "")) for line in items(app) if "gone" in line.get("look", "").split()]


def trace(app: AppTest) -> list[str]:
    """Every line that the open turn tells of: its item, its row, whether it was returned and sent, and why."""
    return [
        " ".join(
            (
                line["text"] + f" {'row ' + line['key'] if 'key' in line else '–'}"
                f" {line['returned']} {line['sent']} {line.get('why', '')}"
            ).split()
        )
        for line in items(app)
        if "returned" in line
    ]


def show_session(app: AppTest, slug: str, session_id: str) -> None:
    field = app.selectbox(key=f"session@{slug}")
    field.options.append(session_id)  # AppTest does not know that a new option can be typed
    settled(field.set_value(session_id).run())


def visitor_of(app: AppTest) -> str:
    found = app.query_params["visitor"]
    return found if isinstance(found, str) else found[0]
