"""Rows without a finding are sent as they are stored: checked with random histories and the real Runner.

A check looks at the rows first and makes a dry run only where they look suspicious. So rows that it passes over must be right.
"""

import asyncio
import json
import random

import pytest

from lessons.kit.inspect.dry_run import Settings, Setup, dry_run
from lessons.kit.inspect.findings.all_findings import findings_of
from lessons.kit.inspect.stored import Head, Pair, StoredRow, StoredSession
from tests.support.random_turns import random_item
from tests.support.stored_sessions import assistant, call, output, reasoning, user

CASES, SEED = 150, 20_261_126


def random_rows(dice):
    """Whole turns, with one or two items of any kind among them."""
    items = []
    for turn in range(dice.randint(1, 3)):
        items.append(user(f"q{turn}"))
        if dice.random() < 0.5:
            items += [reasoning(f"rs_{turn}"), call(f"c{turn}"), output(f"c{turn}")]
        items.append(assistant(id_=f"msg_{turn}"))
    for _ in range(dice.choice([0, 1, 1, 2])):
        items.insert(dice.randint(0, len(items)), random_item(dice))
    return items


@pytest.mark.matrix  # hundreds of runs
def test_rows_without_a_finding_are_sent_as_they_are_stored():
    dice = random.Random(SEED)
    passed = asyncio.run(_check(dice))
    assert passed > CASES / 10


async def _check(dice):
    passed = 0
    for _ in range(CASES):
        items = random_rows(dice)
        rows = tuple(
            StoredRow(position + 1, json.dumps(item), "2026-11-01 09:00:00") for position, item in enumerate(items)
        )
        stored = StoredSession(Head(Pair("agent_messages", "agent_sessions"), "s"), rows)
        found = await findings_of(stored, Settings())
        outcome = await dry_run(stored, Setup("SQLiteSession"))
        taken_out = set(range(1, len(items) + 1)) - set(outcome.sent_keys)
        named = {row for finding in found for row in finding.rows}
        assert taken_out <= named, json.dumps(items)
        if not found:
            assert list(outcome.sent_keys) == sorted(outcome.sent_keys), json.dumps(items)
            risks = [line.risk for line in outcome.lines.values() if line.sent and "Responses" in line.risk]
            assert not risks, (json.dumps(items), risks)
            passed += 1
    return passed
