"""What a run would send if the visitor sent a message now. Nothing is stored and no model is asked."""

import asyncio
from typing import TYPE_CHECKING, Any

from lessons.kit.background import background, in_thread
from lessons.kit.problems.explain import explain
from lessons.kit.problems.problem import Refused
from lessons.kit.turns.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents import Agent

    from lessons.kit.ledger.ledger import Ledger

MESSAGE = "…"
"""A placeholder for the message, which the visitor has not typed yet."""
ROWS = 1_000
"""The number of newest rows in the ledger."""
PATIENCE_SECONDS = 10


def before_next_message(desk: Desk, store: str, session_id: str, make_agent: "Callable[[Any], Agent[Any]]") -> "Ledger":
    """The ledger of the run that a message to this session would start. Its last line is the message.

    The session must have rows, since opening one without rows can create its tables. Raises Refused.
    """
    from lessons.kit.imports import load_sdk

    load_sdk()
    from lessons.kit.ledger import next_run
    from lessons.kit.ledger.watching.session_calls import Known
    from lessons.kit.turns.recording.store_rows import rows_in_store

    opened = desk.store(store)

    async def look() -> "Ledger":
        session: Any = await in_thread(lambda: opened.open_session(session_id))
        known = Known(rows_in_store(opened, store, session_id, session), session_id, loop=asyncio.get_running_loop())
        return await next_run(session, MESSAGE, agent=make_agent(None), rows_limit=ROWS, known=known)

    try:
        return background().run(look(), PATIENCE_SECONDS)
    except Refused:
        raise
    except Exception as error:  # the session, its storage or an item can raise anything
        raise Refused(explain(error)) from error
