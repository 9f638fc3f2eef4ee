"""The changed versions of code, and whether a verdict that looks at too little is found."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from agents import Runner

from lessons.course.changed_versions import changed_versions as counted
from lessons.course.index import LESSONS, load_lesson
from tests.mutants.attack import BY_HAND, attack_steps
from tests.mutants.changed_code import changed_versions
from tests.mutants.operators import OPERATORS, another_key, mutants

CHANGES = [
    ("await Runner.run(agent, 'Hi', session=session)", "await Runner.run(agent, 'Hi')"),
    (
        "await Runner.run(agent, 'Hi', session=session)",
        "await Runner.run(agent, 'Hi', session=open_session('another_id'))",
    ),
    ("await Runner.run(agent, 'Hi', session=session)", "await m_streamed(agent, 'Hi', session=session)"),
    ("await Runner.run(agent, 'Hi', session=session)", "await Runner.run(agent, 'Tell me a story.', session=session)"),
    (
        "await Runner.run(agent, 'Hi', session=session)",
        "await Runner.run(agent, 'Hi', session=await m_added_again(session))",
    ),
    ("Runner.run_sync(agent, 'Hi', session=session)", "m_streamed_now(agent, 'Hi', session=session)"),
    ("Runner.run_streamed(agent, 'Hi', session=session)", "await m_run(agent, 'Hi', session=session)"),
    ("open_session('alice', ttl=600)", "open_session('another_id', ttl=600)"),
    ("open_session('alice', ttl=600)", "open_session('alice', ttl=600 + 1)"),
    ("open_session('alice', ttl=600)", "open_session('alice', ttl=600 - 1)"),
    ("open_session('alice', ttl=600)", "open_session('alice', ttl=None)"),
    ("open_session('alice', ttl=600)", "open_session('alice')"),
    ("await session.get_items(limit=2)", "await session.get_items(limit=2 + 1)"),
    ("await session.get_items()", "await m_items_added_again(session)"),
    ("await session.clear_session()", "await m_pop_all(session)"),
    ("restart()", "pass"),
    ("await session.store_run_usage(result)", "pass"),
    ("await asyncio.gather(one(), two())", "await m_in_turn(one(), two())"),
    ("RunConfig(session_input_callback=newest)", "RunConfig(session_input_callback=m_history_and_new)"),
    ("RunConfig(call_model_input_filter=shorten)", "RunConfig(call_model_input_filter=m_unchanged)"),
    ("open_session('alice')", "open_session('alice', encryption_key='another key')"),
]


@pytest.mark.parametrize(("line", "changed"), CHANGES)
def test_a_line_is_changed_so_that_it_no_longer_does_what_it_claims(line, changed):
    tree = ast.parse(f"async def step(agent, session):\n    {line}").body[0]
    found = [ast.unparse(mutant.tree.body[0]) for mutant in mutants(tree, (*OPERATORS, another_key))]
    assert changed in found


async def tell(agent, session):
    return await ask(agent, session)


async def ask(agent, session):
    return await Runner.run(agent, "My name is Alice", session=session)


def test_the_functions_that_a_step_calls_are_changed_too():
    changed = {(one.function, one.words.partition(" Runner")[0]) for one in changed_versions(tell, encrypted=False)}
    assert {("tell", "pass for the body"), ("ask", "no session= in")} <= changed


@pytest.fixture
def one_step():
    """Makes Basic sessions with the first step alone, and with another verdict for it."""

    def with_verdict(holds):
        lesson = load_lesson("basic")
        return replace(lesson, steps=(replace(lesson.steps[0], holds=holds),))

    return with_verdict


def test_a_verdict_that_looks_at_too_little_is_found(one_step):
    outcomes = list(attack_steps(one_step(lambda seen: len(seen.added) == 2)))
    survived = {one.words for one in outcomes if not one.caught}
    assert BY_HAND in survived
    assert "another session for the whole" in survived
    assert "pass for the body" not in survived


def test_the_first_step_of_the_course_tells_all_of_them_apart(one_step):
    step = load_lesson("basic").steps[0]
    outcomes = list(attack_steps(one_step(step.holds)))
    assert len(outcomes) > 8
    assert [str(one) for one in outcomes if not one.caught] == []


def test_the_pages_and_the_readme_say_the_same_figures():
    assert list(counted()) == [entry.slug for entry in LESSONS]
    changed, caught = (sum(getattr(one, name) for one in counted().values()) for name in ("changed", "caught"))
    readme = " ".join((Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").split())
    assert f"Of {changed:,} changed versions all but {changed - caught} are caught." in readme
    assert min(one.caught for one in counted().values()) > 100
