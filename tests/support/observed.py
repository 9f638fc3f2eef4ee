"""Ledgers of short runs, and their lines as words."""

import asyncio

import pytest
from agents import Runner

from lessons.kit.ledger import observe
from tests.support.scripted import assistant, make_agent, user

PAIR = user("I am Ann"), assistant("Hello Ann")
TWO = ["user 1 no 1 new-input", "assistant 2 no - reply"]


def lines(ledger):
    """Each line as "kind row returned sent cause", with - for nothing."""
    return [
        " ".join(
            (
                line.item.kind.replace(" ", "_"),
                str(line.row.key) if line.row else "-",
                "yes" if line.returned else "no",
                ",".join(map(str, line.sent)) or "-",
                line.cause or "-",
            )
        )
        for line in ledger.lines
    ]


def go(work):
    return asyncio.run(work)


async def ledger_of(session, agent=None, message="Hi", raises=None, **options):
    async with observe(session) as seen:
        if raises is None:
            await Runner.run(agent or make_agent(), message, session=session, **options)
        else:
            with pytest.raises(raises):
                await Runner.run(agent or make_agent(), message, session=session, **options)
    return seen.ledger
