"""Turns a minute: of one visitor, and of all of them."""

import pytest

from lessons.kit.environment import NUMBERS
from lessons.kit.problems.problem import Refused
from lessons.kit.visitors import rate_limit
from lessons.kit.visitors.rate_limit import check_pace, count_turn


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The seconds on the clock, to be set; no turn was started before."""
    at = [1_000.0]
    rate_limit._recent.clear()
    monkeypatch.setattr(rate_limit.time, "monotonic", lambda: at[0])
    yield at
    rate_limit._recent.clear()


def refused(visitor: str) -> str:
    with pytest.raises(Refused) as error:
        count_turn(visitor)
    with pytest.raises(Refused):
        check_pace(visitor)
    return f"{error.value.problem.what} {error.value.problem.next}"


def test_a_visitor_may_start_so_many_turns_a_minute(monkeypatch, clock):
    monkeypatch.setenv("SESSIONS_TURNS_A_MINUTE", "3")
    for _ in range(3):
        count_turn("alice")
        clock[0] += 10
    words = refused("alice")
    assert "You have started 3 turns within a minute" in words
    assert "Wait 30 seconds and send it again. SESSIONS_TURNS_A_MINUTE sets the limit." in words
    count_turn("bob")
    clock[0] += 30
    count_turn("alice")
    assert "Wait 10 seconds" in refused("alice")


def test_all_visitors_together_may_start_so_many(monkeypatch, clock):
    monkeypatch.setenv("SESSIONS_ALL_TURNS_A_MINUTE", "3")
    for visitor in ("alice", "bob", "carol"):
        count_turn(visitor)
    words = refused("dave")
    assert "All visitors together have started 3 turns" in words
    assert "SESSIONS_ALL_TURNS_A_MINUTE" in words
    clock[0] += 60
    count_turn("dave")
    assert len(rate_limit._recent) == 1


@pytest.mark.parametrize("setting", ["many", "-1", "nan", "inf", ""])
def test_a_setting_that_is_not_a_limit_leaves_the_usual_one(monkeypatch, setting):
    monkeypatch.setenv("SESSIONS_TURNS_A_MINUTE", setting)
    for _ in range(NUMBERS["SESSIONS_TURNS_A_MINUTE"]):
        count_turn("alice")
    assert f"You have started {NUMBERS['SESSIONS_TURNS_A_MINUTE']} turns" in refused("alice")
