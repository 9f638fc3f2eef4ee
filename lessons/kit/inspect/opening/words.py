"""What several kinds of storage share: the patterns for a search, a page of a list in memory, and that there are no items."""

import json
from collections.abc import Sequence

from lessons.kit.inspect.stored import Head, Listing

NO_ITEMS = "has no table with the columns session_id and message_data and a number for each row."


def like(words: str) -> str:
    """The words as a pattern for LIKE … ESCAPE '!'."""
    for sign in "!%_":
        words = words.replace(sign, f"!{sign}")
    return f"%{words}%"


def escaped(words: str) -> str:
    """The words as most session classes store them: in JSON, with each letter outside ASCII as an escape."""
    return json.dumps(words)[1:-1]


def listing_of(heads: Sequence[Head], limit: int, first: int, day: str) -> Listing:
    """A page of sessions that were all read, the last used first."""
    found = [head for head in heads if not day or head.used[:10] == day]
    return Listing(tuple(found[first : first + limit]), len(found))
