"""Runs one turn and returns what happened."""

import asyncio
import functools
import inspect
import json
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from agents import Agent, Runner, RunResultStreaming, Session
from agents.result import RunResultBase

from lessons.kit.background import in_thread, in_thread_with_loop
from lessons.kit.items import printable
from lessons.kit.ledger.model_watch import ModelWatch, watch
from lessons.kit.ledger.recorder import CallLog, Recorder
from lessons.kit.ledger.row_changes import compare, cut
from lessons.kit.ledger.turn_trace import returned_items, session_calls, turn_trace
from lessons.kit.models.providers import Provider, make_model_settings
from lessons.kit.problems.explain import explain, kept
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.records import RESULT_LIMIT, ModelRequest, TableChanges, Trace, TurnRecord
from lessons.kit.settings import positive_number
from lessons.kit.stores.rows import ReadBack, TablePicture
from lessons.kit.stores.store import Store
from lessons.kit.turns.running_work import RunningTurn

ARGUMENTS = ("agent", "session", "open_session", "restart")
"""What the function of a turn may ask for, by the names of its parameters.

`session` is the session of the turn, `open_session(session_id)` opens any session of the store, and `restart()` drops every
handle that the visitor has open, as the end of the process would.
"""


@dataclass(frozen=True)
class Work:
    """What a turn does: `run` is ordinary SDK code, called with the arguments that it names (see ARGUMENTS).

    `session_id` is the session that the function is given, and that the trace follows.
    """

    title: str
    run: Callable[..., Any]
    session_id: str
    message: str = ""


def ask(message: str, say: Callable[[str], None]) -> Callable[..., Any]:
    """The function of a chat turn: one streamed run, its text given to `say` as it arrives, and its usage kept."""

    async def run(agent: Agent, session: Session) -> Any:
        result = await _say_pieces(Runner.run_streamed(agent, message, session=session), say)
        if hasattr(type(session), "store_run_usage"):  # nothing is kept without this call
            await session.store_run_usage(result)
        return result

    return run


def ask_without_session(message: str, say: Callable[[str], None]) -> Callable[..., Any]:
    """The same run with no session: nothing is read and nothing is stored."""

    async def run(agent: Agent) -> Any:
        return await _say_pieces(Runner.run_streamed(agent, message), say)

    return run


async def _say_pieces(result: RunResultStreaming, say: Callable[[str], None]) -> RunResultStreaming:
    async for event in result.stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            say(event.data.delta)
    return result


def drop_every_handle(restart: Callable[[], None]) -> None:
    """The function of a turn that only restarts."""
    restart()


async def run_turn(
    work: Work,
    store: Store,
    agent: Agent,
    running: RunningTurn,
    provider: Provider,
    drop_handles: Callable[[], list[str]],
) -> TurnRecord:
    """Do `work` on the background loop and say what was stored, returned and sent.

    Never raises for what the work did: a failure, a stop or a time-out is part of the record. `agent` has a model of
    `provider`; `drop_handles` closes every handle of the visitor and names them.
    """
    started, start = datetime.now(UTC), time.perf_counter()
    recorder = Recorder(running.notice, asyncio.get_running_loop())
    seen = ModelWatch(running.notice, estimated=provider.is_offline)
    watch(agent, seen, make_model_settings(provider))
    with ExitStack() as attached:
        sessions = _Sessions(work.session_id, store, recorder, attached, drop_handles)
        result, error = await _outcome(_call(work, agent, sessions), running)
    result = _last_run(result)
    unseen = False
    try:
        changes, after = await asyncio.to_thread(sessions.changes)
    except Refused as refused:
        changes, after, error, unseen = sessions.lost, {}, error or refused, True
    stopped = isinstance(error, asyncio.CancelledError)
    reply = _reply(result, running)
    return TurnRecord(
        id=_record_id(started),
        title=work.title,
        message=printable(work.message or _first_input(seen.requests)),
        reply=reply,
        session_id=work.session_id if sessions.used else None,
        store=store.name,
        model=provider.label,
        started_at=started.isoformat(timespec="seconds"),
        milliseconds=(time.perf_counter() - start) * 1e3,
        agent=seen.requests[-1].agent if seen.requests else None,
        calls=session_calls(recorder.calls),
        returned=returned_items(recorder.calls),
        requests=tuple(seen.requests),
        changes=tuple(map(cut, changes)),
        trace=Trace()  # what cannot be read is not guessed
        if unseen
        else turn_trace(
            work.session_id,
            sessions.before.get(work.session_id, ()),
            after.get(work.session_id, ()),
            sessions.lost,
            changes,
            sessions.read_back,
            recorder.calls,
            seen.sent,
            reply,
            failed=error is not None,
        ),
        dropped_handles=sessions.dropped,
        result=_result(result, error),
        stopped=stopped,
        problem=_unseen(error, recorder.calls) if unseen else _problem(error, changes, reply, stopped),
    )


