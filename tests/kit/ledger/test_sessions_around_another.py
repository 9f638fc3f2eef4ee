"""Sessions around another one: which ledger has the items, and whose limit it is."""

import pytest
from agents import Runner, SessionSettings
from agents.extensions.memory import EncryptedSession

from lessons.kit.ledger import observe
from lessons.kit.sdk_version import since
from tests.kit.ledger.test_own_classes import InMemory, compaction
from tests.support.observed import go, ledger_of, lines
from tests.support.scripted import assistant, file_session, make_agent, user


@pytest.mark.parametrize("around", [compaction, lambda inner: EncryptedSession("mine", inner, "a key")])
def test_a_watched_custom_class_below_a_session_of_the_sdk_has_its_items(around):
    async def work():
        inner = InMemory()
        outer = around(inner)
        async with observe(inner) as seen:
            await Runner.run(make_agent(), "Hi", session=outer)
        return seen, outer

    seen, outer = go(work())
    assert len(seen.ledgers) == 1
    assert lines(seen.ledger) == lines(seen.of(outer)) == ["user - no 1 new-input", "assistant - no - reply"]


def test_two_watched_custom_classes_around_each_other_have_a_ledger_each():
    class Around(InMemory):
        async def get_items(self, limit=None):
            return await self.items[0].get_items(limit)

        async def add_items(self, items):
            await self.items[0].add_items(items)

    async def work():
        inner = InMemory(user("a"))
        outer = Around(inner)
        async with observe(outer, inner) as seen:
            await Runner.run(make_agent(), "Hi", session=outer)
        return [len(ledger.lines) for ledger in seen.ledgers]

    assert go(work()) == [3, 3]


def test_the_limit_of_a_session_below_a_compaction_is_its_own(tmp_path):
    """The compaction session has no settings: the SDK asks for all, and leaves out no output whose call is over the limit."""
    call, output = {"type": "function_call", "call_id": "c", "name": "n", "arguments": "{}"}, "function_call_output"

    async def work():
        inner = await file_session(tmp_path, call, {"type": output, "call_id": "c", "output": "4"}, assistant("4"))
        inner.session_settings = SessionSettings(limit=2)
        return await ledger_of(compaction(inner))

    ledger = go(work())
    # SDK 0.22 replaces all rows of the session, and a newer one only those that the limit lets through.
    newer = ["tool_call 1 no - over-limit", "tool_output 2 yes 1 -", "assistant 3 yes 1 -"]
    older = ["tool_call 1 no - compacted", "tool_output 2 yes 1 compacted", "assistant 3 yes 1 compacted"]
    assert lines(ledger)[:3] == since((0, 23), newer, before=older)
    why = "older than the newest 2 items: the session's limit, its session_settings"
    assert ledger.lines[0].why == since((0, 23), why, before="replaced by the compaction")
