"""Words for causes that name a limit, an error or several fields."""

import asyncio
from typing import Any

from lessons.kit.ledger.watching.events import Called, WatchedRun
from lessons.kit.stores.sdk_private import is_cancelled


def whose_limit(call: Called) -> tuple[int | None, str]:
    """The limit of a get_items() call (None for no limit), and in words whose it is."""
    own = call.own_limit
    if call.by_run is not None:
        of_run = getattr(getattr(call.by_run.config, "session_settings", None), "limit", None)
        if of_run is not None:
            but = f" (the session's own is {own})" if own is not None else ""
            return of_run, f"the run's limit, session_settings of its RunConfig{but}"
        return own, "the session's limit, its session_settings"
    if call.arguments.get("limit") is not None:
        return call.arguments["limit"], "the limit of the call get_items()"
    return own, "the session's limit, its session_settings"


def over(limit: int, whose: str) -> str:
    if limit <= 0:
        return f"a limit of {limit} returns nothing: {whose}"
    newest = "the newest item" if limit == 1 else f"the newest {limit} items"
    return f"older than {newest}: {whose}"


def ended_by(run: WatchedRun) -> str:
    """What ended a run early, as a clause such as "the run was cancelled"."""
    error = run.failure
    if error is None:
        return "the run was cancelled" if is_cancelled(run.result) else "what kept it from being stored was not seen"
    if isinstance(error, asyncio.CancelledError):
        return "the run was cancelled"
    name = type(error).__name__
    guardrail: Any = getattr(getattr(error, "guardrail_result", error), "guardrail", None)
    if hasattr(guardrail, "get_name"):
        which = f"{'tool ' * name.startswith('Tool')}{'output' if 'Output' in name else 'input'}"
        return f"the {which} guardrail {guardrail.get_name()} stopped the run"
    if run.failed_in is not None and run.failed_in[1] in (error, None):
        return run.failed_in[0]
    if name == "MaxTurnsExceeded":
        return "max_turns ended the run"
    return f"the run failed with {name}"


def asked(run: WatchedRun, *, before: bool) -> str:
    """Why a request of the run was not made, as a clause. `before` says that the run had asked a model earlier."""
    return f"{ended_by(run)} before the model was asked{' again' if before else ''}"


def are(names: list[str]) -> str:
    """Names as a list in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
