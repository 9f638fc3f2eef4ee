"""The messages of a stored session, sent again to a model: what it answers now, next to what is stored."""

import time
from collections.abc import Callable
from concurrent.futures import wait
from dataclasses import dataclass, replace
from typing import Any

from lessons.kit.background import background
from lessons.kit.inspect.browse import describe_row
from lessons.kit.inspect.comparing.sessions import ROWS, Comparison, Side, compare_values, new_side
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.findings.case import Case, Seen
from lessons.kit.inspect.private_copy import private_copy
from lessons.kit.inspect.stored import CannotRead, StoredSession
from lessons.kit.models.providers import Provider, make_model, make_model_settings, redact
from lessons.kit.problems.problem import Refused

MESSAGES = 50
SECONDS = 120.0


@dataclass(frozen=True)
class Replay:
    """`asked` of the `messages` messages were sent again. `raised` says what ended the replay early, '' for nothing."""

    comparison: Comparison
    messages: int
    asked: int
    model: str
    raised: str = ""


def replay(
    stored: StoredSession,
    settings: Settings,
    provider: Provider,
    seconds: float = SECONDS,
    before_each: Callable[[], None] = lambda: None,
    told: Callable[[int, int], None] = lambda asked, of: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Replay:
    """Send the first MESSAGES messages of the user again, one run for each, into a session in memory of the same class.

    The agent has no tools and no instructions, because those of the application are not stored. `before_each` is called before
    each run; if it raises Refused, the replay ends there. `told` is called with how many were sent, and of how many. Raises
    CannotRead if the session has no message of a user that can be read, if `stopped` returns True, and if the replay has not
    ended 30 seconds after its time.
    """
    case = Case(stored, settings)
    if not any(item.role == "user" for item in case.visible):
        raise CannotRead("The session has no message of a user that can be read, so there is nothing to send again.")
    running = background().start(_replay(case, provider, time.monotonic() + seconds, before_each, told))
    end = time.monotonic() + seconds + 30
    while True:
        done, _ = wait([running], timeout=_LOOK_SECONDS)
        if stopped() or (not done and time.monotonic() > end):
            running.cancel()
            raise CannotRead("It was stopped." if stopped() else "The time was up.")
        if done:
            return running.result()


_LOOK_SECONDS = 0.2


async def _replay(
    case: Case, provider: Provider, end: float, before_each: Callable[[], None], told: Callable[[int, int], None]
) -> Replay:
    asking = [item for item in case.visible if item.role == "user"]
    empty = replace(case.stored, rows=(), structure=(), usage=())
    raised, asked = "", 0
    async with private_copy(empty, case.class_name, case.setup.key, None) as copy:
        for item in asking[:MESSAGES]:
            if time.monotonic() > end:
                raised = "The time was up."
                break
            try:
                before_each()
                await _ask(item.value, copy.session, case.settings, provider)
            except Refused as refused:
                raised = refused.problem.what
                break
            except Exception as error:  # an error of the model, its service or the SDK is the outcome
                raised = redact(f"{type(error).__name__}: {error}"[:300])
                break
            asked += 1
            told(asked, min(len(asking), MESSAGES))
        now = await copy.session.get_items(limit=10**6)
    then = _until(case, asking, asked)
    pairs: list[tuple[Side, Any]] = [(Side(one.key, describe_row(one)), one.value) for one in then]
    return Replay(
        compare_values(pairs[:ROWS], [new_side(value) for value in now][:ROWS], len(pairs) <= ROWS),
        len(asking),
        asked,
        provider.label,
        raised,
    )


async def _ask(item: Any, session: Any, settings: Settings, provider: Provider) -> None:
    from agents import Agent, RunConfig, Runner, SessionSettings

    config = RunConfig(tracing_disabled=True)
    if settings.limit is not None:
        config = replace(config, session_settings=SessionSettings(limit=settings.limit))
    if settings.callback:
        config = replace(config, session_input_callback=lambda history, new: [*history, *new])
    agent = Agent(name="Assistant", model=make_model(provider), model_settings=make_model_settings(provider))
    await Runner.run(agent, [item], session=session, run_config=config)


def _until(case: Case, asking: list[Seen], asked: int) -> list[Seen]:
    """The stored rows up to the last message that was sent again, and those that followed it before the next message."""
    if asked == len(asking):
        return list(case.visible)
    stop = asking[asked].key
    rows = []
    for item in case.visible:
        if item.key == stop:
            break
        rows.append(item)
    return rows
