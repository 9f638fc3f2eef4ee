"""Runs one turn and returns what happened."""

import asyncio
import inspect
import json
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from agents import Agent, AgentHooks, ModelResponse, ModelSettings, Runner, Session

from lessons.kit.changes import compare
from lessons.kit.evidence import returned_items, session_calls, turn_trace
from lessons.kit.items import describe
from lessons.kit.problems import explain
from lessons.kit.providers import Provider, make_model_settings
from lessons.kit.recorder import Recorder
from lessons.kit.records import (
    DATA_LIMIT,
    ModelRequest,
    Problem,
    TableChanges,
    TurnRecord,
    Usage,
)
from lessons.kit.running import RunningTurn
from lessons.kit.stores import Store
from lessons.kit.stores.rows import TablePicture
from lessons.kit.trace import SHOWN_LINES

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
    """The function of a chat turn: one streamed run, its text given to `say` as it arrives."""

    async def run(agent: Agent, session: Session) -> Any:
        result = Runner.run_streamed(agent, message, session=session)
        async for event in result.stream_events():
            if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                say(event.data.delta)
        return result

    return run


def ask_without_session(message: str, say: Callable[[str], None]) -> Callable[..., Any]:
    """The same run with no session: nothing is read and nothing is stored."""

    async def run(agent: Agent) -> Any:
        result = Runner.run_streamed(agent, message)
        async for event in result.stream_events():
            if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                say(event.data.delta)
        return result

    return run


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
    recorder = Recorder(notice=running.notice)
    watch = ModelWatch(running, estimated=provider.is_offline)
    agent = watched(agent, watch, make_model_settings(provider))
    result, error = None, None
    with ExitStack() as attached:
        sessions = _Sessions(work.session_id, store, recorder, attached, drop_handles)
        try:
            result = await asyncio.wait_for(_call(work, agent, sessions), turn_seconds())
        except (Exception, asyncio.CancelledError) as raised:
            error = raised
    changes, after = sessions.changes()
    stopped = isinstance(error, asyncio.CancelledError)
    reply = _reply(result, running)
    return TurnRecord(
        id=_record_id(started),
        title=work.title,
        message=work.message or _first_input(watch.requests),
        reply=reply,
        session_id=work.session_id if sessions.before else None,
        store=store.name,
        model=provider.label,
        started_at=started.isoformat(timespec="seconds"),
        milliseconds=(time.perf_counter() - start) * 1e3,
        agent=watch.requests[-1].agent if watch.requests else None,
        calls=session_calls(recorder.calls),
        returned=returned_items(recorder.calls),
        requests=tuple(watch.requests),
        changes=changes,
        trace=turn_trace(
            work.session_id,
            sessions.before.get(work.session_id, ()),
            after.get(work.session_id, ()),
            sessions.lost,
            changes,
            recorder.calls,
            watch.sent,
            reply,
            failed=error is not None,
        ),
        dropped_handles=sessions.dropped,
        stopped=stopped,
        problem=_problem(error, changes, reply, stopped),
    )


def turn_seconds() -> float:
    """How long a turn may take."""
    try:
        return float(os.environ.get("SESSIONS_TURN_SECONDS") or 120)
    except ValueError:
        return 120


class ModelWatch(AgentHooks):
    """Keeps what each model request was sent. The hooks see the items after every filter (sdk-facts 8.1)."""

    def __init__(self, running: RunningTurn, estimated: bool) -> None:
        self.requests: list[ModelRequest] = []
        self.sent: list[list[Any]] = []
        self._running, self._estimated = running, estimated

    async def on_llm_start(self, context: Any, agent: Agent, system_prompt: str | None, input_items: list[Any]) -> None:
        self._running.notice("model")
        newest = input_items[-SHOWN_LINES:]
        # The run may change the items afterwards, so their text is kept and not the items.
        raw = [json.dumps(item, default=str, ensure_ascii=False) for item in newest]
        self.sent.append([json.loads(text) for text in raw])
        self.requests.append(
            ModelRequest(
                agent=agent.name,
                instructions=system_prompt or "",
                items=tuple(describe(item) for item in newest),
                raw=tuple(text[:DATA_LIMIT] for text in raw),
                count=len(input_items),
            )
        )

    async def on_llm_end(self, context: Any, agent: Agent, response: ModelResponse) -> None:
        usage = Usage(response.usage.input_tokens, response.usage.output_tokens, self._estimated)
        self.requests[-1] = replace(self.requests[-1], usage=usage)


