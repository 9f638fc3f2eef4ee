"""A running turn and long work as the page shows them while they last."""

import threading
import time

import pytest

from lessons.kit.ledger.phase import Phase, phase_after
from lessons.kit.ledger.session_methods import STORING_METHODS
from lessons.kit.turns import running_work
from lessons.kit.turns.running_work import LongWork, RunningTurn, State
from lessons.ui.ledger import running_turn
from lessons.ui.ledger.ledger_lines import LIVE, QUEUED, ledger_lines, running_lines, waiting_lines
from lessons.ui.ledger.running_turn import words_of
from lessons.ui.ledger.shown_rows import ShownRows


class Place:
    """A place on the page. Each time something is drawn there, the next step is called."""

    def __init__(self, *steps):
        self.steps, self.drawn = list(steps), []

    def empty(self):
        return self

    def text(self, words):
        self.drawn.append(words)
        self.steps.pop(0)()

    def progress(self, share, words):
        self.text((share, words))


@pytest.fixture
def turn():
    running = RunningTurn("Your message", "Hello", "alice", "sqlite_file")
    running.begin(lambda: None)
    return running


def follow(turn, phase, words=None, has_stored=lambda: False):
    running_turn.follow_turn(turn, phase, words or Place(*[lambda: None] * 1_000), has_stored)


def test_a_page_is_not_drawn_for_what_a_busy_server_does_before_and_after_the_model(turn, monkeypatch):
    """Drawn in between, it would take the time from the turns, and all visitors would wait for seconds."""
    monkeypatch.setattr(running_turn, "OWN_SECONDS", 60)
    done = object()

    def run() -> None:
        for phase in (Phase.READING, Phase.ASKING, Phase.ANSWERED, Phase.STORING):
            turn.notice(phase)
        time.sleep(0.05)  # longer than a model is waited for
        turn.finish(done)

    threading.Thread(target=run).start()
    assert running_turn.give_it_a_moment(turn, 0.01) is done


def test_a_page_is_drawn_at_once_while_the_model_thinks(turn, monkeypatch):
    monkeypatch.setattr(running_turn, "OWN_SECONDS", 600)
    turn.notice(Phase.ASKING)
    assert running_turn.give_it_a_moment(turn, 0.01) is None


@pytest.mark.parametrize("method", STORING_METHODS)
def test_the_rows_are_read_again_after_every_call_that_stores(turn, method):
    asked = []
    phase = Place(lambda: turn.notice(phase_after(method)), lambda: turn.say("Hi"), lambda: turn.finish(None))
    follow(turn, phase, has_stored=lambda: asked.append(len(phase.drawn)))
    assert asked == [1, 2]


def test_the_page_is_drawn_again_when_a_turn_has_stored_something(turn):
    phase = Place(lambda: turn.notice(Phase.STORED), lambda: None)
    stored = iter((False, True))
    follow(turn, phase, has_stored=lambda: next(stored))
    assert len(phase.drawn) == 2


def test_the_rows_are_not_read_again_while_only_words_arrive(turn):
    asked = []
    phase = Place(lambda: turn.say("Hi"), lambda: turn.notice(Phase.READING), lambda: turn.finish(None))
    follow(turn, phase, has_stored=lambda: asked.append(1))
    assert asked == [1]
    assert phase.drawn[1:] == ["answering", "answering"]  # words have arrived: it answers


def test_every_phase_has_its_words():
    assert set(running_turn.PHASES) == set(Phase)


def test_long_work_is_drawn_with_its_share():
    work = LongWork("Generate 500 turns")
    place = Place(lambda: work.advance(0.5, "250 of 500 turns"), work.finish)
    running_turn.follow_long_work(work, place)
    assert place.drawn == [(0.0, f"Generate 500 turns: {QUEUED}"), (0.5, "Generate 500 turns: 250 of 500 turns")]


def test_what_waits_is_named_with_its_message_or_its_title(turn):
    waiting = list(waiting_lines([turn, LongWork("Generate 500 turns")]))
    assert [(line["text"], line["why"]) for line in waiting] == [("Hello", QUEUED), ("Generate 500 turns", QUEUED)]


