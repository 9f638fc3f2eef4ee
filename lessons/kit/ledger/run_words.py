"""What the runs of a turn read, sent and stored, in words: one part for each run, in order. Runs are not added up."""

from collections import Counter
from collections.abc import Sequence

from lessons.kit.ledger.ledger import LedgerRun
from lessons.kit.problems.counted import counted
from lessons.kit.records import TurnRecord
from lessons.kit.row_ref import RowRef, rows_in_words

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
FEW = 4
"""Runs of which each is told, although they did the same: more of them are a wall of figures."""


def run_words(record: TurnRecord) -> tuple[str, ...]:
    """A part for each run, such as "run 1: read 0, sent 1, stored rows 1, 2". A turn without a run names its session calls.

    The tuple is empty for an old record with model requests and without runs: runs were not noted then.
    """
    runs = record.ledger.runs
    if runs:
        return words_of_runs(runs)
    return () if record.requests else (_without_run(record),)


def words_of_runs(runs: Sequence[LedgerRun]) -> tuple[str, ...]:
    """A part for each of these runs, in order."""
    rows = [row for run in runs for row in run.stored]
    return tuple(_run(run, runs, rows) for run in runs)


def words_of_like_runs(runs: Sequence[LedgerRun]) -> str:
    """One part for all of them, if they are more than FEW and all did the same; '' if they did not."""
    did = {(_read(run), _sent(run), run.stored_count, run.within, run.ended_by) for run in runs}
    if len(runs) <= FEW or len(did) > 1:
        return ""
    first = runs[0]
    where = " in its own session" if len({run.session_id for run in runs}) == len(runs) else ""
    ended = f", {first.ended_by}" if first.ended_by else ""
    stored = counted(first.stored_count, "row") if first.stored_count else "nothing"
    return f"{len(runs)} runs, each{where}: {_read(first)}, {_sent(first)}, stored {stored}{ended}"


def _run(run: LedgerRun, runs: Sequence[LedgerRun], rows: Sequence[RowRef]) -> str:
    parts = [_read(run), _sent(run)]
    stored = rows_in_words(run.stored, rows)
    parts.append(f"stored {stored or run.stored_count or 'nothing'}")
    if run.ended_by:
        parts.append(run.ended_by)
    within = f" inside run {run.within}" if run.within is not None else ""
    several = len({one.session_id for one in runs if one.session_id is not None}) > 1
    where = f" with {run.session_id}" if several and run.session_id is not None else ""
    return f"run {run.number}{within}{where}: {', '.join(parts)}"


def _read(run: LedgerRun) -> str:
    if run.session_id is None:
        return "no session"
    if run.resumed:
        return "resumed, nothing read"
    if run.read is None:
        return "nothing read"
    return f"read {run.read:,}" if run.limit is None else f"read {run.read:,} of at most {run.limit:,}"


def _sent(run: LedgerRun) -> str:
    return f"sent {', then '.join(f'{count:,}' for count in run.sent)}" if run.sent else "model not asked"


def _without_run(record: TurnRecord) -> str:
    """The restarts and session calls of a turn that ran no agent, such as "one pop_item(), no run"."""
    counts = Counter(record.called)
    calls = [f"{_number(count)} {method}()" for method, count in counts.items()]
    restarts = [f"{_number(len(record.restarts))} restart"] if len(record.restarts) == 1 else []
    if len(record.restarts) > 1:
        restarts = [f"{_number(len(record.restarts))} restarts"]
    wrapped = sum(call.is_direct and call.depth > 1 for call in record.calls)
    if wrapped:
        calls.append(f"{_number(wrapped)} {'call' if wrapped == 1 else 'calls'} of underlying_session")
    return ", ".join([*restarts, *calls, "no run"])


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else f"{count:,}"
