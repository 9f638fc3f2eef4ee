"""All that each step of a lesson shows, as text: its runs, requests, lines, tables, calls and result.

`python -m tests.course.what_steps_show` writes it for every lesson, or for those that are named, into
`tests/course/shown`. Read what has changed there next to the words of the step before you commit it. With an older minor of
the SDK it writes what differs there into a folder of that minor.
"""

import difflib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

import agents

from lessons.course.index import LESSONS, load_lesson
from lessons.frame import walk
from lessons.frame.evidence import at_once, did
from lessons.frame.lesson import Lesson
from lessons.kit.items import Item
from lessons.kit.ledger.ledger import Ledger
from lessons.kit.models.providers import Provider, read_provider
from lessons.kit.records import ChangedRow, TableChanges, TurnRecord
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor

SHOWN, NEWEST = Path(__file__).parent / "shown", "0.24"
"""The folder of the texts, and the minor of the SDK that they come from."""
_NEVER_THE_SAME = (
    (
        re.compile(
            r"\b(msg|fc|rs|call|conv|resp|cmp|ci|ws|mcp|mcpl|ctc|item|step|tag|cmpct|offline)_[0-9A-Za-z_-]{6,}"
        ),
        r"\1_*",
    ),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:\+00:00|Z)?"), "TIME"),
    (re.compile(r"\b[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\b"), "TIME"),
    (re.compile(r"\b1[6-9]\d{8}(?:\.\d+)?\b"), "TIME"),
    (re.compile(r"[A-Za-z0-9+/_-]{60,}={0,2}"), "LONG"),
    (re.compile(r"(?:/[\w.-]+)+/(?=[\w.-]+\.db)"), "FOLDER/"),
    (re.compile(r"\b(?=\w*[a-f])[0-9a-f]{8,}\b(?:-[0-9a-f]{4,})*"), "HEX"),
    (re.compile(r"0x[0-9a-f]+"), "0x*"),
    (re.compile(r'(?<="times in the bytes": )[1-9]\d*'), "SOME"),  # builds of SQLite differ in what they overwrite
    (re.compile(r"\blab:[\w-]+"), "lab:*"),
)
RESULT = 1_500
"""Characters of a result that are written."""
STORED = 90
"""Characters of a stored item, from its beginning."""
_TIMES = ("created_at", "updated_at", "expires_at")


def shown(seen: TurnRecord) -> list[str]:
    """The lines of one step. For runs at the same time, order and numbers are left out, since they differ each time."""
    lines = [*_what_was_done(seen), *_requests(seen), *_ledgers(seen), *_tables(seen), *_calls(seen)]
    plain = [_steady(line) for line in lines]
    return sorted(re.sub(r"\d+", "N", line) for line in plain) if at_once(seen) else plain


def _steady(line: str) -> str:
    for pattern, name in _NEVER_THE_SAME:
        line = pattern.sub(name, line)
    return line


def _item(item: Item) -> str:
    return f"{item.kind} {item.text[:60]!r}"


def _what_was_done(seen: TurnRecord) -> Iterator[str]:
    yield from (f"did       {act}" for act in did(seen))
    yield from (f"opened    {one.session_id} {one.options}{' disposed' * one.disposed}" for one in seen.opened)
    if seen.dropped_handles is not None:
        yield f"dropped   {', '.join(seen.dropped_handles)}"
    if seen.result:
        yield f"result    {_result(seen.result)}"
    if seen.reply:
        yield f"reply     {seen.reply[:80]!r}"
    if seen.returned:
        yield f"returned  {', '.join(map(_item, seen.returned))}"
    for run in seen.ledger.runs:
        limit = f", limit {run.limit} ({run.whose_limit})" if run.limit is not None else ""
        within = f", within {run.within}" if run.within else ""
        ended = f", ended by: {run.ended_by}" if run.ended_by else ""
        yield (
            f"run       {run.kind} of {run.agent} in {run.session_id}: read {run.read}{limit}, sent {list(run.sent)}, "
            f"stored {run.stored_count}{within}{ended}{' resumed' * run.resumed}"
        )


def _result(text: str) -> str:
    try:
        return json.dumps(_in_order(json.loads(text)), ensure_ascii=False)[:RESULT]
    except ValueError:
        return text[:RESULT]


def _in_order(value: Any) -> Any:
    """The value, with lists of branches sorted by name: the SDK lists branches of the same second in any order."""
    if isinstance(value, dict):
        return {name: _in_order(one) for name, one in value.items()}
    if isinstance(value, list) and all(isinstance(one, dict) and "branch_id" in one for one in value):
        return sorted(value, key=lambda one: str(one["branch_id"]))
    return value


def _requests(seen: TurnRecord) -> Iterator[str]:
    for number, request in enumerate(seen.requests, start=1):
        early = f" ended early: {request.ended_early}" if request.ended_early else ""
        kinds = " ".join(item.kind for item in request.items[-12:])
        yield f"request   {number} of {request.agent}: {request.count} items, the last are {kinds}{early}"


