"""A session database to try the check on: three sessions, stored by runs of the offline model when it is first asked for."""

import sqlite3
import tempfile
import threading
from functools import cache
from pathlib import Path

from lessons.kit.inspect.running.apart import apart

NAME = "example.db"
_guard = threading.Lock()


def example() -> Path:
    """The file. It is made once in a process, in a folder that is deleted when the process ends."""
    with _guard:
        return _made()


def is_made() -> bool:
    """Whether the file was asked for, and so exists."""
    return _made.cache_info().currsize > 0


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []


@cache
def _made() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="sessions-example-")
    _FOLDERS.append(folder)  # keeps the folder until the process ends
    path = Path(folder.name) / NAME
    apart().run(_store(path), timeout=60)
    return path


async def _store(path: Path) -> None:
    """A chat, a booking that nobody has approved, and a booking whose oldest rows were deleted, as a clean-up may do."""
    from agents import Agent, Runner, SQLiteSession, function_tool

    from lessons.kit.models.providers import make_model, read_provider

    model = make_model(read_provider({"SESSIONS_OFFLINE_SECONDS_PER_WORD": "0"}))

    def book_hotel(city: str) -> str:
        """Book a hotel in a city."""
        return f"Booked a hotel in {city}"

    asks_first = Agent("Assistant", model=model, tools=[function_tool(book_hotel, needs_approval=True)])
    at_once = Agent("Assistant", model=model, tools=[function_tool(book_hotel)])
    for session_id, agent, messages in (
        ("a_chat", at_once, ("My name is Alice", "What's my name?")),
        ("never_approved", asks_first, ("Book a hotel in Oslo", "What is 1 + 1?")),
        ("cleaned_up", at_once, ("Book a hotel in Rome", "What is 2 + 2?")),
    ):
        session = SQLiteSession(session_id, path)
        for message in messages:
            await Runner.run(agent, message, session=session)
        session.close()
    connection = sqlite3.connect(path)
    first = "SELECT id FROM agent_messages WHERE session_id = 'cleaned_up' ORDER BY id LIMIT 2"
    connection.execute(f"DELETE FROM agent_messages WHERE id IN ({first})")
    connection.commit()
    connection.close()
