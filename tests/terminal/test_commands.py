"""The lessons in a terminal."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from agents import Runner

from lessons.course.index import LESSONS, load_lesson
from lessons.kit.models import providers
from lessons.terminal import command_line as terminal
from tests.support.stored_sessions import assistant, store, user

ROOT = Path(__file__).parents[2]


SLUGS = [
    "basic",
    *(pytest.param(lesson.slug, marks=pytest.mark.matrix) for lesson in LESSONS if lesson.slug != "basic"),
]


@pytest.fixture(autouse=True)
def _provider_of_this_test():
    """The provider is read once in a process; here each test has its own environment, so it is read again."""
    providers.active_provider.cache_clear()
    yield
    providers.active_provider.cache_clear()


@pytest.mark.matrix
def test_a_lesson_is_walked_in_its_own_terminal(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "lessons", "basic"],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=ROOT,
        env={**os.environ, "SESSIONS_DATA_DIR": str(tmp_path / "untouched")},
    )
    assert (run.returncode, run.stderr) == (0, "")
    steps = load_lesson("basic").steps
    for number, step in enumerate(steps, start=1):
        assert f"Step {number}: {step.title}" in run.stdout
    assert f"{len(steps)} of {len(steps)} steps passed" in run.stdout
    assert "model: offline model" in run.stdout
    assert "reply: " in run.stdout
    assert "handles dropped: " in run.stdout
    assert not (tmp_path / "untouched").exists()


@pytest.mark.parametrize("argument", [pytest.param("--stores", marks=pytest.mark.matrix), "--help"])
def test_a_reader_that_ends_early_as_head_does_causes_no_traceback(argument):
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as pipe:
        run = subprocess.run(
            [sys.executable, "-m", "lessons", argument],
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=buffered,
        )
    assert (run.returncode, run.stderr) == (141, "")


def test_without_a_lesson_they_are_listed(capsys):
    assert terminal.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [lesson.slug for lesson in LESSONS]
    assert all(lesson.question in line for lesson, line in zip(LESSONS, lines, strict=True))


@pytest.mark.parametrize("slug", SLUGS)
def test_every_lesson_shows_its_rows_and_ends_with_status_0(capsys, slug):
    assert terminal.main([slug]) == 0
    output = capsys.readouterr().out
    assert "row 1" in output
    assert "the rows do not show it" not in output


def test_the_code_of_each_step_is_printed_where_it_is_wanted_and_no_message_where_there_was_none(capsys):
    assert terminal.main(["encrypted", "--code"]) == 0
    shown = capsys.readouterr().out.split("\nStep ")[1:]
    for step, text in zip(load_lesson("encrypted").steps, shown, strict=True):
        assert f" def {step.run.__name__}(" in text
        assert ("  you:   " in text) == ("Runner.run(" in text), step.title
    assert terminal.main(["encrypted"]) == 0
    assert "def " not in capsys.readouterr().out


def test_another_store_can_be_chosen(capsys):
    assert terminal.main(["basic", "--store", "sqlite_custom_tables"]) == 0
    assert "store: sqlite_custom_tables" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["no-such-lesson"], ["basic", "--store", "no-such-store"], ["start"]])
def test_what_does_not_exist_ends_with_status_2(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        terminal.main(arguments)
    assert ended.value.code == 2
    assert arguments[-1] in capsys.readouterr().err


def test_a_store_without_a_lesson_is_refused_and_not_ignored(capsys):
    with pytest.raises(SystemExit) as ended:
        terminal.main(["--store", "redis"])
    assert ended.value.code == 2
    shown = capsys.readouterr()
    assert "--store needs a lesson" in shown.err
    assert shown.out == ""


def changed(monkeypatch, **changes):
    """Have the terminal walk the first step of the basic lesson, changed."""
    lesson = load_lesson("basic")
    step = replace(lesson.steps[0], **changes)
    monkeypatch.setattr("lessons.terminal.walk.load_lesson", lambda slug: replace(lesson, steps=(step,)))


@pytest.mark.parametrize(
    ("calls", "returned", "said"),
    [
        (True, None, ["the code returned: None"]),
        (False, None, []),
        (True, {"rows left": 0}, ['the code returned: { "rows left": 0 }']),
        (True, "x" * 1_000, [f'the code returned: "{"x" * 299}…']),
    ],
)
def test_what_the_code_of_a_step_returned_is_shown(capsys, monkeypatch, calls, returned, said):
    """Some steps show what they promise only in what their code returns."""

    async def count(session):
        if calls:
            await session.get_items()
        return returned

    changed(monkeypatch, run=count, holds=lambda seen: True)
    assert terminal.main(["basic"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in lines if line.startswith(("you:", "reply:", "the code returned:"))] == said


def test_a_step_that_does_not_hold_ends_with_status_1(capsys, monkeypatch):
    changed(monkeypatch, holds=lambda seen: False)
    assert terminal.main(["basic"]) == 1
    output = capsys.readouterr().out
    assert "the rows do not show it" in output
    assert "0 of 1 steps passed" in output


def test_a_step_that_fails_ends_with_status_1_and_says_why(capsys, monkeypatch):
    async def fail(session):
        raise RuntimeError("no such thing")

    changed(monkeypatch, run=fail)
    assert terminal.main(["basic"]) == 1
    output = capsys.readouterr().out
    assert "RuntimeError: no such thing" in output
    assert "Nothing was stored in this turn" in output


def test_a_verdict_that_raises_is_told_with_the_rows_that_are_kept_and_ends_with_status_1(capsys, monkeypatch):
    changed(monkeypatch, holds=lambda seen: seen.returned[5])
    assert terminal.main(["basic"]) == 1
    output = capsys.readouterr().out
    assert "The check of this step raised IndexError: tuple index out of range" in output
    assert "everything that it did is kept: rows 1, 2." in output
    assert "it could not be judged" in output
    assert "Nothing was stored" not in output


def test_characters_that_steer_a_terminal_are_not_printed(capsys, monkeypatch):
    async def say_strange_things(agent, session):
        return await Runner.run(agent, "My name is \x1b[31mAlice\x07\r\n\x9b2J", session=session)

    changed(monkeypatch, run=say_strange_things)
    terminal.main(["basic"])
    output = capsys.readouterr().out
    assert "Alice" in output
    assert not {"\x1b", "\x07", "\r", "\x9b"} & set(output)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["inspct", "chat.db"], "There is no lesson or command 'inspct'. Do you mean inspect? Lessons: basic, "),
        (["Basic"], "There is no lesson or command 'Basic'. Do you mean basic?"),
        (["zzz"], "There is no lesson or command 'zzz'. Lessons: basic, "),
        (["zzz"], "Commands: contract, ledger, inspect, export, import, move, cleanup, erase, forget."),
        (["basic", "--store", "sqlite_files"], "There is no store 'sqlite_files'. Do you mean sqlite_file?"),
        (["basic", "--stroe", "sqlite_file"], "unrecognized arguments: --stroe sqlite_file"),
        (["inspect", "chat.db", "--limit", "ten"], "--limit: 'ten' is not a whole number"),
        (["inspect", "chat.db", "--rows", "ten"], "--rows: 'ten' is not a whole number"),
        (["export"], "required: FROM, FILE\n"),
        (["erase"], "required: PLACE\n"),
    ],
)
def test_a_slip_of_typing_is_answered_with_what_can_be_written(capsys, given, says):
    with pytest.raises(SystemExit) as end:
        terminal.main(given)
    assert end.value.code == 2
    assert says in capsys.readouterr().err


def test_a_wrong_configuration_is_told_and_the_lesson_still_runs(capsys, monkeypatch):
    monkeypatch.setenv("SESSIONS_MODEL_PROVIDER", "abacus")
    assert terminal.main(["basic"]) == 0
    assert "SESSIONS_MODEL_PROVIDER must be" in capsys.readouterr().out


PRESSED = """
import os, runpy, signal, sys

class Pressed:
    def find_spec(self, name, *_):
        if name == imported:
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                raise TypeError("as a module in C makes of it") from None

imported = sys.argv.pop(1)
sys.meta_path.insert(0, Pressed())
runpy.run_module("lessons", run_name="__main__")
"""


@pytest.mark.parametrize(
    "imported",
    ["lessons.kit.inspect.baseline", "agents", pytest.param("lessons.kit.inspect.check", marks=pytest.mark.matrix)],
)
def test_ctrl_c_while_a_command_is_loaded_ends_it_without_a_traceback(imported, tmp_path):
    store(tmp_path / "a.db", [user(), assistant()])
    command = [sys.executable, "-c", PRESSED, imported, "inspect", str(tmp_path / "a.db")]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (ended.returncode, ended.stderr, ended.stdout) == (130, "Stopped.\n", "")