def _ledgers(seen: TurnRecord) -> Iterator[str]:
    for ledger in (seen.ledger, *seen.other_ledgers):
        yield f"ledger    {ledger.session_id}"
        yield from _lines(ledger)


def _lines(ledger: Ledger) -> Iterator[str]:
    for line in ledger.lines:
        row = line.row.key if line.row is not None else "-"
        told = f" [{line.cause}]" if line.cause else ""
        sent = ",".join(map(str, line.sent)) or "no"
        returned = "returned" if line.returned else "not returned"
        risk = f" risk: {line.risk}" if line.risk else ""
        yield f"  line    {row} {line.mark or 'stays'}, {returned}, sent {sent}{told} {_item(line.item)}{risk}"


def _tables(seen: TurnRecord) -> Iterator[str]:
    for table in seen.changes:
        if table.holds_items:
            added = [(f"+{row.key}", _stored(row)) for row in table.added]
            if at_once(seen):
                added.sort(key=itemgetter(1))
            rows = [f"-{[row.key for row in table.removed]}", *(f"{key} {stored}" for key, stored in added)]
        else:
            rows = [f"{mark}{_values(row.after or row.before)}" for mark, row in _added_and_removed(table)]
        rows += [f"±{row.key}" for row in table.changed if _values(row.before) != _values(row.after)]
        if rows:
            yield f"table     {table.table} of {table.session_id}: {' '.join(rows)}"


def _stored(row: ChangedRow) -> str:
    """The longest cell of the row, which is the item."""
    return _steady(max((row.after or {}).values(), key=len, default=""))[:STORED]


def _added_and_removed(table: TableChanges) -> list[tuple[str, ChangedRow]]:
    return [*(("+", row) for row in table.added), *(("-", row) for row in table.removed)]


def _values(row: dict[str, str] | None) -> str:
    return ", ".join(f"{name}={value}" for name, value in (row or {}).items() if name not in _TIMES)


def _calls(seen: TurnRecord) -> Iterator[str]:
    for call in seen.calls:
        error = f" {call.error.splitlines()[0][:100]}" if call.error else ""
        status = f" {call.exchange.status}" if call.exchange is not None else ""
        called = f"{'  ' * (call.depth - 1)}{call.method}({call.arguments[:60]}) of {call.session_id}"
        yield f"call      {called}: {call.rows}{status}{error}"


def records_of(lesson: Lesson, provider: Provider) -> list[TurnRecord]:
    """The records of all steps of the lesson, walked on its own store."""
    desk = open_desk(new_visitor(), lesson.slug)
    here = walk.Walk(lesson, desk, lesson.walk_stores[0], provider)
    records = [walk.start_step(here, index).result(60) for index in range(len(lesson.steps))]
    desk.close()
    return records


def text_of(lesson: Lesson, records: list[TurnRecord]) -> str:
    parts = []
    for number, (step, seen) in enumerate(zip(lesson.steps, records, strict=True), start=1):
        parts += [f"# {number} {step.title}", *shown(seen), ""]
    return "\n".join(parts)


def minor() -> str:
    """The minor of the installed SDK, as 0.24."""
    return ".".join(agents.__version__.split(".")[:2])


def differences(slug: str, text: str) -> list[str]:
    """The lines in which a text differs from the kept text of the newest minor."""
    kept = (SHOWN / f"{slug}.txt").read_text(encoding="utf-8")
    found = difflib.unified_diff(kept.splitlines(), text.splitlines(), n=0, lineterm="")
    return [line for line in found if not line.startswith(("--- ", "+++ ", "@@ "))]


def kept_differences(slug: str) -> list[str]:
    """What an older minor shows differently; nothing for the newest one."""
    path = SHOWN / minor() / f"{slug}.txt"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _write(slug: str, text: str) -> Path:
    path = SHOWN / f"{slug}.txt"
    if minor() != NEWEST:
        path = SHOWN / minor() / path.name
        path.parent.mkdir(exist_ok=True)
        text = "\n".join(differences(slug, text))
    if text:
        path.write_text(text, encoding="utf-8")
    else:
        path.unlink(missing_ok=True)
    return path


def write(slugs: list[str]) -> int:
    """Write the texts of these lessons, or of all; 0, as the exit status of a command."""
    SHOWN.mkdir(exist_ok=True)
    before = os.environ.get("SESSIONS_DATA_DIR")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SESSIONS_DATA_DIR"] = folder
        try:
            provider = read_provider({"SESSIONS_OFFLINE_SECONDS_PER_WORD": "0"})
            for slug in slugs or [entry.slug for entry in LESSONS]:
                lesson = load_lesson(slug)
                path = _write(slug, text_of(lesson, records_of(lesson, provider)))
                print(f"{path.relative_to(SHOWN.parents[2])} {'is written' if path.exists() else 'is not needed'}")
        finally:
            os.environ.pop("SESSIONS_DATA_DIR")
            if before is not None:
                os.environ["SESSIONS_DATA_DIR"] = before
    return 0


if __name__ == "__main__":
    sys.exit(write(sys.argv[1:]))
