"""Erases sessions, or the rows that contain a text, and looks in the raw bytes of the storage for what may be left."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lessons.kit.life_cycle.places.dialects import SQLite
from lessons.kit.life_cycle.places.place import Place, Progress, Row, counted, is_encrypted, refuse
from lessons.kit.life_cycle.places.redis_place import RedisPlace
from lessons.kit.life_cycle.places.sql_place import SqlPlace
from lessons.kit.life_cycle.raw_bytes import Hits, Pieces, contains, forms_of, search

SHORTEST_TEXT = 3
"""Characters of a text to erase by: a shorter one is in nearly every row."""

CHECKED = 50
"""Texts that were found in the bytes, and are looked for in what is still stored."""

OUTSIDE = "Copies and backups of the file, and blocks that the file system has given free, are not looked at."


@dataclass(frozen=True)
class Erased:
    """What was erased, and whether the bytes of the storage prove it.

    `searched` says for how many texts which files were looked through; `left` is what was found there, `why_not_proved` why
    there is no proof, and `notes` what else to know: what the proof does not cover, and what the rows that stay now lack.
    """

    sessions: tuple[str, ...]
    rows: int
    searched: str = ""
    left: tuple[str, ...] = ()
    why_not_proved: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def proved(self) -> bool:
        """Whether the bytes were looked through, and nothing was found."""
        return bool(self.searched) and not self.left and not self.why_not_proved


def sessions_with_prefix(place: Place, prefix: str) -> list[str]:
    """The ids that begin with these letters, as all sessions of one user do."""
    if not prefix:
        raise refuse("The prefix is empty: it would be every session.", "Name the beginning of the ids.")
    with place.reading():
        return [info.session_id for info in place.sessions() if info.session_id.startswith(prefix)]


def erase_sessions(place: Place, session_ids: Sequence[str], progress: Progress = lambda *_: None) -> Erased:
    """Erase sessions with all that belongs to them, in one transaction, and search for what they said. Raises Refused."""
    pieces, rows = Pieces(), 0
    with _overwriting(place), place.writing() as writing:
        for session_id in session_ids:
            if place.session(session_id) is None:
                raise refuse(f"{place.label} has no session {session_id!r}.", "Name one that it has.")
            for row in place.rows(session_id):
                pieces.add(row.data)
            rows += writing.remove(session_id)
            progress("rows erased", rows)
    # An id that is part of another one is still stored, and short ones are everywhere.
    with place.reading():
        ids = [info.session_id for info in place.sessions()]
    alone = [one for one in session_ids if len(one) >= SHORTEST_TEXT and not any(one in other for other in ids)]
    texts = [*(one.encode("utf-8", "surrogateescape") for one in alone), *pieces.all]
    notes = []
    if pieces.is_sample:
        notes.append(f"They said so much that only {len(pieces.all)} pieces of it were searched for, evenly chosen.")
    return _prove(place, Erased(tuple(session_ids), rows, notes=tuple(notes)), texts, everywhere=False)


def erase_text(place: Place, text: str, progress: Progress = lambda *_: None) -> Erased:
    """Erase every row that contains a text, in one transaction, and search for the text. Raises Refused."""
    forms = _forms(text)
    touched, count, notes = [], 0, list[str]()
    sealed = halves = 0
    with _overwriting(place), place.writing() as writing:
        for info in list(place.sessions()):
            found = [row for row in place.rows(info.session_id) if contains(row.data, forms)]
            sealed += sum(is_encrypted(row.data) for row in place.rows(info.session_id))
            if not found:
                continue
            writing.remove_rows(info.session_id, found)
            touched.append(info.session_id)
            count += len(found)
            gone = {call for row in found if (call := _call_id(row)) is not None}
            halves += sum(_call_id(row) in gone for row in place.rows(info.session_id) if not contains(row.data, forms))
            progress("rows erased", count)
    if halves:
        notes.append(
            f"{counted(halves, 'other half')} of a tool call that was erased: a run may be refused because of it."
        )
    erased = _prove(place, Erased(tuple(touched), count, notes=tuple(notes)), forms, everywhere=True)
    if not sealed:
        return erased
    why = f"{counted(sealed, 'encrypted row')}: without the key nobody can see whether the text is there."
    return Erased(**{**vars(erased), "why_not_proved": (*erased.why_not_proved, why)})


def matching_rows(place: Place, text: str) -> tuple[tuple[str, ...], int]:
    """The sessions that have rows with this text, and how many rows these are. Changes nothing."""
    forms = _forms(text)
    with place.reading():
        found = [
            (info.session_id, sum(contains(row.data, forms) for row in place.rows(info.session_id)))
            for info in list(place.sessions())
        ]
    return tuple(session_id for session_id, count in found if count), sum(count for _, count in found)


def _forms(text: str) -> tuple[bytes, ...]:
    if len(text) < SHORTEST_TEXT:
        raise refuse(f"The text has fewer than {SHORTEST_TEXT} characters.", "Give a longer one.")
    return forms_of(text)


def _call_id(row: Row) -> str | None:
    try:
        item = json.loads(row.data)
    except (ValueError, RecursionError):
        return None
    return str(item["call_id"]) if isinstance(item, dict) and item.get("call_id") else None


class _overwriting:
    """Has SQLite fill what it deletes with zeros, whatever its own setting is."""

    def __init__(self, place: Place) -> None:
        self._database = place.database if isinstance(place, SqlPlace) else None

    def __enter__(self) -> None:
        if isinstance(self._database, SQLite):
            self._database.secure_delete = True

    def __exit__(self, *_: object) -> None:
        if isinstance(self._database, SQLite):
            self._database.secure_delete = False


def _prove(place: Place, erased: Erased, texts: Sequence[bytes], *, everywhere: bool) -> Erased:
    """Look for the texts; `everywhere` where they must not be stored in any other row or table either."""
    if isinstance(place, SqlPlace) and isinstance(place.database, SQLite):
        return _search_file(place.database.path, erased, texts, everywhere)
    if isinstance(place, RedisPlace):
        why = "Redis may have the rows in its log, its snapshots and its replicas, which cannot be looked at from here."
    else:
        why = (
            "The server keeps deleted rows in its own files until it reuses their place (PostgreSQL: until VACUUM), and in its "
            "log, its replicas and its backups. None of these can be looked at from here."
        )
    return Erased(**{**vars(erased), "why_not_proved": (why,)})


def _search_file(path: Path, erased: Erased, texts: Sequence[bytes], everywhere: bool) -> Erased:
    why = _rewrite(path)
    files = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-journal", "-shm")]
    try:
        hits = search(files, texts)
    except OSError as error:
        return Erased(**{**vars(erased), "why_not_proved": (*why, f"The file cannot be searched: {error.strerror}.")})
    left, notes = _left(path, hits, everywhere)
    looked = ", ".join(f"{file.name} ({file.stat().st_size:,} bytes)" for file in files if file.exists())
    # What kept the file from being rewritten matters only if something was found.
    return Erased(
        erased.sessions,
        erased.rows,
        searched=f"{counted(len(texts), 'text')} in {looked}",
        left=tuple(left),
        why_not_proved=tuple(why) if left else (),
        notes=(*erased.notes, *notes, OUTSIDE),
    )


def _rewrite(path: Path) -> list[str]:
    """Write the file without its free pages, and empty its log. Returns what went wrong."""
    why = []
    with closing(sqlite3.connect(path, timeout=2, isolation_level=None)) as connection:
        try:
            connection.execute("VACUUM")
        except sqlite3.Error as error:
            why.append(
                f"The file could not be written again without its free pages: {error}. Another connection is open."
            )
        try:
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error:
            busy = 1
        if busy:
            why.append("The -wal file could not be emptied: another connection reads or writes at this moment.")
    return why


def _left(path: Path, hits: Sequence[Hits], everywhere: bool) -> tuple[list[str], list[str]]:
    """What was found that nothing stored accounts for, or that is stored elsewhere in the file; and what explains the rest."""
    left, notes = [], []
    texts = list(dict.fromkeys(hit.text for hit in hits))
    for text in texts[:CHECKED]:
        count = sum(hit.count for hit in hits if hit.text == text)
        where, stored = _stored(path, text)
        shown = text.decode(errors="replace")
        if count > stored:
            files = ", ".join(hit.file for hit in hits if hit.text == text)
            left.append(f"{shown!r} is {count} times in {files}, and {stored} times in what is stored")
        elif everywhere:
            left.append(f"{shown!r} is still stored: {where}")
        else:
            notes.append(f"{shown!r} is stored elsewhere too: {where}.")
    if len(texts) > CHECKED:
        left.append(f"{len(texts) - CHECKED} more texts were found, and not looked for in what is stored")
    return left, notes


def _stored(path: Path, text: bytes) -> tuple[str, int]:
    """In which columns of which tables the text is stored now, and how often."""
    places, count = [], 0
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for (table,) in tables.fetchall():
            for column in [found[1] for found in connection.execute(f'PRAGMA table_info("{table}")')]:
                query = f'SELECT CAST("{column}" AS BLOB) FROM "{table}" WHERE instr(CAST("{column}" AS BLOB), ?) > 0'
                found = sum(bytes(data).count(text) for (data,) in connection.execute(query, (text,)))
                if found:
                    places.append(f"{table}.{column}")
                    count += found
    return ", ".join(places), count
