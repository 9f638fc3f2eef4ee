"""What a type checker says of the code of the cases, and that it accepts the code that is right.

mypy reads the SDK for these, which takes a minute unless it has just checked the project: .ci/run asks for them after that.
"""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agents import OpenAIConversationsSession, Session
from agents.extensions.memory import EncryptedSession
from mypy import api

from lessons.frame.lesson import shown_source
from lessons.guides.cases import mistakes_arguments, mistakes_using, mistakes_without_error, troubleshooting_code
from lessons.guides.search import search

by_mypy = pytest.mark.exhaustive

SAID: dict[Callable[..., Any], tuple[str, str]] = {
    mistakes_arguments.session_by_position: ("session-position", 'Too many positional arguments for "run" of "Runner"'),
    mistakes_arguments.ping_a_file: (
        "declared-class",
        'has incompatible type "SQLiteSession"; expected "RedisSession"',
    ),
    mistakes_arguments.id_that_is_not_a_text: (
        "id-type",
        'Argument 1 to "SQLiteSession" has incompatible type "UUID"; expected "str"',
    ),
    mistakes_arguments.await_a_stream: ("await-stream", 'Incompatible types in "await"'),
    mistakes_without_error.add_a_dict: (
        "add-a-dict",
        'Argument 1 to "add_items" of "SQLiteSession" has incompatible type "dict[str, str]"; expected "list[',
    ),
    mistakes_using.id_for_a_session: (
        "id-as-session",
        'Argument "session" to "run" of "Runner" has incompatible type "str"; expected "Session | None"',
    ),
    mistakes_using.item_attributes: ("item-attributes", 'has no attribute "content"'),
}
RIGHT: tuple[Callable[..., Any], ...] = (
    mistakes_arguments.session_by_name,
    mistakes_arguments.add_a_plain_dict,
    mistakes_arguments.ping_a_server,
    mistakes_arguments.id_as_a_text,
    mistakes_arguments.read_a_stream,
    mistakes_arguments.replace_half_an_emoji,
    mistakes_without_error.add_a_list,
    mistakes_using.session_for_a_session,
    mistakes_using.item_keys,
    mistakes_using.four_methods,
    troubleshooting_code.runs_in_turn,
    troubleshooting_code.with_a_limit,
)
BY_HAND = {
    "a session for the input": (
        "await Runner.run(agent, SQLiteSession('a'))",
        'Argument 2 to "run" of "Runner" has incompatible type "SQLiteSession"; expected "str | list[',
    ),
    "a list that has a name": (
        "items = [{'role': 'user', 'content': 'Hi'}]\nawait SQLiteSession('a').add_items(items)",
        'Argument 1 to "add_items" of "SQLiteSession" has incompatible type "list[dict[str, str]]"; expected "list[',
    ),
    "an annotated list": (
        "items: list[TResponseInputItem] = [{'role': 'user', 'content': 'Hi'}]\nawait SQLiteSession('a').add_items(items)",
        "",
    ),
    "a key that not every item has": (
        "(item,) = await SQLiteSession('a').get_items()\nitem['role']",
        'TypedDict "ResponseFunctionToolCallParam" has no key "role"',
    ),
    "a class without session_settings": (
        "await Runner.run(agent, 'Hi', session=WithoutSettings())",
        'Argument "session" to "run" of "Runner" has incompatible type "WithoutSettings"; expected "Session | None"',
    ),
}
PROJECT = Path(__file__).parents[2]
AS_WITHOUT_SETTINGS = (
    "# mypy: disallow-any-generics=False, disallow-untyped-calls=False, disallow-untyped-defs=False, "
    "disallow-incomplete-defs=False, warn-return-any=False, warn-unused-ignores=False, warn-unreachable=False\n"
)
"""What the project asks for and a learner's own program does not. In each file, so that what mypy knows of the SDK is kept."""
ABOVE = """
from agents import Agent, Runner, SQLiteSession, TResponseInputItem
class WithoutSettings:
    session_id = "a"
    async def get_items(self, limit: int | None = None) -> list[TResponseInputItem]: return []
    async def add_items(self, items: list[TResponseInputItem]) -> None: ...
    async def pop_item(self) -> TResponseInputItem | None: ...
    async def clear_session(self) -> None: ...
agent = Agent(name="A")
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> dict[str, str]:
    """What mypy says of each code, by its name."""
    folder = tmp_path_factory.mktemp("checked")
    codes = {code.__name__: f"from agents import Agent\n{shown_source(code)}" for code in (*SAID, *RIGHT)}
    for code in (*SAID, *RIGHT):
        for name in inspect.signature(code).parameters:
            kind = "Agent" if name == "agent" else "str"
            codes[code.__name__] = codes[code.__name__].replace(f"({name})", f"({name}: {kind})", 1)
    for name, (lines, _) in BY_HAND.items():
        body = lines.replace("\n", "\n    ")
        codes[name.replace(" ", "_")] = f"{ABOVE}async def main() -> None:\n    {body}\n"
    for name, code in codes.items():
        (folder / f"{name}.py").write_text(AS_WITHOUT_SETTINGS + code, encoding="utf-8")
    project = [f"--config-file={PROJECT / 'pyproject.toml'}", f"--cache-dir={PROJECT / '.mypy_cache'}"]
    output = api.run([*project, str(folder)])[0]
    found: dict[str, str] = dict.fromkeys(codes, "")
    for line in output.splitlines():
        for name in codes:
            if f"{name}.py:" in line and " error: " in line:
                found[name] += line.partition(" error: ")[2] + "\n"
    return found


@by_mypy
@pytest.mark.parametrize("code", SAID, ids=lambda code: code.__name__)
def test_a_type_checker_says_of_the_wrong_code_what_leads_to_its_case(said, code):
    slug, words = SAID[code]
    assert words in said[code.__name__]
    leads = [result.case.slug for result in search(said[code.__name__].splitlines()[0]).fitting[:3] if result.case]
    assert slug in leads or words.startswith(("Incompatible types in", "has no attribute"))


@by_mypy
@pytest.mark.parametrize("code", RIGHT, ids=lambda code: code.__name__)
def test_a_type_checker_accepts_the_right_code(said, code):
    assert said[code.__name__] == ""


@by_mypy
@pytest.mark.parametrize("name", BY_HAND)
def test_what_a_type_checker_says_of_the_arguments_of_a_session(said, name):
    words = BY_HAND[name][1]
    found = said[name.replace(" ", "_")]
    assert words in found if words else found == ""


def test_an_attribute_of_the_protocol_is_a_property_of_two_classes_and_both_run_as_sessions():
    """Pyright refuses this: what may be set in the protocol cannot be a property. At run time nothing asks for that."""
    assert isinstance(EncryptedSession.__dict__["session_settings"], property)
    assert isinstance(OpenAIConversationsSession.__dict__["session_id"], property)
    assert {"session_settings", "session_id"} <= set(Session.__annotations__)
