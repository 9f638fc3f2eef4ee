"""What CONTRIBUTING.md says works: its guides are followed, as they are written, in a copy of the project.

Each block of code stands below a sentence that says where it goes (PLACES). Each command between backticks is run,
and its output has to end with the words that the sentence quotes.
"""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FOLDERS = ("lessons", "pages", "tests", "docs", ".streamlit", ".ci")
FILES = ("*.py", "*.md", "*.txt", "*.toml", "env.example", "LICENSE")
SECONDS = 600
"""It takes ten seconds on an idle processor. On a busy machine it takes longer, which is not a fault."""
AFTER_EACH = "Where things are"
"""The section whose command is for every change."""


@dataclass(frozen=True)
class Block:
    """One block of code, and the sentences since the block before it."""

    sentences: str
    code: str


@dataclass(frozen=True)
class Command:
    """What is typed after `python -m`, and the words that the last line of its output ends with; '' for any."""

    line: str
    ends_with: str


def write_file(project: Path, code: str, path: str) -> None:
    assert not (project / path).exists(), path
    (project / path).parent.mkdir(parents=True, exist_ok=True)
    (project / path).write_text(code, encoding="utf-8")


def write_import(project: Path, code: str, path: str) -> None:
    """Before the first import of the project's own modules."""
    text = (project / path).read_text(encoding="utf-8")
    before, found, after = text.partition("\nfrom lessons.")
    assert found, path
    (project / path).write_text(f"{before}\n{code}{found.lstrip()}{after}", encoding="utf-8")


def write_before(project: Path, code: str, path: str, line: str) -> None:
    lines = (project / path).read_text(encoding="utf-8").splitlines(keepends=True)
    (at,) = (number for number, text in enumerate(lines) if text.strip() == line)
    indent = lines[at][: -len(lines[at].lstrip())]
    (project / path).write_text("".join([*lines[:at], textwrap.indent(code, indent), *lines[at:]]), encoding="utf-8")


def write_last(project: Path, code: str, name: str, path: str) -> None:
    """Before the bracket that closes the value of `name`."""
    text = (project / path).read_text(encoding="utf-8")
    (value,) = (
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target) == name
    )
    lines = text.splitlines(keepends=True)
    at = value.end_lineno - 1
    indent = lines[at][: -len(lines[at].lstrip())] + "    "
    (project / path).write_text("".join([*lines[:at], textwrap.indent(code, indent), *lines[at:]]), encoding="utf-8")


def write_at_the_end(project: Path, code: str, path: str) -> None:
    with (project / path).open("a", encoding="utf-8") as file:
        file.write(code)


def write_between_markers(project: Path, code: str, marker: str) -> None:
    readme = project / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").replace(f"<!-- /{marker} -->", f"{code}<!-- /{marker} -->"))


PLACES: tuple[tuple[str, Callable[..., None]], ...] = (
    (r"to the end of `(\w+)`(?: in `\w+`)? (?:in|of) `([\w/.]+)`", write_last),
    (r"in `([\w/.]+)`, before the line `([^`]+)`", write_before),
    (r"at the end of `([\w/.]+)`", write_at_the_end),
    (r"at the top of `([\w/.]+)`", write_import),
    (r"between the `(\w+)` markers", write_between_markers),
    (r" as `([\w/.]+)`", write_file),
)
"""How a sentence names the place of the block below it, and what puts the block there."""


def sections() -> dict[str, str]:
    """The text of each section, by its title."""
    return {text.partition("\n")[0]: text for text in re.split(r"^## ", GUIDE, flags=re.M)[1:]}


def guides() -> dict[str, str]:
    """The numbered steps of each section that has some, by its title."""
    found = {}
    for title, text in sections().items():
        _, first, after = text.partition("\n1. ")
        if first:
            steps = takewhile(lambda line: not line or line[0] in " 0123456789", after.splitlines()[1:])
            found[title] = "\n".join([f"1. {after.splitlines()[0]}", *steps, ""])
    return found


def blocks(guide: str) -> list[Block]:
    parts = re.split(r"^ *```\w*\n(.*?)^ *```\n", guide, flags=re.M | re.S)
    return [
        Block(" ".join(said.split()), textwrap.dedent(code))
        for said, code in zip(parts[::2], parts[1::2], strict=False)
    ]


def follow(project: Path, guide: str) -> list[Path]:
    """Put every block of the guide where its sentence says."""
    for path in re.findall(r"an empty `([\w/.]+)`", guide):
        write_file(project, "", path)
    for block in blocks(guide):
        found = [(put, place.groups()) for pattern, put in PLACES if (place := re.search(pattern, block.sentences))]
        assert len(found) == 1, block.sentences
        put, names = found[0]
        put(project, block.code, *names)


def commands(text: str) -> list[Command]:
    steps = " ".join(re.sub(r"^ *```.*?^ *```\n", "", text, flags=re.M | re.S).split())
    found = re.findall(
        r'(?<!\S)`python -m ((?:lessons|pytest|tests\.course\.what_steps_show)(?= )[^`]*)`(?: ends with "([^"]+)")?',
        steps,
    )
    return [Command(line, ends_with) for line, ends_with in found]


IN_ONE_PROCESS = """
import contextlib, io, json, shlex, sys
import pytest
from lessons.terminal import command_line
from tests.course import what_steps_show

def run_tests(arguments):
    # A plugin was imported by the command before: its assertions say less, and that is all.
    return pytest.main(["-W", "ignore::pytest.PytestAssertRewriteWarning", *arguments])

for line in json.loads(sys.argv[1]):
    program, *arguments = shlex.split(line)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        programs = {"pytest": run_tests, "lessons": command_line.main, "tests.course.what_steps_show": what_steps_show.write}
        status = programs[program](arguments)
    print(json.dumps([line, int(status), printed.getvalue()]))
"""
"""The commands one after the other: loading the SDK for each of them would take most of the time."""


def test_the_guides_are_found():
    assert commands(sections()[AFTER_EACH]) == [Command("pytest tests/test_layers.py tests/test_readme.py", "")]
    assert list(guides()) == ["Adding a lesson", "Adding a backend", "Adding an item kind", "Adding a terminal command"]
    for guide in guides().values():
        assert blocks(guide)
        assert any(command.line.startswith("pytest") for command in commands(guide))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    copy = tmp_path / "project"
    for name in FOLDERS:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "screenshots"))
    for pattern in FILES:
        for path in ROOT.glob(pattern):
            shutil.copy(path, copy)
    return copy


@pytest.mark.matrix  # it takes some ten seconds
def test_what_the_guides_describe_can_be_made_and_passes(project: Path):
    """One copy for all guides: what they make works together."""
    for guide in guides().values():
        follow(project, guide)
    asked = [command for text in (*guides().values(), sections()[AFTER_EACH]) for command in commands(text)]
    # No servers and no settings of pytest from the run that this test belongs to.
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment = {**outside, "CI": "", "POSTGRES_URL": "", "MYSQL_URL": "", "REDIS_URL": ""}
    run = subprocess.run(
        [sys.executable, "-c", IN_ONE_PROCESS, json.dumps([command.line for command in asked])],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    ended = [json.loads(line) for line in run.stdout.splitlines()]
    assert [line for line, _, _ in ended] == [command.line for command in asked], run.stderr
    for command, (line, status, printed) in zip(asked, ended, strict=True):
        assert status == 0, f"{line}\n{printed}"
        assert printed.strip().splitlines()[-1].endswith(command.ends_with), line
