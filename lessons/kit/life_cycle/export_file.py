"""The file of an export: JSON, one value a line, with a version in its first line and a checksum in its last.

    {"format": "agents-sessions", "version": 1, "class": "SQLiteSession", ...}
    {"session": {"session_id": "alice", "created_at": ..., "updated_at": ..., "expires_at": ...}}
    {"row": {"key": 1, "data": "{\\"role\\": \\"user\\", ...}", "at": "2026-11-01 09:00:00"}}
    {"more": {"table": "message_structure", "values": {...}}}
    {"end": {"sessions": 1, "rows": 1, "sha256": "of all lines before this one"}}

`data` is the stored text itself, so a row that is not JSON also comes back as it was. Writing and reading have only one line
in memory.
"""

import hashlib
import io
import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from lessons.kit.files import check_is_file
from lessons.kit.life_cycle.places.place import MORE_TABLES, Row, SessionInfo, Source, Values, refuse
from lessons.kit.life_cycle.progress import Progress

FORMAT, VERSION = "agents-sessions", 1
LONGEST_LINE = 64 * 2**20
"""Bytes of one line: the text of one item, escaped."""
MOST_BYTES = 25_000_000
"""How many bytes a file that is made in memory can have."""
WRITTEN = "rows written"

_QUIET = Progress()

Part = SessionInfo | Row | tuple[str, Values]


@dataclass(frozen=True)
class Exported:
    """What a file holds."""

    sessions: int
    rows: int
    bytes: int


