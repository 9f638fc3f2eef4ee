"""The verdict of a step says no where one thing that its sentences say was not so.

Each case names words of the step, and a record that is that of a real run but for what these words say.
"""

import agents
import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.ledger.cause import Cause
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.course import false_records as false
from tests.course.more_false_cases import MORE

CASES = {
    "basic": (
        (1, "The session was empty", false.something_returned),
        (1, "The session was empty", false.not_read),
        (1, "sent one item: your message", false.sent_more()),
        (1, "stored your message as one row", false.not_stored("user")),
        (1, "the reply as another", false.not_stored("assistant")),
        (1, "as another", false.one_more_row),
        (2, "The runner read the old rows", false.nothing_returned),
        (2, "sent all of them", false.sent_less()),
        (2, "This is how memory works", false.other_texts_sent),
        (3, "Both sessions stored a message and a reply", false.not_stored("assistant")),
        (3, "the file still had them", false.gave(0, "items from the file")),
        (3, "memory was empty", false.gave(2, "items from memory")),
        (4, "No session call was made", false.something_returned),
        (4, "your question alone", false.sent_more()),
        (4, "no row was stored", false.another_session_changed),
        (5, 'get_items() of "bob" returned nothing', false.something_returned),
        (5, "Alice's rows were not sent", false.sent_more()),
        (6, "closed every open session", false.without_a_restart),
        (6, "The rows were still there", false.nothing_returned),
        (6, "with the same ids", false.a_row_is_gone),
        (6, "and were sent", false.sent_less()),
        (7, "the second object returned the rows of the first", false.gave(0, "second object, file")),
        (7, "In memory, it returned nothing", false.gave(2, "second object, memory")),
        (8, "The model was sent the old rows", false.sent_less()),
        (8, "the new instructions", false.with_instructions("Reply in one or two short sentences.")),
        (8, "No row has instructions in it", false.row_says("Reply in one or two short sentences.")),
        (9, "It becomes a row", false.not_stored("assistant")),
        (10, "break stops nothing", false.gave(1, "break", "in the end")),
        (10, "so only your message is stored", false.gave(2, "cancel", "in the end")),
        (10, "cancel() stopped the run", false.ended_by_itself),
        (10, "the reply is stored", false.gave(1, "after_turn", "in the end")),
    ),
    "memory_operations": (
        (1, "Two rows", false.not_stored("assistant")),
        (1, "Two rows", false.one_more_row),
        (2, "returns all items", false.first_not_returned),
        (2, "as a list of dicts", false.with_result('["text"]')),
        (2, "Reading changes no row", false.another_session_changed),
        (3, "It takes the newest ones", false.something_returned),
        (4, "Then the model was sent 2 + 3", false.row_and_request_say_two_and_two),
        (5, "The model was asked twice", false.asked_once_more),
        (5, "One question made four rows", false.not_stored("tool output")),
        (6, "The question and the call are still stored", false.a_row_is_gone),
        (7, "because its output is missing", false.without_cause(Cause.OUTPUT_MISSING)),
        (7, "The row stays", false.a_row_is_gone),
        (7, "The weather question was sent again", false.other_texts_sent),
        (8, "popped that many", false.gave([])),
        (8, "the table is as it was before", false.a_row_is_gone),
        (9, "The output was sent without its call", false.sent_less()),
        (9, "kept the tool's output and the reply", false.a_row_is_gone),
        (10, "add_items stored a row that nobody said", false.not_stored("system")),
        (10, "The model was sent it", false.other_texts_sent),
        (11, "the model was sent them", false.other_texts_sent),
        (12, "The model was sent the same items", false.sent_less()),
        (12, "nothing was stored", false.another_session_changed),
        (13, "is skipped", false.without_cause(Cause.UNREADABLE)),
        (13, "without an error", false.a_call_raised),
        (13, "is returned", false.last_not_returned),
        (14, "Other sessions did not change", false.another_session_changed),
        (14, "The row about the session itself is gone too", false.unchanged("agent_sessions")),
        (14, "All rows of this id are gone", false.a_row_is_left),
    ),
    "model_items": (
        (1, "three rows", false.not_stored("reasoning")),
        (1, "The reasoning item holds a summary", false.rows_store("The user asks for a sum.", "")),
        (1, "an id that begins with rs_", false.rows_store('"id": "rs_1"', '"id": "x"')),
        (2, "was sent again", false.other_texts_sent),
        (2, "in its place before the reply", false.sent_less()),
        (3, "stored and sent without an id", false.rows_store('"type": "reasoning"', '"id": "r", "type": "reasoning"')),
        (3, "stored and sent without an id", false.raw_item_sent('{"id": "rs_3"}')),
        (4, "The next run sent it", false.sent_less()),
        (5, "each is one row", false.not_stored("tool call")),
        (5, "the MCP call has its output inside", false.rows_store('"output": "order 7"', '"output": ""')),
        (6, "The content of your message is a list of parts", false.rows_store('"input_image"', '"input_text"')),
        (6, "stored inside the row", false.rows_store("base64", "")),
        (7, "raised ModelRefusalError", false.with_result("I cannot help with that.")),
        (7, "Your message is stored", false.not_stored("user")),
        (7, "the refusal is not", false.one_more_row),
        (8, "writes the id __fake_id__", false.rows_store("__fake_id__", "msg_1")),
        (8, "the model's name into provider_data", false.rows_store("llama3.2", "")),
    ),
    "multi_session": (
        (1, "Three runs, two ids", false.not_stored("assistant")),
        (1, "The last run read the rows of user_alice", false.sent_less()),
        (1, "none of user_bob", false.sent_more()),
        (2, "alice:support and alice:sales", false.another_session_changed),
        (2, "alice:support and alice:sales", false.something_returned),
        (3, "all earlier rows were sent again", false.sent_less()),
        (4, "A preference is a row like any other", false.not_stored("user")),
        (4, "only while it is sent", false.other_texts_sent),
        (5, "were each sent all earlier rows", false.sent_less(1)),
        (5, "were each sent all earlier rows", false.nothing_returned),
        (5, "Support, billing and technical support", false.by_other_agent()),
        (6, "share a session", false.sent_less()),
        (6, "no row says so", false.one_more_row),
        (7, "triage called transfer_to_level_2_support", false.item_says(1, "look_it_up({})")),
        (7, "the output names the agent that took over", false.item_says(2, "{}")),
        (7, "The call and its output are rows", false.not_stored("handoff")),
        (8, "started with triage again", false.by_other_agent(0)),
        (8, "The session stores what was said", false.sent_less()),
        (9, "was sent your message alone", false.sent_more()),
        (9, "no row says that there was a handoff", false.one_more_row),
        (10, "was sent one message", false.sent_more()),
        (10, "The rows are those of a plain handoff", false.not_stored("handoff")),
        (10, "the message itself is not stored", false.one_more_row),
        (11, "The expert ran inside a tool call", false.not_within),
        (11, "its question and its reply are rows of the session expert", false.not_stored("assistant")),
        (11, "under the name of the tool", false.item_says(1, "look_it_up({})")),
        (12, "Neither model was sent the other's answer", false.answer_sent),
        (12, "two questions, then two answers", false.not_stored("assistant")),
        (13, "the second run read what the first had stored", false.nothing_returned),
        (14, "two sessions", false.not_stored("assistant")),
        (14, "no memory", false.sent_more()),
        (14, "no error", false.a_call_raised),
    ),
    "encrypted": (
        (1, "Each row is an envelope", false.rows_store("__enc__", "enc")),
        (1, "the item is in the payload", false.rows_store('"payload"', '"text"')),
        (2, "returned plain items", false.nothing_returned),
        (2, "the session decrypted the rows", false.no_calls_inside),
        (3, "the number of rows", false.gave([])),
        (3, "the size of each row", false.gave({"written": "now"}, 0)),
        (3, "the words are not readable", false.gave({"written": "now", "bytes": "Alice"}, 0)),
        (4, "nothing was returned", false.gave(["x"])),
        (5, "No error", false.a_call_raised),
        (5, "The session returned nothing", false.something_returned),
        (5, "the agent knew nobody", false.sent_more()),
        (5, "under the wrong key", false.opened_without_options),
        (5, "were added", false.not_stored("assistant")),
        (6, "skips the others", false.without_cause(Cause.WRONG_KEY)),
        (6, "without an error", false.a_call_raised),
        (6, "Nothing is lost", false.a_row_is_gone),
        (7, "With a TTL of 600 seconds", false.opened_without_options),
        (7, "it has expired", false.without_cause(Cause.EXPIRED)),
        (7, "it was not deleted either", false.a_row_is_gone),
        (8, "the expired row is returned again", false.other_texts_sent),
        (8, "opened with a day", false.opened_without_options),
        (8, "deletes nothing", false.a_row_is_gone),
        (9, "The session skipped that row", false.without_cause(Cause.WRONG_KEY)),
        (9, "without an error", false.a_call_raised),
        (9, "was returned", false.nothing_returned),
        (11, "all three were returned", false.first_not_returned),
        (11, "without an error", false.a_call_raised),
        (15, "16 to encrypt", false.gave(256, "AES key in bits")),
        (15, "HMAC-SHA256", false.gave(False, "HMAC-SHA256 is right")),
    ),
    "analytics": (
        (1, "names its branch", false.cell_of("message_structure", "branch_id", "x")),
        (1, "and turn", false.cell_of("message_structure", "user_turn_number", "2")),
        (1, "what the run cost", false.cell_of("turn_usage", "input_tokens", "1")),
        (2, "its own row", false.cell_of("turn_usage", "user_turn_number", "1")),
        (2, "the first turn was sent again", false.sent_less()),
        (3, "One turn, two requests", false.asked_once_more),
        (3, "turn_usage holds the sum of both", false.cell_of("turn_usage", "input_tokens", "1")),
        (4, "the rows are stored", false.not_stored("assistant")),
        (5, "Four turns", false.gave(3, "turns")),
        (5, "the usage of three", false.gave([], "usage of each turn")),
        (5, "Each cost more input", false.gave(0, "usage of each turn", 2, "input_tokens")),
        (5, "The total counts the stored ones only", false.gave(1, "of the session", "input_tokens")),
        (6, "what was said before turn 2", false.cell_of("message_structure", "user_turn_number", "2")),
        (6, "point to the same messages", false.cell_of("message_structure", "message_id", "99")),
        (7, "turn 1 and your question", false.sent_less()),
        (7, "are on main, and were not returned", false.without_cause(Cause.OTHER_BRANCH)),
        (7, "The usage is stored for the branch", false.cell_of("turn_usage", "branch_id", "main")),
        (8, "Two branches", false.gave([], "before")),
        (8, "is_current moved to main", false.gave([], "after")),
        (8, "No row was changed", false.another_session_changed),
        (9, "the branch includes turns 1 and 2", false.other_texts_sent),
        (10, "only with force=True", false.gave("it was not refused", "without force")),
        (10, "Then main is current", false.gave([], "left")),
        (10, "own messages and usage are gone", false.unchanged("turn_usage")),
        (11, "every message is stored twice", false.not_stored("assistant")),
        (11, "with a new session id", false.cell_of("agent_messages", "session_id", "alice")),
        (11, "The usage is not copied", false.gave({"requests": 5}, "usage of the copy")),
        (12, "a new object reads main", false.gave([])),
        (12, "After the restart", false.without_a_restart),
        (13, "the list shows no current branch", false.gave([{"branch_id": "x", "is_current": True}], "listed")),
        (13, "it does not exist", false.gave("", "and back")),
        (14, "No: the name rome was used", false.gave("it was not refused")),
        (15, "the rows of all of them", false.gave(11, "SQLiteSession")),
        (16, "returns none of them", false.something_returned),
        (17, "the old rows were deleted too", false.gave(2, "rows after")),
        (17, "one pop to remove it", false.gave({"content": "Hello, Alice."}, "popped")),
        (17, "This was a copy", false.another_session_changed),
    ),
}
CASES |= MORE
OF_THE_NEWEST = {
    "encrypted": (
        (10, "Mallory was not sent", false.other_item_sent("The user's name is Mallory.")),
        (10, "skips rows that are not encrypted", false.without_cause(Cause.NOT_ENCRYPTED)),
        (12, "the pop raised InvalidToken", false.with_result("null")),
        (12, "still there", false.a_row_is_gone),
        (13, "finds none", false.gave({"role": "user"}, "popped")),
        (13, "every row is gone", false.gave(1, "rows left")),
        (14, "A row without encryption and an expired row were deleted", false.gave([None, 1], "plaintext")),
        (14, "no error, only None", false.gave(["InvalidToken", 0], "expired")),
        (14, "blocks every pop", false.gave([None, 0], "another key")),
    )
}
"""Steps that show something else with an older minor of the SDK."""


@pytest.mark.parametrize("slug", CASES)
def test_a_verdict_says_no_to_a_record_in_which_its_words_are_false(data_folder, provider, slug):
    lesson, desk = load_lesson(slug), open_desk(new_visitor(), slug)
    cases = CASES[slug] + (OF_THE_NEWEST.get(slug, ()) if agents.__version__.startswith("0.24.") else ())
    unnoticed = []
    for index, step in enumerate(lesson.steps):
        here = walk.Walk(lesson, desk, lesson.walk_stores[0], provider)
        seen = walk.start_step(here, index).result(60)
        assert seen.held, seen.why_not
        for number, words, change in cases:
            if number == index + 1:
                assert words in f"{step.asks} {step.look_for}", (number, words)
                changed = change(seen)
                assert changed != seen, (number, words)
                try:
                    if step.holds(changed):
                        unnoticed.append((number, words))
                except (LookupError, TypeError, ValueError):
                    pass  # a verdict that raises has no ✓ either
    desk.close()
    assert unnoticed == []
    assert {number for number, _, _ in cases} >= {*range(1, len(lesson.steps) + 1)} - {10, 12, 13, 14}
