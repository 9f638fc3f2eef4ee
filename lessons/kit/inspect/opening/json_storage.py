"""The JSON files of your own session class. A small file, such as this one, says where the sessions and items are.

{"files": "chats/*.json", "items": "items", "session_id": "session_id"}
"""

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lessons.kit.files import size_in_words
from lessons.kit.inspect.opening.words import listing_of
from lessons.kit.inspect.stored import (
    CHARACTERS_LIMIT,
    COUNTED,
    ROWS_LIMIT,
    CannotRead,
    Head,
    Hit,
    Listing,
    Medium,
    Overview,
    Pair,
    StoredRow,
    StoredSession,
    TimeIsUp,
)

ENDING = ".sessions.json"
"""How the name of such a file ends."""
SECONDS = 20.0
_FIELDS = {"files", "items", "item", "session_id", "sessions"}


@dataclass(frozen=True)
class HowToRead:
    """`files` is a pattern below the folder of the file. The others are paths of names with dots, '' for the whole value.

    `sessions` is where a file keeps several sessions: a list, or an object whose names are the ids. None: a file is one
    session. `items` is where a session keeps its items. `session_id` is where it keeps its id. None: the id is the name or the
    position in `sessions`, or else the name of the file without its ending. `item` is where an entry of the list keeps its
    item, or a list of items. None: the entry is the item.
    """

    files: str
    items: str = ""
    item: str | None = None
    session_id: str | None = None
    sessions: str | None = None