def turn_seconds() -> float:
    """How long a turn may take."""
    return positive_number("SESSIONS_TURN_SECONDS", 120)


async def _outcome(work: Coroutine[Any, Any, Any], running: RunningTurn) -> tuple[Any, BaseException | None]:
    """What `work` returned or raised: CancelledError after a stop, TimeoutError when the time was up."""
    loop = asyncio.get_running_loop()
    # A task of its own: a stop ends this and nothing that comes after it.
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


class _Sessions:
    """The sessions that one turn opens: pictured before they are used, and recorded while they are."""

    def __init__(
        self,
        session_id: str,
        store: Store,
        recorder: Recorder,
        attached: ExitStack,
        drop_handles: Callable[[], list[str]],
    ) -> None:
        self.before: dict[str, tuple[TablePicture, ...]] = {}
        self.dropped: tuple[str, ...] | None = None
        self.lost: tuple[TableChanges, ...] = ()
        self.used = False
        self._main, self._store, self._recorder, self._attached = session_id, store, recorder, attached
        self._drop_handles = drop_handles
        self._open: dict[tuple[str, str], Session] = {}
        self._handles: dict[str, list[Session]] = {}
        self._recorded: list[Session] = []
        self._picturing = threading.Lock()

    def open_session(self, session_id: str, **options: Any) -> Session:
        self.used = True
        key = session_id, repr(options)
        if key not in self._open:
            if not _on_a_loop():
                self._picture(session_id)
            session = self._store.open_session(session_id, **options)
            self._record(session, session_id)
            self._open[key] = session
            self._handles.setdefault(session_id, []).append(session)
        return self._open[key]

    def _record(self, session: Any, session_id: str) -> None:
        """Log the calls of a session that was opened by this id, and those of the session that it wraps."""
        outermost = session
        while session is not None and all(session is not one for one in self._recorded):
            self._recorded.append(session)
            # On the loop, which serves everybody, looking at the rows waits until the first call.
            pictured, wrapped = functools.partial(self._pictured, session_id), session is not outermost
            self._attached.enter_context(self._recorder.attached(session, pictured, session_id, wrapped=wrapped))
            session = getattr(session, "underlying_session", None)
            session_id = str(session.session_id) if session is not None else ""

    async def _pictured(self, session_id: str) -> None:
        if session_id not in self.before:
            await in_thread(lambda: self._picture(session_id))

    def restart(self) -> None:
        self.used = True
        self._picture(self._main)
        self._attached.close()
        self._open.clear()
        self._recorded.clear()
        self.dropped = (*(self.dropped or ()), *self._drop_handles())
        # What was only in memory is gone now, and its row ids will be given out again.
        for session_id, before in self.before.items():
            self.before[session_id] = self._store.picture(session_id)
            self.lost += compare(session_id, before, self.before[session_id])

    def _picture(self, session_id: str) -> None:
        with self._picturing:
            if session_id not in self.before:
                self.before[session_id] = self._store.picture(session_id)

    def read_back(self, rows: Mapping[int, str]) -> dict[int, ReadBack]:
        """What the handles of the turn's session make of these rows: the last one says why, any may make out the item."""
        *others, last = self._handles.get(self._main, [None])
        found = dict(self._store.read_back(self._main, rows, last))
        unknown = {key: rows[key] for key, one in found.items() if one.data is None}
        for session in others if unknown else ():
            for key, one in self._store.read_back(self._main, unknown, session).items():
                if one.data is not None:
                    found[key] = replace(found[key], data=one.data)
        return found

    def changes(self) -> tuple[tuple[TableChanges, ...], dict[str, tuple[TablePicture, ...]]]:
        after = {session_id: self._store.picture(session_id) for session_id in self.before}
        found = [table for name, before in self.before.items() for table in compare(name, before, after[name])]
        return (*self.lost, *found), after


