"""Random histories through the real Runner: from the ledger alone, what was returned, sent and stored is rebuilt exactly.

More cases, or those of another seed: python -m tests.kit.ledger.test_random_histories CASES SEED
"""

import asyncio
import copy
import json
import random
import sqlite3
import sys
import tempfile
import traceback
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from agents import RunConfig, RunHooks, Runner, SessionSettings, SQLiteSession
from agents.run import ModelInputData

from lessons.kit.ledger import Cause, Ledger, observe
from tests.support.scripted import assistant, make_agent, reasoning, user

CASES, SEED = 2_000, 20_261_126
CHUNKS = 8
OUTPUT_OF = {
    "function_call": "function_call_output",
    "custom_tool_call": "custom_tool_call_output",
    "shell_call": "shell_call_output",
    "local_shell_call": "local_shell_call_output",
    "apply_patch_call": "apply_patch_call_output",
    "computer_call": "computer_call_output",
    "tool_search_call": "tool_search_output",
    "program": "program_output",
}
OTHERS = (
    {"type": "mcp_approval_request", "id": "ma"},
    {"type": "mcp_approval_response", "approval_request_id": "ma", "approve": True},
    {"type": "web_search_call", "id": "w1", "status": "completed"},
    {"type": "web_search_call", "id": "w2", "status": "completed"},
    {"type": "item_reference", "id": "q"},
    {"type": "compaction", "id": "cmp_1", "encrypted_content": "…"},
    {"role": "assistant", "content": None, "tool_calls": []},
)
CHANGES_THE_VALUE = {
    Cause.CALLBACK_CHANGED,
    Cause.FILTER_CHANGED,
    Cause.SDK_STRIPPED,
    Cause.CALLBACK_MOVED,
    Cause.FILTER_MOVED,
    Cause.NEW_INPUT,
    Cause.CALLBACK_ADDED,
    Cause.FILTER_ADDED,
}


def random_item(dice: random.Random) -> dict[str, Any]:
    chance, call_id = dice.random(), dice.choice(["c1", "c2", "c3", ""])
    if chance < 0.2:
        return user(dice.choice("ab"))
    if chance < 0.35:
        return assistant(dice.choice("ab"))
    if chance < 0.45:
        return reasoning(dice.choice(["rs_1", "rs_2", "__fake_id__"]))
    type_ = dice.choice(list(OUTPUT_OF))
    more: dict[str, Any] = {"created_by": "someone"} if dice.random() < 0.1 else {}
    if dice.random() < 0.15:
        more["caller"] = {"type": "program", "caller_id": dice.choice(["c1", "c2"])}
    if chance < 0.7:
        return {
            "type": type_,
            "id": dice.choice(["x", "__fake_id__", None]),
            "call_id": dice.choice([call_id, call_id, call_id, None]),
            "number": dice.randint(0, 99),
            "status": dice.choice(["completed", "in_progress"]),
            **more,
        }
    if chance < 0.92:
        more.pop("created_by", None)
        return {
            "type": OUTPUT_OF[type_],
            "call_id": dice.choice([call_id, call_id, call_id, None]),
            "output": str(dice.randint(0, 99)),
            **more,
        }
    return dict(dice.choice(OTHERS))


def rearranged(dice: random.Random, how: str, items: list[Any]) -> list[Any]:
    """What a callback or a filter of this kind makes of the items."""
    match how:
        case "drop":
            return [item for item in items if dice.random() < 0.7]
        case "move":
            return dice.sample(items, len(items))
        case "copy":
            return [copy.deepcopy(item) if dice.random() < 0.5 else item for item in items]
        case "add":
            return [*items[:1], random_item(dice), *items[1:]]
        case "edit":
            for item in items:
                if dice.random() < 0.3:
                    item["note"] = "edited"
            return items
        case "replace":
            return [{**item, "note": "edited"} if dice.random() < 0.3 else item for item in items]
    return items


HOWS = ("keep", "drop", "move", "copy", "add", "edit", "replace")


@dataclass
class Recorded:
    """What an independent witness saw: the sent lists, the returned list, and the rows at the end."""

    sent: list[list[Any]]
    returned: list[Any]
    rows: list[tuple[int, str]]


