"""A session as the rules use it."""

from typing import Any

from lessons.kit.ledger.watching.events import settled

METHODS = ("get_items", "add_items", "pop_item", "clear_session")


class Handle:
    """A session whose methods can all be awaited. `session` is the session itself.

    Methods without async break only the rule "is a session", not every rule that calls them: the runner accepts such a session.
    """

    def __init__(self, session: Any) -> None:
        self.session = session

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.session, name)
        if name not in METHODS:
            return value

        async def call(*args: Any, **kwargs: Any) -> Any:
            return await settled(value(*args, **kwargs))

        return call