def write_export(place: Source, session_ids: Sequence[str], path: Path, progress: Progress = _QUIET) -> Exported:
    """Write sessions of a place to a new file, which appears as a whole or not at all.

    Raises Refused, also if the file exists already, or if a session does not exist.
    """
    if path.exists():
        raise refuse(
            f"The file {path} exists.", "Name a file that does not exist, or delete it.", "Nothing was written."
        )
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file, place.reading():
            counts = _write(place, session_ids, _Lines(file), progress)
        part.replace(path)
    except (OSError, _NotWrittenError) as error:
        cause = error.__cause__ if isinstance(error, _NotWrittenError) else error
        said = getattr(cause, "strerror", None) or type(cause).__name__
        raise refuse(
            f"The file {path} cannot be written: {said}.", "Name another file.", "Nothing was written."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return Exported(*counts, path.stat().st_size)


def export_bytes(source: Source, session_ids: Sequence[str], progress: Progress = _QUIET) -> bytes:
    """The same file in memory. Raises Refused, also if it would have more than MOST_BYTES."""
    file = InMemory()
    with source.reading():
        _write(source, session_ids, _Lines(file), progress)
    return file.getvalue()


class InMemory(io.BytesIO):
    """A file in memory. Raises Refused if it gets more than MOST_BYTES."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > MOST_BYTES:
            raise refuse(
                f"The file would have more than {MOST_BYTES:,} bytes.",
                "Choose fewer sessions, or use python -m lessons export.",
            )
        return super().write(data)


def _write(place: Source, session_ids: Sequence[str], lines: "_Lines", progress: Progress) -> tuple[int, int]:
    sessions = rows = 0
    total = place.count(session_ids)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    lines.write({"format": FORMAT, "version": VERSION, "class": place.session_class, "made_at": made})
    for session_id in session_ids:
        info = place.session(session_id)
        if info is None:
            raise refuse(
                f"{place.label} has no session {session_id!r}.", "Name one that it has.", "Nothing was written."
            )
        lines.write({"session": asdict(info)})
        sessions += 1
        for row in progress.each(place.rows(session_id), WRITTEN, total, rows):
            lines.write({"row": {"key": row.key, "data": row.data, "at": row.at}})
            rows += 1
        for table, values in place.more(session_id):
            lines.write({"more": {"table": table, "values": values}})
    lines.write({"end": {"sessions": sessions, "rows": rows, "sha256": lines.checksum()}})
    return sessions, rows


class _NotWrittenError(Exception):
    """The file could not be written. It is not an OSError: the place that is read would report that as its own."""


class _Lines:
    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._sum = file, hashlib.sha256()

    def write(self, value: dict[str, Any]) -> None:
        line = json.dumps(value).encode("ascii") + b"\n"
        self._sum.update(line)
        try:
            self._file.write(line)
        except OSError as error:
            raise _NotWrittenError from error

    def checksum(self) -> str:
        return self._sum.hexdigest()


def read_export(path: Path) -> tuple[str, Iterator[Part]]:
    """The session class of an exported file, and its parts one by one: sessions, each followed by its rows and the rest.

    The parts come to an end only if the whole file is as it was written. Raises Refused, with the reason, at the first thing
    that is wrong.
    """
    try:
        if not check_is_file(path):
            raise refuse(f"The file {path} does not exist.", "Name a file that `export` has written.")
    except OSError as error:
        raise refuse(f"{path} cannot be read: {error.strerror}.", "Name a file that `export` has written.") from error
    with path.open("rb") as file:
        head = _value(path, 1, file.readline(LONGEST_LINE + 1))
    if head is None or head.get("format") != FORMAT:
        raise refuse(f"{path} is not an export of sessions.", "Name a file that `export` has written.")
    version = head.get("version")
    if version != VERSION:
        newer = isinstance(version, int) and version > VERSION
        said = (
            f"was written by a newer version of the app (format {version})" if newer else f"has the format {version!r}"
        )
        raise refuse(f"{path} {said}; this one reads format {VERSION}.", "Import it with the version that wrote it.")
    return str(head.get("class")), _parts(path)


def _parts(path: Path) -> Iterator[Part]:
    found, sessions, rows, number = hashlib.sha256(), 0, 0, 0
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            value = _value(path, number, line)
            if value is None:
                raise _damaged(path, f"line {number} is not what an export has")
            if "end" in value:
                ended = {"sessions": sessions, "rows": rows, "sha256": found.hexdigest()}
                if value["end"] != ended:
                    raise _damaged(path, "its checksum or its counts do not fit: it was changed after it was written")
                if file.readline(1):
                    raise _damaged(path, f"something follows its last line, which is line {number}")
                return
            found.update(line)
            if number == 1:
                continue
            part = _part(value)
            sessions, rows = sessions + isinstance(part, SessionInfo), rows + isinstance(part, Row)
            if part is None or not sessions:
                raise _damaged(path, f"line {number} is not what an export has")
            yield part
    raise _damaged(path, f"it is cut off after line {number}")


def _value(path: Path, number: int, line: bytes) -> dict[str, Any] | None:
    if len(line) > LONGEST_LINE:
        raise refuse(
            f"Line {number} of {path} is longer than {LONGEST_LINE:,} bytes.", "Name a file that `export` has written."
        )
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _part(value: dict[str, Any]) -> Part | None:
    match value:
        case {"session": {"session_id": str(), **times}} if len(times) == 3 and _are_texts(times.values()):
            return SessionInfo(**value["session"]) if set(times) == {"created_at", "updated_at", "expires_at"} else None
        case {"row": {"key": int() | None as key, "data": str() as data, "at": str() | None as at}}:
            return Row(key, data, at)
        case {"more": {"table": str() as table, "values": dict() as values}} if table in MORE_TABLES:
            return (table, values) if all(name.isidentifier() for name in values) else None
    return None


def _are_texts(values: Iterable[Any]) -> bool:
    return all(value is None or isinstance(value, str) for value in values)


def _damaged(path: Path, how: str) -> Exception:
    return refuse(f"{path} is damaged: {how}.", "Export the sessions again, or use another copy of the file.")


def check_room(path: Path, folder: Path) -> None:
    """Raises Refused if the disk of `folder` has too little room to check the file and keep what is in it."""
    needed, free = path.stat().st_size, shutil.disk_usage(folder).free
    if needed > free:
        raise refuse(
            f"{path} has {needed:,} bytes, and only {free:,} are free in {folder}, where it is checked.",
            "Make room, or set TMPDIR to a folder with more.",
        )
