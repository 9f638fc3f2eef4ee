"""The SDK's class for Chat Completions takes every item that counts as plain, so the ledger does not ask it about them."""

import itertools

import pytest
from agents.models.chatcmpl_converter import Converter

from lessons.kit.ledger.explaining.risk import is_plain

FIELDS = {
    "id": (None, "rs_1", 3),
    "summary": (None, [], [{"type": "summary_text", "text": "So."}], "So.", [3]),
    "content": (None, [], [{"type": "reasoning_text", "text": "So."}], 3),
    "encrypted_content": (None, "gAAA", 3),
    "status": (None, "completed"),
}


@pytest.mark.parametrize("missing", [(), ("id", "content"), ("summary",), tuple(FIELDS)])
def test_reasoning_without_the_data_of_a_provider_is_plain_and_is_taken(missing):
    names = [name for name in FIELDS if name not in missing]
    for values in itertools.product(*(FIELDS[name] for name in names)):
        item = {"type": "reasoning", **dict(zip(names, values, strict=True))}
        assert is_plain(item)
        Converter.items_to_messages([item])


@pytest.mark.parametrize("more", [{"provider_data": None}, {"provider_data": {"model": 3}}, {"role": "assistant"}])
def test_other_reasoning_is_not_plain(more):
    assert not is_plain({"type": "reasoning", "id": "rs_1", "summary": [], **more})