class Witness(RunHooks):
    def __init__(self) -> None:
        self.sent: list[list[Any]] = []

    async def on_llm_start(self, context: Any, agent: Any, system_prompt: Any, input_items: list[Any]) -> None:
        self.sent.append(copy.deepcopy(input_items))


async def one_run(dice: random.Random, path: Path) -> tuple[Ledger, Recorded] | None:
    """One random run, told by the ledger and by the witness; None where the SDK refuses the input itself."""
    limit = dice.choice([None, None, dice.randint(0, 9)])
    callback, filter_ = dice.choice([None, None, *HOWS]), dice.choice([None, None, None, *HOWS])

    def rearrange_history(history: list[Any], new: list[Any]) -> list[Any]:
        return rearranged(dice, callback, [*history, *new])

    def rearrange_request(data: Any) -> ModelInputData:
        return ModelInputData(rearranged(dice, filter_, data.model_data.input), data.model_data.instructions)

    config = RunConfig(
        session_settings=SessionSettings(limit=limit) if limit is not None else None,
        session_input_callback=rearrange_history if callback else None,
        call_model_input_filter=rearrange_request if filter_ else None,
        reasoning_item_id_policy=dice.choice([None, "omit"]),
    )
    session = SQLiteSession("chat", path)
    await session.clear_session()
    await session.add_items([random_item(dice) for _ in range(dice.randint(0, 9))])
    new = [random_item(dice) for _ in range(dice.randint(1, 3))]
    returned = await session.get_items(limit)
    witness = Witness()
    async with observe(session) as seen:
        try:
            if dice.random() < 0.3:
                streamed = Runner.run_streamed(make_agent(), new, session=session, run_config=config, hooks=witness)
                async for _ in streamed.stream_events():
                    pass
            else:
                await Runner.run(make_agent(), new, session=session, run_config=config, hooks=witness)
        except Exception:
            if not witness.sent:
                return None
    with closing(sqlite3.connect(path)) as reader:
        rows = reader.execute("SELECT id, message_data FROM agent_messages ORDER BY id").fetchall()
    session.close()
    return seen.ledger, Recorded(witness.sent, returned, rows)


def check(ledger: Ledger, recorded: Recorded) -> None:
    assert [[one.value for one in ledger.requests[number]] for number in sorted(ledger.requests)] == recorded.sent
    for number, sent in ledger.requests.items():
        assert {one.line for one in sent} == {at for at, line in enumerate(ledger.lines) if number in line.sent}
        for one in sent:
            line = ledger.lines[one.line]
            assert one.value == line.value or line.cause in CHANGES_THE_VALUE, (one.value, line)
    assert [line.value for line in ledger.lines if line.returned] == recorded.returned
    stored = [(line.row.key, json.dumps(line.value)) for line in ledger.lines if line.row]
    assert [(key, json.loads(text)) for key, text in stored] == [(key, json.loads(text)) for key, text in recorded.rows]
    for line in ledger.lines:
        assert line.cause is not Cause.UNKNOWN, line
        assert (line.cause is None) <= (line.returned and bool(line.sent)), line


async def histories(cases: int, seed: int, folder: Path) -> Counter[str]:
    """Check so many random runs; the causes that came up. Raises AssertionError with the seed of the case."""
    causes: Counter[str] = Counter()
    for case in range(cases):
        found = await one_run(random.Random(f"{seed}.{case}"), folder / "chat.db")
        if found is None:
            causes["refused"] += 1
            continue
        try:
            check(*found)
        except AssertionError as error:
            raise AssertionError(f"case {case} of seed {seed}\n{found[0]}\n{traceback.format_exc(limit=-1)}") from error
        causes.update(str(line.cause) for line in found[0].lines)
    return causes


@pytest.mark.matrix
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_what_was_returned_sent_and_stored_is_rebuilt_from_the_ledger(tmp_path, chunk):
    causes = asyncio.run(histories(CASES // CHUNKS, SEED + chunk, tmp_path))
    assert causes["same-id"] > 0
    assert causes["output-missing"] > 50


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        print(asyncio.run(histories(int(sys.argv[1]), int(sys.argv[2]), Path(scratch))))
