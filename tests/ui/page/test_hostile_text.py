"""Text that no page expects is drawn, whatever place it was stored in."""

import asyncio

import pytest

from lessons.kit.records import load_records
from lessons.kit.turns.open_desks import open_desk
from lessons.ui.ledger.model_input import model_input_html
from lessons.ui.ledger.session_calls import calls_html
from tests.support.drawn import chat, ledger_words, open_lesson
from tests.support.turns import do, tell, user

HALF = "half \ud83d emoji"
ITEMS = (
    user(HALF),
    {"role": HALF, "content": HALF},
    {"type": HALF, "id": HALF, "name": HALF},
    {"type": "function_call", "call_id": HALF, "name": HALF, "arguments": HALF, "id": HALF},
    {"type": "function_call_output", "call_id": HALF, "output": HALF},
    {"type": "reasoning", "id": HALF, "summary": [{"type": "summary_text", "text": HALF}]},
    {"role": "assistant", "content": [{"type": "output_text", "text": "split \ud83d\ude00", "annotations": [HALF]}]},
)


@pytest.mark.parametrize("store", ["sqlite_file", "json_files"])
def test_half_surrogates_in_every_place_of_an_item_are_named(visitor, provider, store):
    desk = open_desk(visitor, "multi_session")

    async def add_and_read(session):
        await session.add_items([dict(item) for item in ITEMS])
        return [await session.get_items(), HALF]

    async def fail(session):
        raise RuntimeError(HALF)

    for code in (add_and_read, tell, fail):
        record = do(desk, provider, code, store=store)
        assert load_records(desk.folder / "records")[-1] == record
        for drawn in (calls_html(record), model_input_html(record)):
            drawn.encode()
        for row in ("4", "1", ""):
            app = open_lesson("multi_session", visitor, session="alice", store=store, row=row)
    assert "half \ufffd emoji" in chat(app)
    assert "split \U0001f600" in chat(app)
    assert "U+D83D" in ledger_words(app).splitlines()[-1]


def test_a_session_id_with_half_a_surrogate_pair_is_drawn(visitor, provider):
    desk = open_desk(visitor, "multi_session")
    asyncio.run(desk.store("json_files").open_session(HALF).add_items([user("Hello")]))
    app = open_lesson("multi_session", visitor, store="json_files", tool="switcher")
    assert "U+D83D" in str([button.label for button in app.button])
