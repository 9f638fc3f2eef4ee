"""What the next run would send of one session under two settings, row by row."""

from dataclasses import dataclass, replace

from lessons.kit.inspect.browse import Picture, picture_of
from lessons.kit.inspect.dry import Settings
from lessons.kit.inspect.stored import CLASSES, CannotRead, StoredSession


@dataclass(frozen=True)
class RowDifference:
    """One row that the two settings treat differently, in words for each."""

    key: int
    first: str
    second: str


@dataclass(frozen=True)
class Difference:
    """Both pictures, and the rows in which they differ. `codes` are findings that only one of them has."""

    first: Picture
    second: Picture
    rows: tuple[RowDifference, ...]
    codes: tuple[tuple[str, ...], tuple[str, ...]]


def what_if(stored: StoredSession, settings: Settings, other: Settings) -> Difference:
    """Raises CannotRead if a dry run takes too long."""
    first, second = picture_of(stored, settings), picture_of(stored, other)
    rows = tuple(
        RowDifference(one.key, _words(one.returned, one.sent, one.why), _words(two.returned, two.sent, two.why))
        for one, two in zip(first.rows, second.rows, strict=True)
        if (one.returned, one.sent) != (two.returned, two.sent)
    )
    codes = [dict.fromkeys(finding.code for finding in picture.findings) for picture in (first, second)]
    only = tuple(tuple(code for code in mine if code not in its) for mine, its in (codes, codes[::-1]))
    return Difference(first, second, rows, (only[0], only[1]))


def changed(settings: Settings, change: str) -> Settings:
    """The settings with one changed: "limit=20", "limit=none" or "class=SQLAlchemySession". Raises CannotRead for another."""
    name, _, value = (part.strip() for part in change.partition("="))
    if name == "limit" and (value == "none" or (value.isascii() and value.isdigit() and len(value) < 7)):
        return replace(settings, limit=None if value == "none" else int(value))
    chosen = next((one for one in CLASSES if one == value), None)
    if name == "class" and chosen is not None:
        return replace(settings, class_name=chosen)
    raise CannotRead(f"{change} is not limit=N, limit=none or class= with one of {', '.join(CLASSES)}.")


def _words(returned: bool, sent: bool, why: str) -> str:
    said = "sent" if sent else "returned and not sent" if returned else "not returned"
    return f"{said}: {why}" if why else said
