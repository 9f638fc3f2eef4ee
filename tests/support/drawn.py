"""Opens a lesson through the entry, without a browser, and says what is drawn."""

import re
from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

APP = Path(__file__).parents[2] / "streamlit_sessions_app.py"


def open_lesson(slug: str, visitor: str, **address: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=30)
    app.query_params["visitor"] = visitor
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    return settled(app.switch_page(f"pages/{slug}.py").run())


def settled(app: AppTest) -> AppTest:
    assert not app.exception, [found.message for found in app.exception]
    return app


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
    return settled(button(app, name).click().run())


def say(app: AppTest, message: str) -> AppTest:
    return settled(app.chat_input[0].set_value(message).run())


def html(app: AppTest, part: str) -> str:
    """The last drawn element that holds `part`."""
    found = [element.value for element in app.get("html") if part in element.value]
    assert found, f"nothing drawn holds {part!r}"
    return found[-1]


def words(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def rows(app: AppTest) -> list[tuple[str, str]]:
    """The sign and the id of every drawn row: '+' was added by the shown turn, '−' removed."""
    lines = re.findall(r'<tr class="[^"]*" data-key="(\d+)"[^>]*><td>([^<]*)', html(app, 'class="rows"'))
    return [(sign, key) for key, sign in lines]


def trace(app: AppTest) -> list[str]:
    """The words of every line of the trace."""
    body = html(app, 'class="trace"').partition("<tbody>")[2].partition("</tbody>")[0]
    return [words(line) for line in body.split("</tr>")[:-1]]