def watched(agent: Agent, hooks: AgentHooks, settings: ModelSettings) -> Agent:
    """A copy of the agent, and of those it hands off to, with these settings, whose model requests are seen by `hooks`."""
    handoffs = [watched(target, hooks, settings) if isinstance(target, Agent) else target for target in agent.handoffs]
    return agent.clone(hooks=hooks, handoffs=handoffs, model_settings=settings)


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
        self._main, self._store, self._recorder, self._attached = session_id, store, recorder, attached
        self._drop_handles = drop_handles
        self._open: dict[str, Session] = {}

    def open_session(self, session_id: str) -> Session:
        if session_id not in self._open:
            self._picture(session_id)
            session = self._store.open_session(session_id)
            self._attached.enter_context(self._recorder.attached(session))
            self._open[session_id] = session
        return self._open[session_id]

    def restart(self) -> None:
        self._picture(self._main)
        self._attached.close()
        self._open.clear()
        self.dropped = (*(self.dropped or ()), *self._drop_handles())
        # What was only in memory is gone now, and its row ids will be given out again.
        remaining = self._store.picture(self._main)
        self.lost += compare(self._main, self.before[self._main], remaining)
        self.before[self._main] = remaining

    def _picture(self, session_id: str) -> None:
        if session_id not in self.before:
            self.before[session_id] = self._store.picture(session_id)

    def changes(self) -> tuple[tuple[TableChanges, ...], dict[str, tuple[TablePicture, ...]]]:
        after = {session_id: self._store.picture(session_id) for session_id in self.before}
        found = [table for name, before in self.before.items() for table in compare(name, before, after[name])]
        return (*self.lost, *found), after


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
        given["session"] = await asyncio.to_thread(sessions.open_session, work.session_id)
    if "open_session" in wanted:
        given["open_session"] = sessions.open_session
    if "restart" in wanted:
        given["restart"] = sessions.restart
    if inspect.iscoroutinefunction(work.run):
        return await work.run(**given)
    return await _call_in_thread(work.run, given)


async def _call_in_thread(run: Callable[..., Any], given: dict[str, Any]) -> Any:
    """Call code that blocks, as Runner.run_sync does, in a thread of its own whose default loop can be stopped."""
    loop = asyncio.new_event_loop()

    def call() -> Any:
        asyncio.set_event_loop(loop)
        try:
            return run(**given)
        finally:
            asyncio.set_event_loop(None)
            loop.close()

    def stop() -> None:
        for task in asyncio.all_tasks(loop):
            task.cancel()

    called = asyncio.ensure_future(asyncio.to_thread(call))
    try:
        return await asyncio.shield(called)
    except asyncio.CancelledError:
        loop.call_soon_threadsafe(stop)
        await asyncio.wait([called])  # it must have stopped writing before the next turn begins
        raise


def _reply(result: Any, running: RunningTurn) -> str | None:
    output = getattr(result, "final_output", None)
    if output is None:
        return running.text or None
    return str(output)


def _first_input(requests: list[ModelRequest]) -> str:
    said = [item.text for item in requests[0].items if item.kind == "user"] if requests else []
    return said[-1] if said else ""


def _problem(
    error: BaseException | None, changes: tuple[TableChanges, ...], reply: str | None, stopped: bool
) -> Problem | None:
    if stopped:
        return None
    if error is not None:
        return explain(error, changes)
    if reply is not None and not reply.strip():
        return explain(ValueError("The model answered with nothing."), changes)
    return None
