"""Where functions of ours are put on a session: in its own `__dict__`, or in its class where it has none.

A session with `__slots__` takes no new attribute. It is given a subclass of the same layout for that time.
"""

from typing import Any

_placed: dict[int, dict[str, Any]] = {}
"""The functions of each session without a `__dict__`, by its id()."""


class _Placed:
    """Looks for a function that was put on the object, and then in the class below."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, session: Any, owner: type) -> Any:
        placed = _placed.get(id(session), {})
        if self._name in placed:
            return placed[self._name]
        return getattr(super(owner, owner if session is None else session), self._name)


def placed_on(session: Any) -> dict[str, Any]:
    """What is on the object itself, before its class is asked. A function that is put in is what callers get."""
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
        except TypeError:  # no session at all: the run says it
            return {}
        _placed[id(session)] = {}
    return _placed[id(session)]


def release(session: Any) -> None:
    """Give a session its own class again, once no function of ours is on it."""
    if not _placed.get(id(session), True):
        del _placed[id(session)]
        session.__class__ = type(session).__base__
