"""What an answer says of itself is found however its bytes arrive."""

import random

import pytest

from lessons.kit.models.service_answer import ServiceAnswer
from tests.support.odd_answers import DONE, ENDED_EARLY, NO_ANSWER, chunk, delta, end, message, said

BODIES = {
    **{f"{fault}, {form}": getattr(odd, form) for fault, odd in ENDED_EARLY.items() for form in ("responses", "chat")},
    **NO_ANSWER,
    "whole, responses": said(["Oslo."], "Oslo.").responses,
    "whole, chat": said(["Oslo."], "Oslo.").chat,
}


def read(text, cuts, media_type="text/event-stream", broke=False):
    answer, data = ServiceAnswer(200, media_type), text.encode()
    for start, stop in zip([0, *cuts], [*cuts, len(data)], strict=True):
        answer.take(data[start:stop])
    if broke:
        answer.broke = True
    else:
        answer.read_to_the_end()
    return answer.ended_early, answer.why_not_an_answer, answer.choices


@pytest.mark.parametrize("body", [body for body in BODIES.values() if body], ids=[n for n, b in BODIES.items() if b])
def test_an_answer_says_the_same_wherever_its_bytes_are_cut(body):
    text = "".join(body.pieces)
    dice = random.Random(7)
    whole = read(text, [], body.media_type, body.breaks)
    for line_end in ("\n", "\r\n"):
        sent = text.replace("\n", line_end)
        for _ in range(5):
            cuts = sorted(dice.randint(0, len(sent)) for _ in range(dice.randint(1, 9)))
            found = read(sent, cuts, body.media_type, body.breaks)
            assert found[0] == whole[0]
            assert bool(found[1]) == bool(whole[1])
            assert found[2] == whole[2]


def test_words_in_an_answer_are_not_its_end():
    said_in_words = '{"finish_reason": "length"} and {"type": "response.failed"} and {"error": {"message": "x"}}'
    for pieces in (
        [chunk(content=said_in_words), chunk("stop"), DONE],
        [delta(said_in_words), end(message(said_in_words))],
    ):
        assert read("".join(pieces), [])[:2] == ("", "")


def test_an_event_of_several_lines_is_one_event():
    first, second = chunk("length").removeprefix("data: ").split(",", 1)
    assert read(f"data: {first},\ndata: {second}", [])[0] == "the limit of tokens was reached (finish_reason: length)"


@pytest.mark.parametrize("status", [400, 429, 500])
def test_of_an_answer_with_an_error_status_nothing_is_said(status):
    """The client raises an error that has its own words."""
    answer = ServiceAnswer(status, "text/html")
    answer.take(b"<html>")
    answer.read_to_the_end()
    assert (answer.ended_early, answer.why_not_an_answer) == ("", "")


def test_of_an_answer_that_is_still_coming_nothing_is_said():
    answer = ServiceAnswer(200, "text/event-stream")
    answer.take(b": keep-alive\n\n")
    answer.take(chunk(content="Oslo").encode())
    assert (answer.ended_early, answer.why_not_an_answer) == ("", "")
