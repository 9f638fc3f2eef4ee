"""Answers of a hosted model that are not whole, or not answers at all: what is said, kept and sent next, over real HTTP."""

import itertools
import time

import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.models import service_answer
from lessons.kit.models.providers import read_provider
from lessons.kit.records import REPLY_LIMIT, load_records
from lessons.kit.turns.chat_run import ask
from lessons.ui.ledger.ledger_lines import ledger_lines
from lessons.ui.ledger.model_input import model_input_html
from lessons.ui.ledger.shown_rows import ShownRows
from tests.support.model_endpoint import Body, ModelEndpoint
from tests.support.odd_answers import (
    CUT,
    DONE,
    ENDED_EARLY,
    NO_ANSWER,
    call,
    chunk,
    delta,
    end,
    said,
    tool_chunk,
)
from tests.support.turns import ask_name, do, stored, weather_agent

KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"
NAMES = ("openai", "compatible")
GOOD = said(["Oslo."], "Oslo.")


@pytest.fixture(scope="module")
def endpoint():
    with ModelEndpoint() as running:
        yield running


@pytest.fixture(autouse=True)
def _as_at_the_start(endpoint):
    yield
    endpoint.release()


@pytest.fixture(params=NAMES)
def hosted(request, endpoint):
    """The Responses API, and Chat Completions."""
    return provider_of(request.param, endpoint)


