"""Records in which what the steps of What real models store say is false."""

from tests.course import false_records as false

CASES = (
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
)
