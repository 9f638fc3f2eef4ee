"""How the rules of the session contract are checked: real runs, watched by `observe`."""

from typing import Any

from agents import Agent, RunConfig, Runner, function_tool
from agents.items import ModelResponse

from lessons.kit.contract.losing_checks import FAKE_ID
from lessons.kit.contract.single_session_checks import Broken, Open, users
from lessons.kit.items import describe, fingerprint
from lessons.kit.ledger import LedgerLine, observe
from lessons.kit.ledger.watching.events import settled
from lessons.kit.models.offline.model import OfflineModel

NOTES = 100
"""Items that are stored before the runs, to find a class that keeps or returns only the newest items."""
SHOWN_LINES = 12
MESSAGES = ("My name is Alice", "Yes", "What's the weather in Oslo?", "Yes", "What's my name?")


class _WithFakeIds(OfflineModel):
    """The offline model, but each item has the same id, as the items of Chat Completions models have."""

    async def get_response(self, *args: Any, **kwargs: Any) -> ModelResponse:
        response = await super().get_response(*args, **kwargs)
        for item in response.output:
            if getattr(item, "id", None):
                item.id = FAKE_ID
        return response


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: 4 °C and rain"


async def observed_runs(open: Open) -> str:
    session = (await open()).session
    agent = Agent(name="Assistant", model=_WithFakeIds(), tools=[get_weather])
    async with observe(session) as seen:
        await settled(session.add_items(users(*(f"note {number}" for number in range(1, NOTES + 1)))))
        for message in MESSAGES:
            await Runner.run(agent, message, session=session, run_config=RunConfig(tracing_disabled=True))
    # After the observation, so that this read is not part of it.
    returned = await settled(session.get_items())
    added = [line for line in seen.ledger.lines if line.mark == "added"]
    lost, strange = _differences(added, returned)
    if lost or strange:
        raise Broken(
            f"{len(MESSAGES)} runs: {len(added)} items were added, and get_items() did not return {len(lost)} of them",
            _cut([*map(_lost_line, lost), *map(_strange_line, strange)]),
        )
    return f"get_items() returned the {len(added)} items that {len(MESSAGES)} runs and one add_items() had added"


def _differences(added: list[LedgerLine], returned: list[Any]) -> tuple[list[LedgerLine], list[Any]]:
    """The added items that were not returned, and the returned items that nobody added."""
    left = [fingerprint(item) for item in returned]
    lost = []
    for line in added:
        mark = fingerprint(line.value)
        if mark in left:
            left.remove(mark)
        else:
            lost.append(line)
    return lost, [item for item in returned if fingerprint(item) in left]


def _lost_line(line: LedgerLine) -> str:
    return f"added, not returned: {line.item.kind} {line.item.text[:60]!r} ({line.why})"


def _strange_line(item: Any) -> str:
    found = describe(item)
    return f"returned, not added: {found.kind} {found.text[:60]!r}"


def _cut(lines: list[str]) -> tuple[str, ...]:
    more = len(lines) - SHOWN_LINES
    return tuple(lines if more <= 0 else [*lines[:SHOWN_LINES], f"and {more} more"])