def provider_of(name, endpoint):
    if name == "openai":
        return read_provider({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": endpoint.url})
    return read_provider({"COMPATIBLE_BASE_URL": endpoint.url, "COMPATIBLE_MODEL": "m", "COMPATIBLE_API_KEY": KEY})


def send(desk, provider, text="What is the capital of Norway?"):
    lesson = load_lesson("basic")
    record = walk.start_message(walk.Walk(lesson, desk, "sqlite_file", provider), text, "alice").result(60)
    assert load_records(desk.folder / "records")[-1] == record
    return record


def chat(desk, record):
    """What the ledger says of a turn."""
    page = desk.store("sqlite_file").page("alice")
    lines = ledger_lines(ShownRows("sqlite_file", "alice", page, records=[record], record=record))
    return "\n".join(f"{line['text']} {line.get('rest', '')} {line.get('said', '')}" for line in lines)


@pytest.mark.parametrize(
    ("name", "fault"), [(name, fault) for fault, odd in ENDED_EARLY.items() for name in NAMES if odd.of(name)]
)
def test_a_reply_that_ended_early_says_so_and_what_the_next_run_will_be_sent(desk, endpoint, name, fault):
    provider = provider_of(name, endpoint)
    endpoint.answer_with(ENDED_EARLY[fault].of(name), GOOD.of(name))
    record = send(desk, provider)
    assert record.ended_early
    assert record.reply == CUT
    (line,) = [line for line in record.ledger.lines if line.item.text == CUT]
    assert line.why.endswith(f"the answer ended early: {record.ended_early}")
    assert f"The answer ended early: {record.ended_early}" in model_input_html(record).replace("&amp;", "&")
    drawn = chat(desk, record)
    assert f"The reply ended early: {record.ended_early}." in drawn
    assert drawn.count(CUT) == 1
    is_stored = any(CUT in row for row in stored(desk))
    if is_stored:
        assert [row.key for row in record.reply_rows] == [2]
        assert "The SDK stored it as row 2, like a whole reply. The next run will send it as it is." in drawn
    else:
        assert record.problem.kept.endswith("is not stored, so the next run will not send it.")
        assert "row 1" in record.problem.kept
    following = send(desk, provider, "Go on")
    assert following.was_sent(CUT) == is_stored
    assert (following.reply, following.ended_early, following.problem) == ("Oslo.", "", None)
    assert "ended early" not in chat(desk, following)


@pytest.mark.parametrize("fault", ["stopped", "length", "filter"])
def test_the_sdk_stores_a_chat_completions_reply_that_ended_early(desk, endpoint, fault):
    """If this fails, the SDK has changed: the words on the page follow what it does."""
    endpoint.answer_with(ENDED_EARLY[fault].chat)
    record = send(desk, provider_of("compatible", endpoint))
    assert record.problem is None
    assert len(stored(desk)) == 2


@pytest.mark.parametrize(
    ("name", "fault", "words"),
    [
        ("openai", "broke", "the connection broke"),
        ("openai", "length", "the limit of tokens was reached (response.incomplete: max_output_tokens)"),
        ("openai", "failed", "the service did not complete it (response.failed: out of memory)"),
        ("openai", "stopped", "the stream stopped, and no response.completed came"),
        ("compatible", "stopped", "the stream stopped, and no finish_reason came"),
        ("compatible", "length", "the limit of tokens was reached (finish_reason: length)"),
        ("compatible", "filter", "the service's content filter stopped it (finish_reason: content_filter)"),
        ("compatible", "error", "the service sent an error: out of memory"),
    ],
)
def test_why_a_reply_ended_early_is_what_the_service_said(desk, endpoint, name, fault, words):
    endpoint.answer_with(ENDED_EARLY[fault].of(name))
    assert send(desk, provider_of(name, endpoint)).ended_early == words


def test_an_answer_that_ended_before_its_first_word(desk, endpoint):
    endpoint.answer_with(Body([chunk(), chunk("length"), DONE]))
    record = send(desk, provider_of("compatible", endpoint))
    assert record.problem.what.startswith("The reply ended")
    assert "the limit of tokens was reached (finish_reason: length)" in record.problem.what
    assert len(stored(desk)) == 1


@pytest.mark.parametrize("fault", NO_ANSWER)
def test_what_is_not_an_answer_gets_words(desk, endpoint, hosted, fault):
    endpoint.answer_with(NO_ANSWER[fault])
    for record in (send(desk, hosted), do(desk, hosted, ask_name)):
        assert record.problem.what.startswith("The model's service sent")
        assert "Error" not in record.problem.what
        assert record.problem.next.startswith("Check the base URL")
        assert record.problem.kept.startswith("Stored before it failed: row")
    begins = "".join(NO_ANSWER[fault].pieces).strip()[:6]
    assert fault == "an error" or begins in record.problem.what
    endpoint.release()
    assert send(desk, hosted).problem is None


def test_an_error_in_place_of_an_answer_is_repeated_without_secrets(desk, endpoint, hosted):
    endpoint.answer_with(Body([f'{{"error": {{"message": "the key {KEY} has no credit"}}}}'], "application/json"))
    record = send(desk, hosted)
    assert (
        record.problem.what == "The model's service sent an error in place of an answer: the key [hidden] has no credit"
    )
    assert KEY[:12] not in repr(record)


def test_half_an_emoji_in_each_of_two_pieces_is_one_emoji(desk, endpoint, hosted):
    odd = said(["Hi \ud83d", "\ude00 there"], "Hi \U0001f600 there")
    endpoint.answer_with(odd.of(hosted.name))
    record = send(desk, hosted)
    assert record.problem is None
    chat(desk, record).encode()
    endpoint.answer_with(Body([*list(odd.of(hosted.name).pieces)[:2]], breaks=True))
    assert send(desk, hosted).reply == "Hi \U0001f600 there"


def test_a_stored_half_of_an_emoji_is_named_when_it_cannot_be_sent(desk, endpoint, hosted):
    endpoint.answer_with(said(["a \ud83d b"], "a \ud83d b").of(hosted.name), GOOD.of(hosted.name))
    first = send(desk, hosted)
    assert first.problem is None
    chat(desk, first).encode()
    record = send(desk, hosted)
    if record.problem is not None:  # the client may learn to send it
        assert "half a surrogate pair (U+D83D)" in record.problem.what
        assert "pop items until it is gone" in record.problem.next


@pytest.mark.parametrize("arguments", ["{not json", '{"city": "Os', "[1]", "", '"\ud83d"'])
def test_a_tool_call_whose_arguments_are_not_json(desk, endpoint, hosted, arguments):
    asked = {
        "openai": Body([end(call(arguments))]),
        "compatible": Body([tool_chunk(arguments), chunk("tool_calls"), DONE]),
    }
    endpoint.answer_with(asked[hosted.name], GOOD.of(hosted.name))
    record = do(desk, hosted, ask("What's the weather?"), make_agent=weather_agent)
    chat(desk, record).encode()
    kinds = [line.item.kind for line in record.ledger.lines]
    if record.problem is None:
        assert kinds == ["user", "tool call", "tool output", "assistant"]
    else:  # only half an emoji cannot be sent back to the model
        assert "half a surrogate pair (U+D83D)" in record.problem.what
        assert "\ud83d" in arguments
    assert len(stored(desk)) == len([line for line in record.ledger.lines if line.row])


def test_a_tool_call_that_ended_early_says_so_in_its_row(desk, endpoint):
    endpoint.answer_with(Body([tool_chunk('{"city": "Os'), chunk("length"), DONE]), GOOD.chat)
    record = do(desk, provider_of("compatible", endpoint), ask("What's the weather?"), make_agent=weather_agent)
    (line,) = [line for line in record.ledger.lines if line.item.kind == "tool call"]
    assert line.why.endswith("the answer ended early: the limit of tokens was reached (finish_reason: length)")
    assert record.ended_early == ""  # the reply is whole
    assert model_input_html(record).count("ended early") == 1


def test_an_answer_with_two_choices_says_that_the_second_is_lost(desk, endpoint):
    pieces = [chunk(content="one"), chunk(index=1, content="two"), chunk("stop"), chunk("stop", index=1), DONE]
    endpoint.answer_with(Body(pieces))
    record = send(desk, provider_of("compatible", endpoint))
    assert (record.reply, record.problem, record.ended_early) == ("one", None, "")
    assert record.requests[0].choices == 2
    assert "had 2 choices" in model_input_html(record)
    assert "two" not in str(stored(desk))


def test_an_answer_with_no_choice_is_a_problem(desk, endpoint, hosted):
    pieces = {"openai": [end()], "compatible": [chunk().replace('[{"index"', '[],"was":[{"index"'), DONE]}
    endpoint.answer_with(Body(pieces[hosted.name]))
    record = send(desk, hosted)
    assert record.problem is not None
    assert len(stored(desk)) == 1


def test_a_delta_of_a_megabyte_is_stored_whole_and_drawn_cut(desk, endpoint, hosted):
    words = "x" * 1_000_000
    endpoint.answer_with(said([words], words).of(hosted.name))
    record = send(desk, hosted)
    assert record.problem is None
    assert len(stored(desk)[1]) > 1_000_000
    assert (len(record.reply), record.reply_length) == (REPLY_LIMIT, 1_000_000)
    (file,) = (desk.folder / "records").glob("*.json")
    assert file.stat().st_size < 60_000
    assert len(chat(desk, record)) < 20_000
    assert "1,000,000 characters" in chat(desk, record)


def endless(name):
    return itertools.repeat(delta("ab ") if name == "openai" else chunk(content="ab "))


def test_an_answer_without_an_end_is_ended_and_says_so(desk, endpoint, hosted, monkeypatch):
    monkeypatch.setattr(service_answer, "ANSWER_LIMIT", 50_000)
    for pieces in (endless(hosted.name), itertools.chain(["data: "], itertools.repeat("x" * 1_000))):
        endpoint.answer_with(Body(pieces))
        record = send(desk, hosted)
        assert (
            record.problem.what == "The reply ended early: it was longer than 50,000 bytes, and the app ended it there."
        )
        assert record.ended_early in record.ledger.lines[-1].why or not record.reply
    assert len(stored(desk)) == 2


def test_an_answer_without_an_end_can_be_stopped(desk, endpoint, hosted):
    def slowly():
        for piece in endless(hosted.name):
            time.sleep(0.001)
            yield piece

    endpoint.answer_with(Body(slowly()))
    lesson = load_lesson("basic")
    turn = walk.start_message(walk.Walk(lesson, desk, "sqlite_file", hosted), "Count", "alice")
    version = 0
    while not turn.said:
        assert turn.wait(version, 60)
        version = turn.version
    turn.stop()
    record = turn.result(60)
    assert record.stopped
    assert (record.ended_early, record.problem) == ("", None)  # the app left it: nothing is said of the service
    assert len(stored(desk)) == 1
