"""What the next run would send of one session under two settings, row by row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lessons.kit.inspect.comparing.elsewhere import side_elsewhere
from lessons.kit.inspect.comparing.side import Side, side_of
from lessons.kit.inspect.dry_run import MAIN, Settings
from lessons.kit.inspect.stored import CLASSES, CannotRead, StoredSession

CHANGES = (
    "limit=20, limit=none, class=SQLAlchemySession, api=chat-completions, api=responses, callback=yes, callback=no, "
    "branch=NAME or python=PATH"
)


@dataclass(frozen=True)
class RowDifference:
    """One row that the two settings treat differently, in words for each."""

    key: int
    first: str
    second: str


@dataclass(frozen=True)
class Difference:
    """Both sides, and the rows in which they differ."""

    first: Side
    second: Side
    rows: tuple[RowDifference, ...]

    @property
    def codes_gone(self) -> tuple[str, ...]:
        """Findings that only the first side has."""
        return tuple(code for code in self.first.codes if code not in self.second.codes)

    @property
    def codes_new(self) -> tuple[str, ...]:
        """Findings that only the second side has."""
        return tuple(code for code in self.second.codes if code not in self.first.codes)


def what_if(
    stored: StoredSession,
    settings: Settings,
    other: Settings,
    python: str = "",
    seconds: float = 600.0,
    stopped: Callable[[], bool] = lambda: False,
) -> Difference:
    """What a run would do with a session under `settings` and under `other`.

    `python` is the interpreter for the second side, which can have another minor of the SDK; '' is this interpreter. The other
    interpreter is killed once `stopped` returns True, or after `seconds`.
    Raises CannotRead for a branch that does not exist, and if a dry run takes too long or the interpreter fails.
    """
    for one in (settings, other):
        if one.branch not in branches_of(stored):
            raise CannotRead(f"The session has no branch {one.branch!r}: it has {', '.join(branches_of(stored))}.")
    first = side_of(stored, settings, seconds)
    if python:
        return difference(first, side_elsewhere(python, stored, other, seconds, stopped))
    return difference(first, side_of(stored, other, seconds))


def difference(first: Side, second: Side) -> Difference:
    """The rows that two sides of one session treat differently."""
    return Difference(
        first,
        second,
        tuple(
            RowDifference(key, words, second.rows[key][1])
            for key, (became, words) in first.rows.items()
            if second.rows[key][0] != became
        ),
    )


def branches_of(stored: StoredSession) -> Sequence[str]:
    """The branches of a session, the one that a new handle reads first."""
    return [MAIN, *sorted({row.branch for row in stored.structure} - {MAIN})]


def changed(settings: Settings, changes: str) -> tuple[Settings, str]:
    """The settings with `changes`, such as "limit=20, class=SQLAlchemySession", and the interpreter that they name, or ''.

    Raises CannotRead for what is not one of CHANGES.
    """
    python = ""
    for change in changes.split(","):
        name, _, value = (part.strip() for part in change.partition("="))
        if name == "python" and value:
            python = value
        else:
            settings = _changed(settings, name, value)
    return settings, python


def _changed(settings: Settings, name: str, value: str) -> Settings:
    if name == "limit" and (value == "none" or (value.isascii() and value.isdigit() and len(value) < 7)):
        return replace(settings, limit=None if value == "none" else int(value))
    chosen = next((one for one in CLASSES if one == value), None)
    if name == "class" and chosen is not None:
        return replace(settings, class_name=chosen)
    if name == "api" and value in ("responses", "chat-completions"):
        return replace(settings, api="Responses" if value == "responses" else "Chat Completions")
    if name == "callback" and value in ("yes", "no"):
        return replace(settings, callback=value == "yes")
    if name == "branch" and value:
        return replace(settings, branch=value)
    raise CannotRead(f"{f'{name}={value}' if value else name} is not one of {CHANGES}.")
