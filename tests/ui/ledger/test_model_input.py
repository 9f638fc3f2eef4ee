"""The section Model input says of each request which agent asked, with which instructions, and what it was sent."""

from lessons.kit.items import Item
from lessons.kit.records import ModelRequest, TurnRecord
from lessons.ui.ledger.model_input import model_input_html


def request(agent, instructions):
    return ModelRequest(agent, instructions, (Item("user", "hi", 2),), ('{"content": "hi"}',), 1)


def test_the_model_input_names_the_agent_and_its_instructions():
    asked = (request("Support", "You are support."), request("Billing", "You are billing."))
    record = TurnRecord("1", "", "hi", None, "alice", "sqlite_file", "", "", 0, requests=asked)
    first, second = model_input_html(record).split("Request 2")
    assert "agent Support" in first
    assert "instructions: You are support." in first
    assert "agent Billing" in second
    assert "instructions: You are billing." in second
    assert "hi" in first
