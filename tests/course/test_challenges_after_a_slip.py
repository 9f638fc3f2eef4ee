"""What is there in the end solves a challenge: an earlier mistake does not count, and half a solution is not enough."""

from dataclasses import replace

import pytest

from tests.course.test_challenges_in_other_words import SIX, each
from tests.support.by_hand import ASK, CLEAR, POP, Call, reason, say, system

OTHER = {"encryption_key": "another key"}
GET, NAME = Call("get_items"), system("The user is called Yuki.")
LONG = [say("I'm Yuki"), *SIX, say("Hi"), CLEAR, NAME]

CHALLENGES = [
    (
        "encrypted",
        0,
        [
            [say("I'm Yuki"), say(ASK), say(ASK, **OTHER)],
            [say("I'm Yuki"), say("Hi", **OTHER), say(ASK, **OTHER)],
            [say("Hi", "x"), replace(POP, session_id="x"), say("I'm Yuki"), say(ASK, **OTHER)],
        ],
        [
            [say("I'm Yuki"), say("Hi", ttl=-1)],
            [say("I'm Yuki"), say(ASK), say("Hi", **OTHER)],
            [say("I'm Yuki"), say("Hi", **OTHER), say(ASK, "x")],
        ],
    ),
    (
        "long_conversations",
        0,
        [[*LONG, say(ASK), GET], [*LONG, GET, say("Hello")], [*LONG, say(ASK), say("Bye", "x")]],
        [[*LONG, POP, say(ASK), GET], [*LONG, GET], [*LONG[:-1], say(ASK), say("I'm Yuki", "x")]],
    ),
    (
        "redis",
        0,
        [
            [say("The code word is x", "a", ttl=60), say("I'm Yuki", "a", ttl=60), say("I'm Yuki", "b", ttl=None)],
            [say("I'm Yuki", "a", ttl=None), say("The code word is x", "a", ttl=None), say("The code word is x", "b", ttl=60)],
        ],
        [
            [say("The code word is x", "a", ttl=60), say("I'm Yuki", "a", ttl=60), say("I'm Yuki", "b", ttl=60)],
            [say("The code word is x", "a", ttl=60), say("I'm Yuki", "b", ttl=None), Call("clear_session", (), "a")],
        ],
    ),
]  # fmt: skip


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("slug", "number", "actions"), [one for slug, number, right, _ in CHALLENGES for one in each(slug, number, right)]
)
def test_a_slip_before_a_right_solution_does_not_count(data_folder, provider, slug, number, actions):
    assert reason(slug, number, actions, provider) is None


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("slug", "number", "actions"), [one for slug, number, _, wrong in CHALLENGES for one in each(slug, number, wrong)]
)
def test_half_of_a_solution_is_refused(data_folder, provider, slug, number, actions):
    assert reason(slug, number, actions, provider)
