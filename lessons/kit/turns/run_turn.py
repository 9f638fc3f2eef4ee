"""Runs one turn and returns its record."""

import asyncio
import inspect
import json
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from agents import Agent
from agents.result import RunResultBase

from lessons.kit.background import in_blocking_thread, in_thread_with_loop
from lessons.kit.environment import number
from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.observation import Observation
from lessons.kit.ledger.phase import Phase
from lessons.kit.ledger.row_changes import cut
from lessons.kit.ledger.watching.events import Restarted, Said
from lessons.kit.models.providers import make_model_settings
from lessons.kit.problems.explain import explain, kept
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.records import REPLY_LIMIT, RESULT_LIMIT, ModelRequest, SessionCall, TableChanges, TurnRecord
from lessons.kit.seen_text import printable
from lessons.kit.stores.store import Store
from lessons.kit.turns.planned_turn import Arguments, PlannedTurn
from lessons.kit.turns.recording.agents import HeardAnswers, prepare
from lessons.kit.turns.recording.parts import LOOKED_AT, SHOWN_LINES, model_requests, returned_items, session_calls
from lessons.kit.turns.recording.parts import kept as kept_ledger
from lessons.kit.turns.recording.sessions import TurnSessions, always_room
from lessons.kit.turns.running_work import RunningTurn


async def run_turn(
    planned: PlannedTurn,
    store: Store,
    agent: Agent,
    running: RunningTurn,
    drop_handles: Callable[[], list[str]],
    called: Callable[[], object] = lambda: None,
    room: Callable[[], Awaitable[None]] = always_room,
) -> "Ran":
    """Run the turn on the background loop. What it returns can make the record.

    It does not raise errors of the turn's code: a failure, a stop or a time-out is part of the record. `agent` has a model of
    the turn's provider. `drop_handles` closes every handle of the visitor and returns their names. `room` is awaited before the
    turn opens or calls a session, and `called` is called after each call.
    """
    started, start = datetime.now(UTC), time.perf_counter()
    said_before = 0

    def notice(phase: Phase) -> None:
        nonlocal said_before
        if phase in (Phase.STARTED, Phase.STORED):  # after a call; `room` is awaited before each call
            observation.release()
            called()
        if phase is Phase.ASKING:
            said_before = len(running.text)
        running.notice(phase)

    observation = Observation((), notice, rows_limit=LOOKED_AT)
    heard = HeardAnswers(observation)
    prepare(agent, heard, make_model_settings(planned.provider))
    sessions = TurnSessions(planned.session_id, store, observation, drop_handles, room)
    opened_with = await _opened_with(planned, store)
    observation.begin()
    try:
        result, error = await _outcome(_call(planned, agent, sessions, running), running)
        result = _last_run(result)
        if getattr(result, "final_output", None) is None and running.text[said_before:]:
            observation.note(Said(running.text[said_before:], _ended_by(error)))
        if sessions.used:
            await sessions.room()
        await observation.look_last()
        called()
    finally:
        observation.end()
        observation.detach()
    return Ran(planned, store, running, sessions, observation, heard, result, error, opened_with, started, start)


@dataclass(frozen=True)
class Ran:
    """A turn whose code has run. `started` is the time of its start, `start` the same by time.perf_counter().

    `opened_with` is the code that opened the session of a step.
    """

    planned: PlannedTurn
    store: Store
    running: RunningTurn
    sessions: TurnSessions
    observation: Observation
    heard: HeardAnswers
    result: Any
    error: BaseException | None
    opened_with: str
    started: datetime
    start: float

    def record(self) -> TurnRecord:
        """What was stored, returned and sent. It reads rows, and takes milliseconds for many: call it in a thread.

        If it cannot be read, the record says so.
        """
        try:
            return _record_of(self)
        except Exception as error:
            return untold_turn(self.planned, error)


