"""Random turns through the real Runner: from the ledger alone, what was returned, sent and stored is rebuilt exactly.

To run more cases, or the cases of another seed: python -m tests.kit.ledger.test_random_histories CASES SEED
"""

import asyncio
import random
import sqlite3
import sys
import tempfile
import traceback
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from agents import SQLiteSession, set_tracing_disabled

from lessons.kit.ledger import Cause, Ledger
from tests.support.random_turns import Recorded, as_json, random_turn

CASES, SEED = 2_000, 20_261_126
CHUNKS = 8
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


def check(ledger: Ledger, recorded: Recorded) -> None:
    assert [[one.value for one in ledger.requests[number]] for number in sorted(ledger.requests)] == recorded.sent
    assert [run.read for run in ledger.runs] == recorded.read
    for number, sent in ledger.requests.items():
        assert {one.line for one in sent} == {at for at, line in enumerate(ledger.lines) if number in line.sent}
        for one in sent if len(ledger.requests) == 1 else ():  # a line names the cause of its last request
            line = ledger.lines[one.line]
            assert one.value == line.value or line.cause in CHANGES_THE_VALUE, (one.value, line)
    for line in ledger.lines:
        assert line.cause is not Cause.UNKNOWN, line
        assert (line.cause is None) <= (line.returned and bool(line.sent)), line
    if recorded.kind == "own":  # the ledger cannot know its rows, but it knows what was stored
        stored = [item for key, item in recorded.last if key not in recorded.first]
        assert [as_json(line.value) for line in ledger.lines if line.mark == "added"] == as_json(stored)
        return
    rows = [line for line in ledger.lines if line.row]
    assert {line.row.key for line in rows if line.returned} == recorded.returned
    assert not any(line.returned for line in ledger.lines if not line.row)
    there = [(line.row.key, as_json(line.value)) for line in rows if line.mark != "removed"]
    assert there == recorded.last
    assert {line.row.key for line in rows if line.mark == "removed"} == recorded.ever - {
        key for key, _ in recorded.last
    }
    assert {line.row.key for line in rows if line.mark == "added"} == {key for key, _ in there} - recorded.first


async def histories(cases: int, seed: int, folder: Path) -> Counter[str]:
    """Check this many random turns, and count the causes. Raises AssertionError, which names the case and its seed."""
    causes: Counter[str] = Counter()
    path = folder / "chat.db"
    SQLiteSession("chat", path).close()
    with closing(sqlite3.connect(path)) as reader:
        for case in range(cases):
            found = await random_turn(random.Random(f"{seed}.{case}"), path, reader)
            if found is None:
                causes["refused"] += 1
                continue
            seen, recorded = found
            ledger = seen.ledger
            try:
                check(ledger, recorded)
            except AssertionError as error:
                where = f"case {case} of seed {seed}, {recorded.kind}"
                raise AssertionError(f"{where}\n{ledger}\n{traceback.format_exc(limit=-1)}") from error
            causes.update(str(line.cause) for line in ledger.lines)
    return causes


@pytest.mark.matrix
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_what_was_returned_sent_and_stored_is_rebuilt_from_the_ledger(tmp_path, chunk):
    causes = asyncio.run(histories(CASES // CHUNKS, SEED + chunk, tmp_path))
    assert causes["same-id"] > 0
    assert causes["popped"] > 0
    assert causes["output-missing"] > 50


if __name__ == "__main__":
    set_tracing_disabled(True)
    with tempfile.TemporaryDirectory() as scratch:
        print(asyncio.run(histories(int(sys.argv[1]), int(sys.argv[2]), Path(scratch))))