class JsonStorage:
    """Sessions in JSON files. Nothing is written. The class is taken to return all items in their order."""

    medium: Medium = "JSON"

    def __init__(self, path: Path) -> None:
        self.label = path.name
        self._folder = path.absolute().parent
        self._how = _how_to_read(path)
        self._pair = Pair(self._how.files, None, made_by="SQLiteSession", medium="JSON")
        self._repeated: set[str] = set()
        self._seen: dict[Path, tuple[int, list[tuple[str, Any]]]] = {}

    def pairs(self) -> list[Pair]:
        if not self._files():
            raise CannotRead(f"{self.label}: no file matches {self._how.files!r}.")
        return [self._pair]

    def not_readable(self) -> dict[str, str]:
        return {}

    def newest(self, pair: Pair, limit: int, since: str = "") -> list[Head]:
        heads: list[Head] = []
        for used, path in self._files():
            if len(heads) >= limit or used < since:
                break
            try:
                heads += [self._head(one, used) for one, _ in self._sessions(path)]
            except CannotRead:
                heads.append(self._head(path.stem, used))  # to read this session raises CannotRead with what is wrong
        counts = Counter(head.session_id for head in heads)
        self._repeated = {one for one, count in counts.items() if count > 1}
        return heads[:limit]

    def listing(self, pair: Pair, limit: int, first: int = 0, day: str = "") -> Listing:
        return listing_of(self.newest(pair, COUNTED + 1), limit, first, day)

    def days(self, pair: Pair) -> dict[str, int]:
        return dict(Counter(head.used[:10] for head in self.newest(pair, COUNTED)))

    def unlisted(self, pair: Pair, limit: int) -> list[Head]:
        return []

    def heads(self, pair: Pair, hits: Sequence[Hit]) -> list[Head]:
        known = {head.session_id: head for head in self.newest(pair, COUNTED)}
        return [known.get(hit.session_id) or self._head(hit.session_id, "") for hit in hits]

    def overviews(self, pair: Pair, heads: Sequence[Head]) -> dict[Head, Overview]:
        wanted = {head.session_id: head for head in heads}
        seen = {wanted[one]: _as_rows(items) for _, one, items in self._all() if one in wanted}
        return {head: Overview(rows[0] if rows else None, min(len(rows), COUNTED)) for head, rows in seen.items()}

    def find(self, pair: Pair, session_id: str) -> Head | None:
        self.newest(pair, COUNTED)
        used = next((used for used, one, _ in self._all() if one == session_id), None)
        if used is None:
            return next((head for head in self.newest(pair, COUNTED) if head.session_id == session_id), None)
        return self._head(session_id, used)

    def read(self, head: Head, rows_limit: int = ROWS_LIMIT) -> StoredSession:
        rows = self._rows(head.session_id)
        kept: list[StoredRow] = []
        room = CHARACTERS_LIMIT
        for row in reversed(rows[-rows_limit:]):
            room -= len(row.text)
            if room < 0:
                break
            kept.append(row)
        return StoredSession(head, tuple(reversed(kept)), len(kept) == len(rows))

    def read_together(self, heads: Sequence[Head], rows_limit: int = ROWS_LIMIT) -> dict[Head, StoredSession | None]:
        return dict.fromkeys(heads)

    def page(self, head: Head, limit: int, *, before: int | None = None, after: int | None = None) -> list[StoredRow]:
        rows = self._rows(head.session_id)
        if after is not None:
            return [row for row in rows if row.key > after][:limit]
        return [row for row in rows if row.key < (before or 0)][-limit:]

    def size(self, head: Head, limit: int) -> tuple[int, int]:
        rows = self._rows(head.session_id)[:limit]
        return len(rows), sum(len(row.text) for row in rows)

    def search(self, pair: Pair, words: str, limit: int) -> list[Hit]:
        found: list[Hit] = []
        for _, session_id, items in self._all():
            if len(found) >= limit:
                break
            if words.lower() in session_id.lower():
                found.append(Hit(session_id, None, session_id))
                continue
            rows = (row for row in reversed(_as_rows(items)) if words.lower() in row.text.lower())
            found += [Hit(session_id, row.key, row.text) for row in list(rows)[:1]]
        return found

    def newest_rows(self, pair: Pair, limit: int) -> list[tuple[str, StoredRow]]:
        rows: list[tuple[str, StoredRow]] = []
        for _, session_id, items in self._all():
            if len(rows) >= limit:
                break
            rows += [(session_id, row) for row in reversed(_as_rows(items))]
        return rows[:limit]

    def some_rows(self, pair: Pair) -> list[StoredRow]:
        return []

    def version(self) -> str:
        return ""

    def changed(self, session_id: str | None) -> str:
        return str(hash(tuple((path, _stat(path)) for _, path in self._files())))

    def close(self) -> None:
        self._seen.clear()

    def _head(self, session_id: str, used: str) -> Head:
        return Head(self._pair, session_id, used)

    def _files(self) -> list[tuple[str, Path]]:
        """The files of the pattern, the last changed first. Links are left out: they could lead out of the folder."""
        found = []
        for path in self._folder.glob(self._how.files):
            if path.is_file() and not path.is_symlink() and path.resolve().is_relative_to(self._folder.resolve()):
                found.append((_time(path), path))
        return sorted((one for one in found if not one[1].name.endswith(ENDING)), reverse=True)[:COUNTED]

    def _all(self) -> Iterator[tuple[str, str, list[Any]]]:
        end = time.monotonic() + SECONDS
        for used, path in self._files():
            if time.monotonic() > end:
                raise TimeIsUp(f"{self.label}: reading its files took longer than {SECONDS:g} seconds.")
            try:
                found = self._sessions(path)
            except CannotRead:
                continue
            for session_id, items in found:
                yield used, session_id, items

    def _rows(self, session_id: str) -> list[StoredRow]:
        if session_id in self._repeated:
            raise CannotRead(
                f"{self.label}: more than one session has the id {session_id!r}, so it is not known which is meant."
            )
        items = next((items for _, one, items in self._all() if one == session_id), None)
        if items is None:
            for path in (path for _, path in self._files() if path.stem == session_id):
                self._sessions(path)  # raises what is wrong with it
            raise CannotRead(f"{self.label} has no session {session_id!r}.")
        return _as_rows(items)

    def _sessions(self, path: Path) -> list[tuple[str, Any]]:
        """The ids and the items of one file. It is read again only if it has changed."""
        now = _stat(path)
        if path not in self._seen or self._seen[path][0] != now:
            self._seen[path] = now, list(self._read_file(path))
        return self._seen[path][1]

    def _read_file(self, path: Path) -> Iterator[tuple[str, Any]]:
        try:
            if path.stat().st_size > 4 * CHARACTERS_LIMIT:
                raise CannotRead(f"{path.name} is larger than {size_in_words(4 * CHARACTERS_LIMIT)}.")
            text = path.read_text(encoding="utf-8-sig")
            whole = (
                [json.loads(line) for line in text.splitlines() if line.strip()]
                if _is_lines(path)
                else json.loads(text)
            )
        except (ValueError, RecursionError) as error:
            raise CannotRead(f"{path.name} is not JSON ({type(error).__name__}).") from None
        except OSError as error:
            raise CannotRead(f"{path.name} cannot be read ({type(error).__name__}).") from None
        how = self._how
        several = _at(whole, how.sessions, path) if how.sessions is not None else {path.stem: whole}
        if not isinstance(several, dict | list):
            raise CannotRead(f"{path.name}: what stands at {how.sessions!r} is not an object or a list of sessions.")
        named = (
            several.items()
            if isinstance(several, dict)
            else ((str(position), one) for position, one in enumerate(several))
        )
        for name, one in named:
            items = _at(one, how.items, path)
            if not isinstance(items, list):
                raise CannotRead(f"{path.name}: what stands at {how.items!r} is not a list of items.")
            if how.item is not None and how.session_id is not None and isinstance(one, list):
                yield from self._by_id(items, path).items()
            else:
                taken = items if how.item is None else [item for entry in items for item in self._of_entry(entry, path)]
                yield str(name if how.session_id is None else _at(one, how.session_id, path)), taken

    def _of_entry(self, entry: Any, path: Path) -> list[Any]:
        found = _at(entry, self._how.item, path)
        return found if isinstance(found, list) else [found]

    def _by_id(self, entries: list[Any], path: Path) -> dict[str, list[Any]]:
        """The items of each session of a file whose entries have the id."""
        found: dict[str, list[Any]] = {}
        for entry in entries:
            found.setdefault(str(_at(entry, self._how.session_id, path)), []).extend(self._of_entry(entry, path))
        return found