def _record_of(ran: Ran) -> TurnRecord:
    planned, running, sessions, error = ran.planned, ran.running, ran.sessions, ran.error
    events, stopped = ran.observation.events, isinstance(error, asyncio.CancelledError)
    reply = _reply(ran.result, running)
    calls = session_calls(events)
    requests = model_requests(events, ran.heard, estimated=planned.provider.is_offline)
    ledger, others = ran.observation.ledgers_of(ran.store.name, planned.session_id, SHOWN_LINES)
    try:
        after = sessions.after()
    except Refused as refused:
        error = error or refused
        # The changes cannot be read, so only those of restarts are known.
        changes = sessions.lost
        problem: Problem | None = _unreadable(error, calls)
    else:
        changes = sessions.changes(after)
        problem = None if stopped else _problem(error, changes, reply, requests, ran.heard.no_answer)
        not_stored = any(line.cause is Cause.REPLY_NOT_STORED for line in ledger.lines)
        if problem is not None and error is not None and reply and not_stored:
            problem = replace(problem, kept=f"{problem.kept} {_NOT_STORED}")
    return TurnRecord(
        id=_record_id(ran.started),
        title=planned.title,
        message=printable(planned.message or _first_input(requests)),
        reply=None if reply is None else reply[:REPLY_LIMIT],
        reply_length=max(len(reply or ""), running.said),
        session_id=planned.session_id if sessions.used else None,
        store=ran.store.name,
        model=planned.provider.label,
        started_at=ran.started.isoformat(timespec="seconds"),
        milliseconds=(time.perf_counter() - ran.start) * 1e3,
        agent=requests[-1].agent if requests else None,
        calls=calls,
        returned=returned_items(events),
        requests=requests,
        changes=tuple(map(cut, changes)),
        ledger=kept_ledger(ledger),
        other_ledgers=tuple(map(kept_ledger, others)),
        restarts=tuple(event.order for event in events if isinstance(event, Restarted)),
        opened=sessions.opened,
        opened_with=ran.opened_with,
        dropped_handles=sessions.dropped,
        result=_result(ran.result, error),
        stopped=stopped,
        problem=problem,
    )


async def _opened_with(planned: PlannedTurn, store: Store) -> str:
    """The code that opens the session of a step. The step can change it: a service gives the session its id, or another one."""
    if planned.step is None:
        return ""
    with suppress(Refused):  # the turn meets the reason itself
        return await asyncio.to_thread(store.opening_code, planned.session_id)
    return ""


def _ended_by(error: BaseException | None) -> str:
    """What ended a turn from outside, in words. '' if its own code ended it."""
    if isinstance(error, asyncio.CancelledError):
        return "the turn was stopped"
    return "the turn took too long, and was cancelled" if isinstance(error, TimeoutError) else ""


def turn_seconds() -> float:
    """The most seconds that a turn can take, from SESSIONS_TURN_SECONDS."""
    return number("SESSIONS_TURN_SECONDS")


async def _outcome(work: Coroutine[Any, Any, Any], running: RunningTurn) -> tuple[Any, BaseException | None]:
    """What `work` returned, and what it raised. CancelledError stands for a stop, TimeoutError for the end of its time."""
    loop = asyncio.get_running_loop()
    # A separate task, so that a stop ends only the work and not what comes after it.
    task = loop.create_task(work)
    running.begin(lambda: loop.call_soon_threadsafe(task.cancel))
    in_time, _ = await asyncio.wait([task], timeout=turn_seconds())
    if not in_time:
        task.cancel()
        await asyncio.wait([task])
    try:
        return task.result(), None
    except (Exception, asyncio.CancelledError) as error:
        return None, error if in_time else TimeoutError()


def untold_turn(planned: PlannedTurn, error: Exception) -> TurnRecord:
    """The record of a turn whose code has run, where `error` kept the app from reading what it did."""
    return failed_turn(planned, replace(explain(error), kept=_UNTOLD))


def failed_turn(planned: PlannedTurn, problem: Problem) -> TurnRecord:
    """The record of a turn of which only the problem is known."""
    now = datetime.now(UTC)
    return TurnRecord(
        id=_record_id(now),
        title=planned.title,
        message=planned.message,
        reply=None,
        session_id=planned.session_id,
        store=planned.store,
        model=planned.provider.label,
        started_at=now.isoformat(timespec="seconds"),
        milliseconds=0,
        problem=problem,
    )


