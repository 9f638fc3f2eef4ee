"""The sessions of a store as the app lists them. The SDK cannot list, describe or rename a session."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from lessons.kit.items import read

PAGE_SIZE = 6
FIRST_LINE = 80

Sort = Literal["last used", "created", "session id"]


@dataclass(frozen=True)
class Metadata:
    """Data about a session for which the SDK has no place. The app keeps it in its own table, by session id."""

    owner: str = ""
    title: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class SessionSummary:
    """One session. `first_line` is the start of the oldest item's text. Times are UTC, `YYYY-MM-DD HH:MM:SS`."""

    session_id: str
    first_line: str
    items: int
    created_at: str
    updated_at: str
    metadata: Metadata


@dataclass(frozen=True)
class SessionPage:
    """One page of sessions, its number from 1, and the number of all sessions found."""

    sessions: tuple[SessionSummary, ...] = ()
    found: int = 0
    page: int = 1

    @property
    def pages(self) -> int:
        return max(1, -(-self.found // PAGE_SIZE))


def cut_page(ids: list[str], page: int) -> tuple[list[str], int]:
    """The ids of one page, and its number from 1. A number after the last page gives the last page."""
    number = min(max(1, page), max(1, -(-len(ids) // PAGE_SIZE)))
    return ids[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number


def list_page(newest_first: Iterable[SessionSummary], search: str, sort: Sort, page: int) -> SessionPage:
    """One page of the sessions whose id contains `search`, for a store that has read all of them."""
    found = [one for one in newest_first if search.casefold() in one.session_id.casefold()]
    if sort == "session id":
        found.sort(key=lambda one: one.session_id)
    elif sort == "created":
        found.sort(key=lambda one: one.created_at, reverse=True)
    shown, number = cut_page([one.session_id for one in found], page)
    return SessionPage(tuple(one for one in found if one.session_id in shown), len(found), number)


def first_line(data: str) -> str:
    """The start of the first line of a stored item's text."""
    return next(iter(read(data).text.strip().splitlines()), "")[:FIRST_LINE]
