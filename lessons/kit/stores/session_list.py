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
    """What the app knows about a session and the SDK does not. The app keeps it in its own table, by session id."""

    owner: str = ""
    title: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class SessionSummary:
    """One session. `first_line` is the start of the oldest message; times are UTC, `YYYY-MM-DD HH:MM:SS`."""

    session_id: str
    first_line: str
    items: int
    created_at: str
    updated_at: str
    metadata: Metadata


@dataclass(frozen=True)
class SessionPage:
    """One page of sessions, counted from 1, and how many sessions were found."""

    sessions: tuple[SessionSummary, ...] = ()
    found: int = 0
    page: int = 1

    @property
    def pages(self) -> int:
        return max(1, -(-self.found // PAGE_SIZE))


def cut_page(ids: list[str], page: int) -> tuple[list[str], int]:
    """The ids of one page, and its number: the last page for one that is past the end."""
    number = min(max(1, page), max(1, -(-len(ids) // PAGE_SIZE)))
    return ids[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number


def list_page(newest_first: Iterable[SessionSummary], search: str, sort: Sort, page: int) -> SessionPage:
    """One page of those of the sessions whose id contains `search`, for a store that has read them all."""
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