def _record_id(started: datetime) -> str:
    return f"{started:%Y%m%d%H%M%S%f}"


async def _call(planned: PlannedTurn, agent: Agent, sessions: TurnSessions, running: RunningTurn) -> Any:
    """Call the turn's function with the arguments that it names, in a thread if it is not async."""
    wanted = inspect.signature(planned.run).parameters
    # In a thread, since opening can wait seconds for a lock and the loop serves all visitors.
    opened = None
    if "session" in wanted:
        await sessions.room()
        opened = await in_blocking_thread(lambda: sessions.open_session(planned.session_id))
    arguments: Arguments = {
        "agent": agent,
        "session": opened,
        "open_session": sessions.open_session,
        "restart": sessions.restart,
        "say": running.say,
    }
    given = {name: value for name, value in arguments.items() if name in wanted}
    if inspect.iscoroutinefunction(planned.run):
        return await planned.run(**given)
    return await in_thread_with_loop(lambda: planned.run(**given))


def _last_run(result: Any) -> Any:
    """What the code returned. If it returned a list of runs, the last one."""
    runs = isinstance(result, list | tuple) and bool(result) and all(isinstance(one, RunResultBase) for one in result)
    return result[-1] if runs else result


def _reply(result: Any, running: RunningTurn) -> str | None:
    output = getattr(result, "final_output", None)
    if output is None:
        return running.text or None
    return printable(str(output))


def _result(result: Any, error: BaseException | None) -> str | None:
    """What the code returned, as JSON text, cut. None for a run, which the record describes anyway, or after an error."""
    if error is not None or isinstance(result, RunResultBase):
        return None
    try:
        text = json.dumps(result, indent=1, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        text = f"an object of the type {type(result).__name__}"
    return printable(text)[:RESULT_LIMIT]


def _first_input(requests: Sequence[ModelRequest]) -> str:
    said = [item.text for item in requests[0].items if item.kind == "user"] if requests else []
    return said[-1] if said else ""


def _unreadable(error: BaseException, calls: Sequence[SessionCall]) -> Problem:
    """The problem of a turn after which the storage cannot be read. It says what the session's own calls show."""
    adding = [call for call in calls if call.method == "add_items" and call.depth == 1]
    stored = sum(call.rows or 0 for call in adding if call.error is None)
    said = f"Before that, add_items() stored {stored} {'item' if stored == 1 else 'items'}."
    if any(call.error for call in adding):
        said += " Whether the add_items() that failed has reached the storage will be seen then."
    return replace(explain(error), kept=f"What is stored cannot be read until the storage is back. {said}")


def _problem(
    error: BaseException | None,
    changes: tuple[TableChanges, ...],
    reply: str | None,
    requests: Sequence[ModelRequest],
    no_answer: str,
) -> Problem | None:
    last = requests[-1] if requests else None
    early = last.ended_early if last is not None else ""
    nothing = reply is not None and not reply.strip()
    # What the service's answer says is more precise than the SDK's error.
    if no_answer and (nothing or (error is not None and not isinstance(error, TimeoutError))):
        return Problem(no_answer, kept(changes), _CHECK_THE_SERVICE)
    if early and nothing:
        return Problem(f"The reply ended before its first word: {early}.", kept(changes), _SEND_AGAIN)
    if early and error is not None and last is not None and last.usage is None:
        return Problem(f"The reply ended early: {early}.", kept(changes), _SEND_AGAIN)
    if error is not None:
        return explain(error, changes)
    if nothing:
        return Problem(
            "The model answered with nothing.", kept(changes), "Send the message again, or ask in other words."
        )
    return None


_UNTOLD = "The turn ran, and the app could not read what it did. What it stored is in the rows."
_CHECK_THE_SERVICE = "Check the base URL of the provider and the model's name, then ask again."
_SEND_AGAIN = "Send the message again."
_NOT_STORED = "What had arrived of the reply is not stored, so the next run will not send it."
