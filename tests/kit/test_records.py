"""A record is the same when it is read again, with its ledger; older records have none and are read as well."""

import json
from dataclasses import replace

import pytest

from lessons.kit.items import describe
from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.ledger import Ledger, LedgerLine, LedgerRun, SentItem
from lessons.kit.records import KEPT_RECORDS, TurnRecord, load_records, save_record
from lessons.kit.row_ref import RowRef
from lessons.kit.turns.recording.parts import kept

RECORD = TurnRecord("20260101", "Step", "Hi", "Hello", "alice", "sqlite_file", "offline model", "2026-01-01", 4.5)


def test_a_record_with_a_ledger_is_the_same_when_it_is_read_again(tmp_path):
    row = RowRef("sqlite_file", "alice", 3)
    line = LedgerLine(
        describe({"role": "user", "content": "Hi"}), row, "added", False, (1,), Cause.NEW_INPUT, "the new input", ""
    )
    run = LedgerRun(1, "Assistant", "alice", "run_streamed", read=2, requests=(1,), sent=(3,), stored=(row,))
    ledger = Ledger("alice", (line,), True, {1: (SentItem(0),)}, (run,))
    record = TurnRecord(**{**vars(RECORD), "ledger": ledger, "other_ledgers": (Ledger("bob"),)})
    save_record(tmp_path, record)
    assert load_records(tmp_path) == [record]
    assert load_records(tmp_path)[0].ledger.lines[0].cause is Cause.NEW_INPUT


def test_a_record_from_before_there_were_ledgers_is_read(tmp_path):
    save_record(tmp_path, RECORD)
    path = tmp_path / "20260101.json"
    kept = json.loads(path.read_text())
    for name in ("ledger", "other_ledgers", "restarts"):
        del kept[name]
    path.write_text(json.dumps(kept))
    assert load_records(tmp_path) == [RECORD]


@pytest.mark.parametrize("text", ["naïve 漢字 😀", "\x00 \x7f \u2028", "half a pair: \ud83d"])
def test_a_record_with_any_text_is_the_same_when_it_is_read_again(tmp_path, text):
    record = replace(RECORD, message=text, reply=text)
    save_record(tmp_path, record)
    assert load_records(tmp_path) == [record]


def test_a_record_keeps_nan_and_infinity_which_rows_can_hold(tmp_path):
    value = {"role": "user", "content": "[1]", "n": [json.loads(word) for word in ("NaN", "Infinity", "-Infinity")]}
    line = LedgerLine(describe(value), None, "", False, (1,), None, "", "", value=value)
    save_record(tmp_path, replace(RECORD, ledger=kept(Ledger("alice", (line,)))))
    (read,) = load_records(tmp_path)[0].ledger.lines
    assert str(json.loads(read.value)["n"]) == "[nan, inf, -inf]"


def test_the_newest_records_are_kept_and_no_other_file_is_removed(tmp_path):
    (tmp_path / "0.txt").touch()
    records = [replace(RECORD, id=str(20260101 + number)) for number in range(KEPT_RECORDS + 3)]
    for record in records:
        save_record(tmp_path, record)
    assert load_records(tmp_path) == records[3:]
    assert (tmp_path / "0.txt").exists()
