"""Puts our functions on a session: into its own `__dict__`, or through a subclass if it has none.

A session with `__slots__` cannot take a new attribute. Until `release`, its class is a subclass with the same layout.
"""

from typing import Any

_placed: dict[int, dict[str, Any]] = {}
"""The functions of each session without a `__dict__`, by its id()."""


class _Placed:
    """Finds a method first among the functions that were put on the session, then in its real class."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, session: Any, owner: type) -> Any:
        placed = _placed.get(id(session), {})
        if self._name in placed:
            return placed[self._name]
        return getattr(super(owner, owner if session is None else session), self._name)


def placed_on(session: Any) -> dict[str, Any]:
    """The attributes of the object itself. A function that is put in replaces the method of the class for all callers."""
    try:
        own: dict[str, Any] = vars(session)
        return own
    except TypeError:
        pass
    if id(session) not in _placed:
        kind = type(session)
        methods = {name: _Placed(name) for name in dir(kind) if name[0] != "_" and callable(getattr(kind, name))}
        try:
            session.__class__ = type(
                kind.__name__, (kind,), {"__slots__": (), "__module__": kind.__module__, **methods}
            )
        except TypeError:  # not a session: the run raises the error
            return {}
        _placed[id(session)] = {}
    return _placed[id(session)]


def release(session: Any) -> None:
    """Give a session its own class back, if none of our functions is on it any more."""
    if not _placed.get(id(session), True):
        del _placed[id(session)]
        session.__class__ = type(session).__base__
