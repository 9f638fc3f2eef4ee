"""Looks through the bytes of a storage for what was erased there, and says what is left or why that is not known."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from lessons.kit.life_cycle.places.place import Place
from lessons.kit.life_cycle.progress import Progress
from lessons.kit.life_cycle.raw_bytes import Hits, search
from lessons.kit.problems.counted import counted
from lessons.kit.problems.problem import Refused

CHECKED = 50
"""How many of the texts that were found in the bytes are also looked for in what is still stored."""

OUTSIDE = "Copies and backups of the file, and blocks that the file system has freed, are not looked at."
WHILE_IN_USE = (
    "While another connection reads the file, its free pages and its log cannot be emptied, and nothing is proved."
)
STOPPED = "It was stopped before the bytes were looked through."


@dataclass(frozen=True)
class Erased:
    """What was erased, and whether the bytes of the storage prove it.

    `searched` says for how many texts which files were looked through; `left` is what was found there, `why_not_proved` why
    there is no proof, `elsewhere` which of the texts the rows that stay have too, and `notes` what else to know: what the proof
    does not cover, and what those rows now lack.
    """

    sessions: tuple[str, ...]
    rows: int
    searched: str = ""
    left: tuple[str, ...] = ()
    why_not_proved: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def proved(self) -> bool:
        """Whether the bytes were looked through, and nothing was found."""
        return bool(self.searched) and not self.left and not self.why_not_proved


def prove(place: Place, erased: Erased, texts: Sequence[bytes], progress: Progress, *, everywhere: bool) -> Erased:
    """Look for the texts. `everywhere`: no other row or table may have them either. Returns `erased` with what was found."""
    if place.why_no_proof:
        return replace(erased, why_not_proved=(place.why_no_proof,))
    try:
        if place.file is not None:
            return _search_file(place.file, place.files(), erased, texts, progress, everywhere)
        return _search_files(place.files(), erased, texts, progress, everywhere)
    except Refused:
        if not progress.is_stopped:
            raise
        return replace(erased, why_not_proved=(STOPPED,))


def _search_files(
    files: Sequence[Path], erased: Erased, texts: Sequence[bytes], progress: Progress, everywhere: bool
) -> Erased:
    """For files that are written as a whole and have only what is stored: what is found there is stored."""
    try:
        hits = search(files, texts, progress)
    except OSError as error:
        return replace(erased, why_not_proved=(f"The files cannot be searched: {error.strerror}.",))
    found = [f"{hit.text.decode(errors='replace')!r} is still stored: {hit.file}" for hit in hits[:CHECKED]]
    size = sum(file.stat().st_size for file in files if file.exists())
    return replace(
        erased,
        searched=f"{counted(len(texts), 'text')} in {counted(len(files), 'file')} ({size:,} bytes)",
        left=tuple(found) if everywhere else (),
        elsewhere=() if everywhere else tuple(found),
        notes=(*erased.notes, OUTSIDE),
    )


def _search_file(
    path: Path, files: Sequence[Path], erased: Erased, texts: Sequence[bytes], progress: Progress, everywhere: bool
) -> Erased:
    why = _rewrite(path, progress)
    try:
        hits = search(files, texts, progress)
    except OSError as error:
        return replace(erased, why_not_proved=(*why, f"The file cannot be searched: {error.strerror}."))
    left, elsewhere = _left(path, hits, everywhere, progress)
    looked = ", ".join(f"{file.name} ({file.stat().st_size:,} bytes)" for file in files if file.exists())
    # What kept the file from being rewritten matters only if something was found.
    return replace(
        erased,
        searched=f"{counted(len(texts), 'text')} in {looked}",
        left=tuple(left),
        why_not_proved=tuple(why) if left else (),
        elsewhere=tuple(elsewhere),
        notes=(*erased.notes, OUTSIDE),
    )


def _rewrite(path: Path, progress: Progress) -> list[str]:
    """Write the file without its free pages, and empty its log. Returns what went wrong."""
    why = []
    with closing(sqlite3.connect(path, timeout=2, isolation_level=None)) as connection:
        try:
            with progress.interrupting(connection.interrupt):
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


def _left(path: Path, hits: Sequence[Hits], everywhere: bool, progress: Progress) -> tuple[list[str], list[str]]:
    """What is left, and which texts the rows that stay have too.

    A text is left if the files have it more often than it is stored, or with `everywhere` if it is stored at all.
    """
    left, elsewhere = [], []
    texts = list(dict.fromkeys(hit.text for hit in hits))
    for text in texts[:CHECKED]:
        count = sum(hit.count for hit in hits if hit.text == text)
        where, stored = _stored(path, text, progress)
        shown = text.decode(errors="replace")
        if count > stored:
            files = ", ".join(hit.file for hit in hits if hit.text == text)
            left.append(f"{shown!r} is {count} times in {files}, and {stored} times in what is stored")
        elif everywhere:
            left.append(f"{shown!r} is still stored: {where}")
        else:
            elsewhere.append(f"{shown!r} is stored elsewhere too: {where}.")
    if len(texts) > CHECKED:
        left.append(f"{len(texts) - CHECKED} more texts were found, and not looked for in what is stored")
    return left, elsewhere


def _stored(path: Path, text: bytes, progress: Progress) -> tuple[str, int]:
    """In which columns of which tables the text is stored now, and how often."""
    places, count = [], 0
    with (
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection,
        progress.interrupting(connection.interrupt),
    ):
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for (table,) in tables.fetchall():
            for column in [found[1] for found in connection.execute(f'PRAGMA table_xinfo("{table}")')]:
                query = f'SELECT CAST("{column}" AS BLOB) FROM "{table}" WHERE instr(CAST("{column}" AS BLOB), ?) > 0'
                found = sum(bytes(data).count(text) for (data,) in connection.execute(query, (text,)))
                if found:
                    places.append(f"{table}.{column}")
                    count += found
    return ", ".join(places), count
