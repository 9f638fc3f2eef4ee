"""A learner is shown all code of a step or a solution, wherever it is in the lesson's folder."""

import ast
import importlib
import inspect
import pkgutil

import pytest

from lessons.course.index import LESSONS, load_lesson
from lessons.course.long_conversations.ways_to_send_less import WAYS
from lessons.frame.lesson import Lesson, shown_source
from lessons.kit.turns.planned_turn import Arguments

SLUGS = [entry.slug for entry in LESSONS]


def functions_of(slug: str) -> set[str]:
    """The names of all functions in the modules of a lesson's folder."""
    folder = importlib.import_module(f"lessons.course.{slug}")
    modules = [
        importlib.import_module(f"{folder.__name__}.{found.name}") for found in pkgutil.iter_modules(folder.__path__)
    ]
    return {
        name
        for module in modules
        for name, found in inspect.getmembers(module, inspect.isfunction)
        if found.__module__.startswith(folder.__name__)
    }


def used_and_defined(text: str) -> tuple[set[str], set[str]]:
    nodes = list(ast.walk(ast.parse(text)))
    used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return used, {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("slug", SLUGS)
def test_a_lesson_has_steps_and_challenges(slug: str) -> None:
    lesson: Lesson = load_lesson(slug)
    assert lesson.steps
    assert lesson.challenges


@pytest.mark.parametrize("slug", SLUGS)
def test_no_two_steps_differ_only_in_the_line_that_opens_the_session(slug: str) -> None:
    """The card does not mark such a difference: a learner would look for it in code that is the same."""
    opened: dict[str, set[tuple[str | None, str | None]]] = {}
    for step in load_lesson(slug).steps:
        opened.setdefault(step.run.__name__, set()).add((step.store, step.session_id))
    assert [name for name, ways in opened.items() if len(ways) > 1] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_every_function_of_the_lesson_that_shown_code_calls_is_shown(slug: str) -> None:
    lesson, functions = load_lesson(slug), functions_of(slug)
    for code in (*(step.run for step in lesson.steps), *(challenge.solution for challenge in lesson.challenges)):
        used, defined = used_and_defined(shown_source(code))
        assert used & functions <= defined, code.__name__
        assert code.__name__ in defined


def test_a_solution_is_shown_with_what_it_calls_in_the_file_of_the_steps() -> None:
    solution = load_lesson("memory_operations").challenges[0].solution
    assert solution.__module__ == "lessons.course.memory_operations.challenges"
    _, defined = used_and_defined(shown_source(solution))
    assert defined == {"from_the_user", "undo_turn", "undo_it_whole"}


def test_a_way_to_send_less_is_shown_with_the_callback_that_it_uses() -> None:
    way = next(way for way in WAYS if "last_two_turns" in way.run.__code__.co_names)
    assert "def last_two_turns(history, new):" in shown_source(way.run)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_function_that_no_learner_reads_is_annotated(slug: str) -> None:
    """mypy allows functions without annotations in these modules, because learners read some of them."""
    lesson = load_lesson(slug)
    attempts = [attempt.run for challenge in lesson.challenges for attempt in challenge.wrong_attempts]
    codes = [*(step.run for step in lesson.steps), *(challenge.solution for challenge in lesson.challenges), *attempts]
    read = {name for code in codes for name in used_and_defined(shown_source(code))[1]}
    for module in ("lesson", "challenges"):
        loaded = importlib.import_module(f"lessons.course.{slug}.{module}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            parameters = set(inspect.signature(function).parameters)
            if name in read or parameters <= Arguments.__required_keys__:  # the second part: a step for an older SDK
                continue
            assert {*parameters, "return"} == set(function.__annotations__), name
