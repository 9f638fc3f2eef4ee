"""Records in which the code did something else, or in which its runs read or returned something else."""

import json
from dataclasses import replace
from typing import Any

from lessons.kit.records import SessionCall, TurnRecord
from tests.course.false_records.base import STRANGER, Change, every_line, every_run


def gave(value: Any, *path: str | int) -> Change:
    """The code of the step returned this value, or has it at this place of its result."""

    def put(found: Any, rest: tuple[str | int, ...]) -> Any:
        if not rest:
            return value
        first, *more = rest
        made = {**found} if isinstance(found, dict) else [*found]
        made[first] = put(found[first], tuple(more))
        return made

    def change(seen: TurnRecord) -> TurnRecord:
        found = json.loads(seen.result or "null")
        made = put(found, path)
        assert made != found, path
        return replace(seen, result=json.dumps(made))

    return change


def with_result(text: str) -> Change:
    return lambda seen: replace(seen, result=text)


def one_more_call(method: str, session_id: str = "alice") -> Change:
    """The code of the step made this session call too, at the end."""
    return lambda seen: replace(seen, calls=(*seen.calls, SessionCall(session_id, method, "", 1, 0.1, order=999)))


def rows_of_call(method: str, rows: int) -> Change:
    """The calls of this method were given, or returned, this many rows."""
    return lambda seen: replace(
        seen, calls=tuple(replace(call, rows=rows) if call.method == method else call for call in seen.calls)
    )


def a_call_less(seen: TurnRecord) -> TurnRecord:
    """The last call of a session did not happen."""
    return replace(seen, calls=seen.calls[:-1])


def in_session(session_id: str) -> Change:
    """Every run was given a session of this id."""
    return lambda seen: every_run(seen, session_id=session_id)


def a_run_less(seen: TurnRecord) -> TurnRecord:
    """The last run did not happen."""
    return replace(seen, ledger=replace(seen.ledger, runs=seen.ledger.runs[:-1]), requests=seen.requests[:-1])


def not_opened(seen: TurnRecord) -> TurnRecord:
    return replace(seen, opened=())


def a_call_raised(seen: TurnRecord) -> TurnRecord:
    return replace(seen, calls=(*seen.calls[:-1], replace(seen.calls[-1], error="ValueError: no")))


def no_calls_inside(seen: TurnRecord) -> TurnRecord:
    return replace(seen, calls=tuple(call for call in seen.calls if call.depth == 1))


def ended_by_itself(seen: TurnRecord) -> TurnRecord:
    return every_run(seen, ended_by="")


def not_within(seen: TurnRecord) -> TurnRecord:
    return every_run(seen, within=None)


def opened_without_options(seen: TurnRecord) -> TurnRecord:
    return replace(seen, opened=tuple(replace(one, options="") for one in seen.opened))


def without_a_restart(seen: TurnRecord) -> TurnRecord:
    return replace(seen, restarts=(), dropped_handles=None)


def not_read(seen: TurnRecord) -> TurnRecord:
    return replace(every_run(seen, read=None), returned=())


def runs_read(count: int) -> Change:
    """Every run read this many items."""

    def change(seen: TurnRecord) -> TurnRecord:
        runs = tuple(replace(run, read=count) for run in seen.ledger.runs)
        return replace(seen, ledger=replace(seen.ledger, runs=runs))

    return change


def nothing_returned(seen: TurnRecord) -> TurnRecord:
    return replace(every_run(every_line(seen, lambda line: replace(line, returned=False)), read=0), returned=())


def something_returned(seen: TurnRecord) -> TurnRecord:
    return replace(every_run(seen, read=1), returned=(STRANGER,))


def overlapping(seen: TurnRecord) -> TurnRecord:
    """No run had ended before another began."""
    last = max(run.ended or 0 for run in seen.ledger.runs)
    return every_run(seen, ended=last)