def _on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def failed_turn(work: Work, store: str, model: str, error: BaseException) -> TurnRecord:
    """The record of a turn that could not begin."""
    now = datetime.now(UTC)
    return TurnRecord(
        id=_record_id(now),
        title=work.title,
        message=work.message,
        reply=None,
        session_id=work.session_id,
        store=store,
        model=model,
        started_at=now.isoformat(timespec="seconds"),
        milliseconds=0,
        problem=explain(error),
    )


def _record_id(started: datetime) -> str:
    return f"{started:%Y%m%d%H%M%S%f}"


async def _call(work: Work, agent: Agent, sessions: _Sessions) -> Any:
    wanted = inspect.signature(work.run).parameters
    given: dict[str, Any] = {}
    if "agent" in wanted:
        given["agent"] = agent
    if "session" in wanted:
        # Opening can wait for a lock for seconds: not on the loop, which serves everybody.
        given["session"] = await in_thread(lambda: sessions.open_session(work.session_id))
    if "open_session" in wanted:
        given["open_session"] = sessions.open_session
    if "restart" in wanted:
        given["restart"] = sessions.restart
    if inspect.iscoroutinefunction(work.run):
        return await work.run(**given)
    return await in_thread_with_loop(lambda: work.run(**given))


def _last_run(result: Any) -> Any:
    """What the code returned; of several runs, the last."""
    runs = isinstance(result, list | tuple) and bool(result) and all(isinstance(one, RunResultBase) for one in result)
    return result[-1] if runs else result


def _reply(result: Any, running: RunningTurn) -> str | None:
    output = getattr(result, "final_output", None)
    if output is None:
        return printable(running.text) or None
    return printable(str(output))


def _result(result: Any, error: BaseException | None) -> str | None:
    """What the code returned: not a run's result, which the record tells in full."""
    if error is not None or isinstance(result, RunResultBase):
        return None
    try:
        text = json.dumps(result, indent=1, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        text = f"an object of the type {type(result).__name__}"
    return printable(text)[:RESULT_LIMIT]


def _first_input(requests: list[ModelRequest]) -> str:
    said = [item.text for item in requests[0].items if item.kind == "user"] if requests else []
    return said[-1] if said else ""


def _unseen(error: BaseException, calls: list[CallLog]) -> Problem:
    """The problem of a turn after which the storage could not be read: what the session's own calls say."""
    adding = [call for call in calls if call.method == "add_items" and call.depth == 1]
    stored = sum(call.count or 0 for call in adding if call.error is None)
    said = f"Before that, add_items() stored {stored} {'item' if stored == 1 else 'items'}."
    if any(call.error for call in adding):
        said += " Whether the add_items() that failed has reached the storage will be seen then."
    return replace(explain(error), kept=f"What is stored cannot be read until the storage is back. {said}")


def _problem(
    error: BaseException | None, changes: tuple[TableChanges, ...], reply: str | None, stopped: bool
) -> Problem | None:
    if stopped:
        return None
    if error is not None:
        return explain(error, changes)
    if reply is not None and not reply.strip():
        next_ = "Send the message again, or ask in other words."
        return Problem("The model answered with nothing.", kept(changes), next_)
    return None
