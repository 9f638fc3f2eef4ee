"""Which session class of the installed SDK raises a message, read from the SDK's own source."""

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_FEWEST_LETTERS = 16
"""A message with fewer fixed letters could be any program's."""

_CALLED = re.compile(r"TypeError: (\w+Session)\.\w+\(\) (?:missing|got|takes)")


_UNKNOWN_ARGUMENT = re.compile(
    r"TypeError: (\w+Session)\.(?:__init__|from_url)\(\) got an unexpected keyword argument "
    r"'(?!\w*table|conversation|\w*url|session_settings)\w+'"
)
"""Arguments that no case is about."""


def class_without_the_argument(text: str) -> str:
    """The session class that does not take the argument; '' where a case says more, or for another error."""
    found = _UNKNOWN_ARGUMENT.search(text)
    return found[1] if found else ""


def raised_by(text: str) -> str:
    """The session class of a message: its module raises it, or Python names a method of it; '' for none or several."""
    if called := _CALLED.search(text):
        return called[1]
    classes = {name for message, name in _messages() if message.search(text)}
    return classes.pop() if len(classes) == 1 else ""


@cache
def _messages() -> tuple[tuple[re.Pattern[str], str], ...]:
    spec = find_spec("agents")
    roots = [Path(root) for root in (spec and spec.submodule_search_locations) or ()]
    found = []
    for file in [
        file for root in roots for under in ("memory", "extensions/memory") for file in (root / under).glob("*.py")
    ]:
        tree = ast.parse(file.read_text("utf-8"))
        names = [one.name for one in tree.body if isinstance(one, ast.ClassDef) and one.name.endswith("Session")]
        raised = [one.exc for one in ast.walk(tree) if isinstance(one, ast.Raise) and isinstance(one.exc, ast.Call)]
        templates = [_template(one.args[0]) for one in raised if one.args and len(names) == 1]
        found += [(re.compile(one), names[0]) for one in templates if len(re.findall("[a-z]", one)) >= _FEWEST_LETTERS]
    return tuple(found)


def _template(message: ast.expr) -> str:
    """A pattern for the message: its fixed text, and anything where a value is put in."""
    if isinstance(message, ast.JoinedStr):
        return "".join(map(_template, message.values))
    if isinstance(message, ast.BinOp):
        return _template(message.left) + _template(message.right)
    if isinstance(message, ast.Constant) and isinstance(message.value, str):
        return re.escape(message.value)
    return ".*"
