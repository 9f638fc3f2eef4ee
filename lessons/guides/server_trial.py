"""Tries a session type on the server that the environment names for it."""

import os
import uuid
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from lessons.guides import how_to_open
from lessons.guides.code_runner import Outcome
from lessons.guides.session_types import session_type
from lessons.kit.models.providers import redact

if TYPE_CHECKING:
    from agents.extensions.memory import DaprSession, MongoDBSession

PACKAGES = {"MongoDBSession": "pymongo", "DaprSession": "dapr"}


def what_is_missing(name: str) -> str:
    """What you have to install and set before that type can run here; '' if nothing is missing."""
    of = session_type(name)
    wanted = [] if find_spec(PACKAGES[name]) else [f'python -m pip install "openai-agents[{",".join(of.extras)}]"']
    unset = [variable for variable in of.variables if not os.environ.get(variable)]
    return " ".join(
        [
            *(f"Install it: {command}." for command in wanted),
            *(f"Set {variable}, see env.example, and restart the app." for variable in unset),
        ]
    )


async def try_it(name: str) -> Outcome:
    """Add two items to a new session on the configured server, read them, and clear the session again."""
    session_id = f"sessions-lab-{uuid.uuid4()}"
    try:
        session = _open(name, session_id)
        try:
            await session.add_items([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}])
            read = await session.get_items()
            await session.clear_session()
            left = await session.get_items()
        finally:
            await session.close()
    except Exception as error:  # a server can refuse in many ways; the words are shown
        return Outcome(True, f"{type(error).__name__}: {redact(str(error))[:300]}")
    return Outcome(False, f"Added 2 items, read {len(read)}, cleared the session: {len(left)} are left.")


def _open(name: str, session_id: str) -> "MongoDBSession | DaprSession":
    in_mongodb: Callable[..., MongoDBSession] = how_to_open.in_mongodb
    in_dapr: Callable[..., DaprSession] = how_to_open.in_dapr
    if name == "MongoDBSession":
        return in_mongodb(session_id, os.environ.get("MONGODB_URI"))
    address = os.environ.get("DAPR_ADDRESS", "localhost:50001")
    return in_dapr(session_id, os.environ.get("DAPR_STATE_STORE"), address)
