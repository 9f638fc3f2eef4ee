"""Records in which what the steps of What real models store say is false."""

from dataclasses import replace

from lessons.kit.records import TurnRecord
from tests.course import false_records as false
from tests.course.false_records import parts as part


def another_row_removed(seen: TurnRecord) -> TurnRecord:
    """The pop removed the reasoning item, and left the reply."""
    lines = list(seen.ledger.lines)
    at = next(at for at, line in enumerate(lines) if line.mark == "removed")
    lines[at], lines[at - 1] = replace(lines[at], mark="added"), replace(lines[at - 1], mark="removed")
    return replace(seen, ledger=replace(seen.ledger, lines=tuple(lines)))


SUMMARY = "The user asks for a sum."
WITH_AN_ID = '"id": "r", "type": "reasoning"'

CASES = (
    (1, ("three rows", "Which rows will that make"), false.not_stored("reasoning")),
    (1, "three rows: your message, the reasoning item, the reply", part.one_more("assistant")),
    (1, "A reasoning item is a row before its reply", part.swapped(1, 2)),
    (1, ("The reasoning item holds a summary", "are its thoughts in them"), false.rows_store(SUMMARY, "")),
    (1, "an id that begins with rs_", false.rows_store('"id": "rs_1"', '"id": "x"')),
    (2, ("was sent again", "Will the reasoning item be sent again"), false.other_texts_sent),
    (2, "in its place before the reply", part.kinds_sent("user", "assistant", "reasoning", "user")),
    (2, "and is sent again with it", part.kinds_sent("user", "assistant", "user")),
    (
        3,
        ("the reasoning items were stored", "what will be missing in the rows"),
        false.rows_store('"type": "reasoning"', WITH_AN_ID),
    ),
    (3, "stored and sent without an id", false.raw_item_sent('{"id": "rs_3"}')),
    (4, "One pop", part.called_once_more("pop_item")),
    (4, ("removed the reply and left its reasoning item", "pop_item() removes the reply only"), another_row_removed),
    (4, "The next run sent it", false.sent_less()),
    (
        4,
        ("without the message that has to follow", "What will the next run send"),
        part.kinds_sent("user", "reasoning", "assistant", "user"),
    ),
    (4, "The script that answers here accepts it", false.not_stored("assistant")),
    (5, "The model searched the web", false.rows_store("web_search_call", "function_call")),
    (5, "called a tool of an MCP server", false.rows_store('"mcp_call"', '"function_call"')),
    (5, ("each is one row", "are one row each"), false.not_stored("tool call")),
    (5, ("so no output follows", "Will their outputs be rows"), part.one_more("tool output")),
    (
        5,
        ("the MCP call has its output inside", "an MCP call by itself"),
        false.rows_store('"output": "order 7"', '"output": ""'),
    ),
    (6, "The content of your message is a list of parts", false.rows_store('"input_image"', '"input_text"')),
    (6, "stored as it was given", false.rows_store('"detail": "auto"', '"detail": "low"')),
    (6, ("Your message has an image and a file", "What of them will be"), false.rows_store('"file_1"', '"file_2"')),
    (6, ("is stored inside the row", "are stored whole in the row"), false.rows_store("SUVORK5CYII=", "")),
    (7, ("raised ModelRefusalError", "The model refuses to answer"), false.with_result("I cannot help with that.")),
    (7, ("Your message is stored", "and the question is"), false.not_stored("user")),
    (7, ("the refusal is not", "What will be stored", "A refusal is not stored"), false.one_more_row),
    (
        8,
        ("writes the id __fake_id__", "Chat Completions gives messages no id", "Which id will"),
        false.rows_store("__fake_id__", "msg_1"),
    ),
    (8, "the model's name into provider_data", false.rows_store("llama3.2", "")),
)
