"""What the code of a turn did, in order: evidence for the verdicts of steps and the checks of challenges."""

import itertools
from collections.abc import Iterable

from lessons.frame.lesson import Attempt, StoredItem
from lessons.kit.items import Item
from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.ledger import LedgerRun
from lessons.kit.records import SessionCall, TurnRecord


def did(seen: TurnRecord) -> list[str]:
    """The runs, the restarts and the session calls of the turn's own code, in order. The calls that a run makes are left out.

    "run in alice: What's my name?", "run_streamed: Hello" without a session, "run in alice, resumed" from a RunState,
    "restart", "get_items(limit=2) of alice", and "get_items(limit=2) inside alice" for a call of the session inside alice.
    """
    done = [(run.began, _started(seen, run)) for run in seen.ledger.runs if run.within is None]
    done += [(call.order, _called(call)) for call in own_calls(seen)]
    done += [(order, "restart") for order in seen.restarts]
    acts: list[str] = []
    restarting = False
    for _, words in sorted(done):
        # A restart calls close(), which is recorded for some classes: the turn's own code did not call it.
        restarting = words == "restart" or (restarting and words.startswith("close()"))
        if words == "restart" or not restarting:
            acts.append(words)
    return acts


def unforced(done: list[str]) -> list[str]:
    """What was done, without the calls that force a compaction: the code makes them where the model does not start one."""
    return [one for one in done if not one.startswith("run_compaction(args={'force': True})")]


def question(seen: TurnRecord, run: LedgerRun) -> Item | None:
    """The newest message of the user in the first request of the run; None if the request has none."""
    items = seen.requests[run.requests[0] - 1].items if run.requests else ()
    return next((item for item in reversed(items) if item.kind == "user"), None)


def own_calls(seen: TurnRecord) -> list[SessionCall]:
    """The calls of sessions, and of the sessions inside them, that the turn's own code has made."""
    return [call for call in seen.calls if call.run is None and call.exchange is None and not call.is_inner]


def reads(seen: TurnRecord) -> list[int | None]:
    """How many items the session returned to each run, None for a run that did not read one."""
    return [run.read for run in seen.ledger.runs]


def sent_all_that_was_read(seen: TurnRecord) -> bool:
    """Whether each run read its session, and its first request has as many items as were read and one more."""
    return bool(seen.ledger.runs) and all(
        run.read is not None and [seen.requests[number - 1].count for number in run.requests[:1]] == [run.read + 1]
        for run in seen.ledger.runs
    )


def added_to(seen: TurnRecord, session_id: str) -> list[str]:
    """The kinds of the rows that the turn added to a session, in stored order; reasoning items of a model are left out."""
    ledgers = [ledger for ledger in (seen.ledger, *seen.other_ledgers) if ledger.session_id == session_id]
    return without_thoughts(line.item.kind for ledger in ledgers for line in ledger.lines if line.mark == "added")


def without_thoughts(kinds: Iterable[str]) -> list[str]:
    """The kinds of items without the reasoning items, which some models add before their replies."""
    return [kind for kind in kinds if kind != "reasoning"]


def without_an_error(seen: TurnRecord) -> bool:
    """Whether no session call of the turn raised."""
    return all(call.error is None for call in seen.calls)


def limits(seen: TurnRecord) -> list[tuple[int | None, str]]:
    """For each run, the limit with which it read its session, None without one, and whose limit it was."""
    return [(run.limit, run.whose_limit) for run in seen.ledger.runs]


def at_once(seen: TurnRecord) -> bool:
    """Whether any run began before the one before it had ended."""
    runs = sorted(seen.ledger.runs, key=lambda run: run.began)
    return any(first.ended is None or second.began < first.ended for first, second in itertools.pairwise(runs))


def opened(seen: TurnRecord) -> list[str]:
    """The sessions that were opened with options, as "alice(ttl=600)"."""
    return [f"{one.session_id}({one.options})" for one in seen.opened if one.options]


def disposed(seen: TurnRecord) -> list[str]:
    """The sessions whose engine was disposed of in the turn."""
    return [one.session_id for one in seen.opened if one.disposed]


def questions(attempt: Attempt, session_id: str) -> list[Item]:
    """What the runs with this session were asked, in order."""
    found = [(seen, run) for seen in attempt.records for run in seen.ledger.runs if run.session_id == session_id]
    asked = [question(seen, run) for seen, run in found if not run.resumed]
    return [item for item in asked if item is not None]


def own_sessions(attempt: Attempt) -> set[str]:
    """The sessions whose rows the learner's own turns have added or removed."""
    changed = [table for record in attempt.records for table in record.item_changes if table.added or table.removed]
    return {table.session_id for table in changed}


def why_by_hand(attempt: Attempt, *rows: tuple[str, StoredItem]) -> str | None:
    """The reason why one of these rows does not count: a session call added it, and no run was told it. None if all count."""
    for session_id, row in rows:
        if _added_by_hand(attempt, session_id, row.key):
            return f'Row {row.key} of session "{session_id}" was added by a session call: no run was told it.'
    return None


def _added_by_hand(attempt: Attempt, session_id: str, key: int) -> bool:
    """Whether the newest turn that added the row stored it with a session call; False if no turn is known that added it."""
    for seen in reversed(attempt.records):
        for ledger in (seen.ledger, *seen.other_ledgers):
            for line in ledger.lines:
                if (
                    line.mark == "added"
                    and line.row is not None
                    and (line.row.session_id, line.row.key) == (session_id, key)
                ):
                    return line.cause is Cause.STORED_BY_HAND
    return False


def _started(seen: TurnRecord, run: LedgerRun) -> str:
    where = "" if run.session_id is None else f" in {run.session_id}"
    asked = question(seen, run)
    return f"{run.kind}{where}{', resumed' if run.resumed else f': {asked.text}' if asked is not None else ''}"


def _called(call: SessionCall) -> str:
    arguments = {"add_items": str(call.rows), "store_run_usage": ""}.get(call.method, call.arguments)
    return f"{call.method}({arguments}) {'of' if call.depth == 1 else 'inside'} {call.session_id}"
