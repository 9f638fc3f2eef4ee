"""A running turn and long work as the page shows them while they last."""

import threading
import time

import pytest

from lessons.kit.ledger.phase import Phase, phase_after
from lessons.kit.ledger.session_methods import STORING_METHODS
from lessons.kit.stores.rows import RowPage
from lessons.kit.turns import running_work
from lessons.kit.turns.running_work import LongWork, RunningTurn, State
from lessons.ui.ledger import running_turn


class Place:
    """A place on the page. Each time it is drawn, the work goes one step on."""

    def __init__(self, *steps):
        self.steps, self.drawn = list(steps), []

    def html(self, body):
        self.drawn.append(body)
        self.steps.pop(0)()

    def progress(self, share, words):
        self.drawn.append((share, words))
        self.steps.pop(0)()


@pytest.fixture
def turn():
    running = RunningTurn("Your message", "Hello", "alice", "sqlite_file")
    running.begin(lambda: None)
    return running


@pytest.mark.parametrize("method", STORING_METHODS)
def test_the_rows_are_drawn_again_after_every_call_that_stores(turn, method):
    drawn = []
    place = Place(lambda: turn.notice(phase_after(method)), lambda: turn.say("Hi"), lambda: turn.finish(None))
    running_turn._follow_turn(turn, place, RowPage(), lambda: drawn.append(len(place.drawn)))
    assert drawn == [2]


def test_two_calls_between_two_frames_are_both_noticed(turn):
    """The phase is the same before and after: the rows from in between were shown until the end."""
    drawn = []

    def store():
        turn.notice(Phase.STORING)
        turn.notice(Phase.STORED)

    place = Place(store, store, lambda: turn.finish(None))
    running_turn._follow_turn(turn, place, RowPage(), lambda: drawn.append(len(place.drawn)))
    assert drawn == [2, 3]


def test_the_rows_are_not_drawn_again_while_only_words_arrive(turn):
    drawn = []
    place = Place(lambda: turn.say("Hi"), lambda: turn.notice(Phase.READING), lambda: turn.finish(None))
    running_turn._follow_turn(turn, place, RowPage(), lambda: drawn.append(1))
    assert drawn == []
    assert "reading the session" not in place.drawn[2]  # words have arrived: it answers
    assert "answering" in place.drawn[2]


def test_every_phase_has_its_words():
    assert set(running_turn.PHASES) == set(Phase)


def test_long_work_is_drawn_with_its_share():
    work = LongWork("Generate 500 turns")
    place = Place(lambda: work.advance(0.5, "250 of 500 turns"), work.finish)
    running_turn._follow_long_work(work, place)
    assert place.drawn == [
        (0.0, f"Generate 500 turns: {running_turn.QUEUED}"),
        (0.5, "Generate 500 turns: 250 of 500 turns"),
    ]


def test_long_work_that_waits_is_named_among_what_waits(turn):
    waiting = running_turn._waiting([turn, LongWork("Generate 500 turns")])
    assert waiting.count(running_turn.QUEUED) == 2
    assert "Hello" in waiting
    assert "Generate 500 turns" in waiting


def test_ten_thousand_pieces_are_not_drawn_ten_thousand_times(turn):
    """Each frame shows all that arrived since the one before, and takes FRAME_SECONDS, however fast the pieces come."""
    said = threading.Event()

    def say() -> None:
        for _ in range(10_000):
            turn.say("ab ")
        said.set()
        turn.finish(None)

    place = Place(*[lambda: None] * 1_000)
    place.steps[0] = threading.Thread(target=say).start
    begun = time.monotonic()
    running_turn._follow_turn(turn, place, RowPage(), lambda: None)
    assert said.is_set()
    assert len(place.drawn) <= 2 + (time.monotonic() - begun) / running_turn.FRAME_SECONDS
    assert turn.said == 30_000


def test_a_long_reply_is_drawn_cut_with_its_length(turn, monkeypatch):
    monkeypatch.setattr(running_work, "SAID_LIMIT", 10_000)
    for _ in range(10):
        turn.say("x" * 2_000)
    assert (len(turn.text), turn.said) == (10_000, 20_000)
    assert "20,000 characters" in running_turn._answer(turn)
    assert len(running_turn._answer(turn)) < 2_000


def test_half_an_emoji_is_drawn_and_joined_with_its_other_half(turn):
    turn.say("a \ud83d")
    running_turn._answer(turn).encode()
    turn.say("\ude00 b")
    assert "a \U0001f600 b" in running_turn._answer(turn)


def test_stop_waits_for_the_end_so_that_the_page_is_drawn_once():
    turn = RunningTurn("t", "m", "s", "sqlite_file")
    turn.begin(lambda: threading.Timer(0.02, turn.finish, [None]).start())
    running_turn._stop(turn)
    assert turn.state is State.DONE


def test_stop_does_not_wait_for_a_turn_that_goes_on(monkeypatch):
    monkeypatch.setattr(running_turn, "STOP_SECONDS", 0.01)
    turn = RunningTurn("t", "m", "s", "sqlite_file")
    turn.begin(lambda: None)
    running_turn._stop(turn)
    assert (turn.state, turn.stop_asked) == (State.RUNNING, True)
