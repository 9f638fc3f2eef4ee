"""The names of the two tables of a session."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tables:
    """The names of a session's two tables. They go into SQL, so they must be plain identifiers."""

    sessions: str = "agent_sessions"
    messages: str = "agent_messages"

    def __post_init__(self) -> None:
        for name in (self.sessions, self.messages):
            if not (name.isidentifier() and name.isascii()):
                raise ValueError(f"{name!r} is not a table name")


CUSTOM_TABLES = Tables("chat_sessions", "chat_messages")
"""The names that lessons with their own table names use."""
