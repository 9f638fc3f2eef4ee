"""A turn too many within a minute is refused before anything is changed."""

import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.problems.problem import Refused
from lessons.kit.visitors import rate_limit
from tests.support.turns import do, tell


@pytest.fixture
def here(desk, provider, monkeypatch):
    rate_limit._recent.clear()
    monkeypatch.setenv("SESSIONS_TURNS_A_MINUTE", "2")
    yield walk.Walk(load_lesson("basic"), desk, "sqlite_file", provider)
    rate_limit._recent.clear()


def test_the_third_turn_is_refused_and_nothing_is_stored(desk, provider, here):
    for _ in range(2):
        assert do(desk, provider, tell).problem is None
    stored = desk.store("sqlite_file").page("alice").total
    with pytest.raises(Refused, match="You have started 2 turns"):
        walk.start_message(here, "Hello", "alice")
    assert desk.running() == []
    assert desk.store("sqlite_file").page("alice").total == stored == 4


def test_a_solution_is_refused_before_the_rows_are_set_aside(desk, provider, here):
    for _ in range(2):
        do(desk, provider, tell)
    with pytest.raises(Refused, match="You have started 2 turns"):
        walk.start_solution(here, here.lesson.challenges[0])
    assert not desk.has_set_aside


def test_a_walk_that_goes_too_fast_says_so_on_the_step_that_waits(desk, here):
    walk.start_steps(here, 0, 2).result(60)
    while desk.running():
        desk.running()[0].wait_until_done(60)
    assert [(record.step, record.problem is None) for record in desk.records] == [(0, True), (1, True), (2, False)]
    assert "within a minute" in desk.records[-1].problem.what