def test_a_question_is_drawn_while_the_rows_cannot_be_read(turn):
    """A server that is down is waited for, and until it refused, nothing showed what was asked."""
    lines = ledger_lines(ShownRows("postgresql", "alice", is_read=False), (), [turn, turn])
    assert [line["id"] for line in lines] == ["unread", "p-head", "p-user", LIVE, "q0"]


def test_a_question_is_drawn_until_its_row_is_stored(turn):
    assert [line["id"] for line in running_lines(turn, [])] == ["p-head", "p-user", LIVE]
    stored = {"id": "r7", "type": "item", "kind": "user", "text": "Hello"}
    assert [line["id"] for line in running_lines(turn, [stored])] == ["p-head", "r7", LIVE]


def test_a_reply_whose_row_is_stored_has_no_second_line_while_its_turn_ends(turn):
    """A line that came for this moment and went again was read to a screen reader as one more message."""
    question = {"id": "r7", "type": "item", "kind": "user", "text": "Hello"}
    reply = {"id": "r8", "type": "item", "kind": "assistant", "text": "Hello."}
    assert [line["id"] for line in running_lines(turn, [question, reply])] == ["p-head", "r7", "r8"]
    call = {"id": "r9", "type": "item", "kind": "tool call", "text": "get_weather"}
    assert [line["id"] for line in running_lines(turn, [question, reply, call])][-1] == LIVE


def test_ten_thousand_pieces_are_not_drawn_ten_thousand_times(turn):
    """Each frame shows all that arrived since the one before, and takes FRAME_SECONDS, however fast the pieces come."""
    said = threading.Event()

    def say() -> None:
        for _ in range(10_000):
            turn.say("ab ")
        said.set()
        turn.finish(None)

    phase = Place(*[lambda: None] * 1_000)
    phase.steps[0] = threading.Thread(target=say).start
    begun = time.monotonic()
    follow(turn, phase)
    assert said.is_set()
    assert len(phase.drawn) <= 2 + (time.monotonic() - begun) / running_turn.FRAME_SECONDS
    assert turn.said == 30_000


def test_nothing_is_drawn_again_while_a_model_is_silent(turn, monkeypatch):
    """It was sent ten times a second, and for each a browser drew the whole page again."""
    looks = []

    def look(version: int, seconds: float) -> bool:
        looks.append(version)
        if len(looks) == 5:
            turn.finish(None)
        return turn.version != version

    monkeypatch.setattr(turn, "wait", look)
    phase = Place(*[lambda: None] * 5)
    follow(turn, phase)
    assert phase.drawn == ["running"]


def test_a_long_reply_is_drawn_cut_with_its_length(turn, monkeypatch):
    monkeypatch.setattr(running_work, "SAID_LIMIT", 10_000)
    for _ in range(10):
        turn.say("x" * 2_000)
    assert (len(turn.text), turn.said) == (10_000, 20_000)
    assert "20,000 characters" in words_of(turn)
    assert len(words_of(turn)) < 2_000


def test_half_an_emoji_is_drawn_and_joined_with_its_other_half(turn):
    turn.say("a \ud83d")
    words_of(turn).encode()
    turn.say("\ude00 b")
    assert words_of(turn) == "a \U0001f600 b"


def test_stop_waits_for_the_end_so_that_the_page_is_drawn_once():
    turn = RunningTurn("t", "m", "s", "sqlite_file")
    turn.begin(lambda: threading.Timer(0.02, turn.finish, [None]).start())
    running_turn.stop(turn)
    assert turn.state is State.DONE


def test_stop_does_not_wait_for_a_turn_that_goes_on(monkeypatch):
    monkeypatch.setattr(running_turn, "STOP_SECONDS", 0.01)
    turn = RunningTurn("t", "m", "s", "sqlite_file")
    turn.begin(lambda: None)
    running_turn.stop(turn)
    assert (turn.state, turn.stop_asked) == (State.RUNNING, True)