def _how_to_read(path: Path) -> HowToRead:
    try:
        given = json.loads(path.read_text(encoding="utf-8-sig"))
        unknown = sorted(given.keys() - _FIELDS)
        values = [value for value in given.values() if not isinstance(value, str)]
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise CannotRead(f"{path.name} cannot be read as an object of JSON ({type(error).__name__}).") from None
    if unknown or values or not given.get("files"):
        raise CannotRead(
            f"{path.name} must have files, and may have items, item, session_id and sessions, each a text."
        )
    if Path(given["files"]).is_absolute() or ".." in Path(given["files"]).parts:
        raise CannotRead(f"{path.name}: files must be below the folder of the file.")
    return HowToRead(**given)


def _at(value: Any, path: str | None, file: Path) -> Any:
    for name in filter(None, (path or "").split(".")):
        if not isinstance(value, dict) or name not in value:
            in_list = (
                " A list is there: item says where its entries have their items." if isinstance(value, list) else ""
            )
            raise CannotRead(f"{file.name} has nothing at {path!r}.{in_list}")
        value = value[name]
    return value


def _as_rows(items: list[Any]) -> list[StoredRow]:
    """The key of a row is its position in the list, counted from 1. A string in the list is the JSON text of an item."""
    texts = (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in items)
    return [StoredRow(position, text) for position, text in enumerate(texts, 1)]


def _is_lines(path: Path) -> bool:
    return path.suffix in (".jsonl", ".ndjson")


def _stat(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _time(path: Path) -> str:
    return f"{datetime.fromtimestamp(_stat(path) / 1e9, UTC):%Y-%m-%d %H:%M:%S}"
