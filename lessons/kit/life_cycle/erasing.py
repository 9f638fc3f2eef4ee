"""Erases sessions, or the rows that contain a text, and looks in the raw bytes of the storage for what may be left."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from lessons.kit.life_cycle.places.dialects import SQLite
from lessons.kit.life_cycle.places.place import Place, Row, is_encrypted, refuse
from lessons.kit.life_cycle.places.sealed_place import SealedPlace
from lessons.kit.life_cycle.progress import Progress
from lessons.kit.life_cycle.proving import OUTSIDE, WHILE_IN_USE, Erased, prove
from lessons.kit.life_cycle.raw_bytes import Pieces, contains, forms_of
from lessons.kit.problems.counted import counted

SHORTEST_TEXT = 3
"""How many characters a text to erase must have at least: a shorter text is in nearly every row."""

SHOWN = 20


def sessions_with_prefix(place: Place, prefix: str) -> list[str]:
    """The ids that begin with `prefix`, such as those of one user. Raises Refused if it is empty."""
    if not prefix:
        raise refuse("The prefix is empty: it would be every session.", "Name the beginning of the ids.")
    with place.reading():
        return [info.session_id for info in place.sessions() if info.session_id.startswith(prefix)]


ERASED = "rows erased"

_QUIET = Progress()


def erase_sessions(place: Place, session_ids: Sequence[str], progress: Progress = _QUIET) -> Erased:
    """Erase sessions with all that belongs to them, in one transaction, and search for what they said. Raises Refused."""
    pieces, rows = Pieces(), 0
    with progress.interrupting(place.interrupt), _overwriting(place), place.writing() as writing:
        total = place.count(session_ids)
        for session_id in session_ids:
            if place.session(session_id) is None:
                raise refuse(f"{place.label} has no session {session_id!r}.", "Name one that it has.")
            for row in progress.each(place.rows(session_id), ERASED, total, rows):
                pieces.add(row.data)
            rows += writing.remove(session_id)
    # An id that is part of another id is still stored, and short ids are everywhere: neither is searched for.
    with place.reading():
        ids = [info.session_id for info in place.sessions()]
    alone = [one for one in session_ids if len(one) >= SHORTEST_TEXT and not any(one in other for other in ids)]
    texts = [*(one.encode("utf-8", "surrogateescape") for one in alone), *pieces.all]
    notes = []
    if pieces.is_sample:
        notes.append(f"They said so much that only {len(pieces.all)} pieces of it were searched for, evenly chosen.")
    erased = Erased(tuple(session_ids), rows, notes=tuple(notes))
    return prove(place, erased, texts, progress, everywhere=False)


def erase_text(place: Place, text: str, progress: Progress = _QUIET) -> Erased:
    """Erase every row that contains a text, in one transaction, and search for the text. Raises Refused.

    Encrypted rows are read with the key of the place. If such rows are erased, the bytes are searched for their envelopes too.
    """
    forms = _forms(text)
    touched, count, notes, envelopes = [], 0, list[str](), Pieces()
    sealed = halves = read = 0
    with progress.interrupting(place.interrupt), _overwriting(place), place.writing() as writing:
        ids = [info.session_id for info in place.sessions()]
        total = place.count(ids)
        for session_id in ids:
            found, gone = [], set[str | None]()
            for row, words, is_closed in _words(
                place, session_id, progress.each(place.rows(session_id), "rows read", total, read)
            ):
                read += 1
                sealed += is_closed
                if contains(words, forms):
                    found.append(row)
                    gone.add(_call_id(words))
                    if is_encrypted(row.data):
                        envelopes.add(_mac(row.data))
            if not found:
                continue
            writing.remove_rows(session_id, found)
            touched.append(session_id)
            count += len(found)
            if gone - {None}:
                left = _words(place, session_id, place.rows(session_id))
                halves += sum(_call_id(words) in gone - {None} for _, words, _ in left if not contains(words, forms))
    if halves:
        notes.append(
            f"{counted(halves, 'other half', 'other halves')} of an erased tool call: users report that hosted models "
            "refuse half a pair."
        )
    texts = [*forms, *envelopes.all]
    erased = prove(place, Erased(tuple(touched), count, notes=tuple(notes)), texts, progress, everywhere=True)
    return replace(erased, why_not_proved=(*erased.why_not_proved, _sealed(sealed))) if sealed else erased


@dataclass(frozen=True)
class ErasePreview:
    """What would be erased: sessions, rows, and the bytes of their texts. `whole`: all rows of these sessions.

    `not_proved` says why an erasure could not be proved, and `limits` what a proof would not cover.
    """

    sessions: tuple[str, ...]
    rows: int
    bytes: int
    whole: bool
    not_proved: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


def preview_sessions(place: Place, session_ids: Sequence[str], progress: Progress = _QUIET) -> ErasePreview:
    """What `erase_sessions` would erase now. Changes nothing. Raises Refused."""
    rows = size = 0
    with progress.interrupting(place.interrupt), place.reading():
        for number, session_id in enumerate(session_ids, start=1):
            if place.session(session_id) is None:
                raise refuse(f"{place.label} has no session {session_id!r}.", "Name one that it has.")
            found = place.summary(session_id)
            rows, size = rows + found.rows, size + found.bytes
            progress("sessions measured", number, len(session_ids))
    return _expected(place, ErasePreview(tuple(session_ids), rows, size, whole=True))


def preview_text(place: Place, text: str, progress: Progress = _QUIET) -> ErasePreview:
    """What `erase_text` would erase now. Changes nothing. Raises Refused."""
    forms, touched = _forms(text), list[str]()
    rows = size = read = sealed = 0
    with progress.interrupting(place.interrupt), place.reading():
        ids = [info.session_id for info in place.sessions()]
        total = place.count(ids)
        for session_id in ids:
            before = rows
            for row, words, is_closed in _words(
                place, session_id, progress.each(place.rows(session_id), "rows read", total, read)
            ):
                read += 1
                sealed += is_closed
                if contains(words, forms):
                    rows, size = rows + 1, size + len(row.data.encode("utf-8", "surrogateescape"))
            if rows > before:
                touched.append(session_id)
    why = (_sealed(sealed),) if sealed else ()
    return _expected(place, ErasePreview(tuple(touched), rows, size, whole=False, not_proved=why))


def erase_preview_lines(seen: ErasePreview) -> list[str]:
    """What would be erased, for a person."""
    what = "all of them" if seen.whole else "the rows with that text"
    lines = [
        f"{counted(seen.rows, 'row')} of {counted(len(seen.sessions), 'session')} would be erased, {what}: "
        f"{counted(seen.bytes, 'byte')} of text."
    ]
    lines += [f"  {session_id}" for session_id in seen.sessions[:SHOWN]]
    if len(seen.sessions) > SHOWN:
        lines.append(f"  and {len(seen.sessions) - SHOWN} more")
    if seen.not_proved:
        return [*lines, "It could not be proved afterwards:", *(f"  {why}" for why in seen.not_proved)]
    return [*lines, "Afterwards the bytes of the storage would be searched, to prove it.", *seen.limits]


def _expected(place: Place, seen: ErasePreview) -> ErasePreview:
    """The preview, with what is known about the proof before the erasure."""
    if place.why_no_proof:
        return replace(seen, not_proved=(place.why_no_proof, *seen.not_proved))
    return replace(seen, limits=(WHILE_IN_USE, OUTSIDE) if place.file is not None else (OUTSIDE,))


def _words(place: Place, session_id: str, rows: Iterable[Row]) -> Iterator[tuple[Row, str, bool]]:
    """Each row, its text, and whether the text cannot be read: it is encrypted, and the place has no key for it."""
    if isinstance(place, SealedPlace):
        return place.words(session_id, rows)
    return ((row, row.data, is_encrypted(row.data)) for row in rows)


def _mac(data: str) -> str:
    """A part near the end of an envelope, which no other envelope has."""
    return str(json.loads(data)["payload"])[-36:-4]


def _sealed(count: int) -> str:
    return f"{counted(count, 'encrypted row')}: without their key nobody can see whether the text is there."


def _forms(text: str) -> tuple[bytes, ...]:
    if len(text) < SHORTEST_TEXT:
        raise refuse(f"The text has fewer than {SHORTEST_TEXT} characters.", "Give a longer one.")
    return forms_of(text)


def _call_id(data: str) -> str | None:
    try:
        item = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return str(item["call_id"]) if isinstance(item, dict) and item.get("call_id") else None


class _overwriting:
    """Makes SQLite overwrite what it deletes with zeros, whatever its own setting is."""

    def __init__(self, place: Place) -> None:
        self._database = getattr(place, "database", None) if place.file is not None else None

    def __enter__(self) -> None:
        if isinstance(self._database, SQLite):
            self._database.secure_delete = True

    def __exit__(self, *_: object) -> None:
        if isinstance(self._database, SQLite):
            self._database.secure_delete = False


def erased_lines(erased: Erased) -> list[str]:
    """What was erased and what proves it, for a person."""
    lines = [f"Erased: {counted(erased.rows, 'row')} of {counted(len(erased.sessions), 'session')}."]
    if erased.searched:
        lines.append(f"Searched for {erased.searched}: {_what_is_left(erased)}")
    lines += [f"  {one}" for one in (*erased.left, *erased.elsewhere)]
    lines.append("This proves that it is erased." if erased.proved else "It is not proved that it is erased:")
    lines += [f"  {why}" for why in erased.why_not_proved]
    return [*lines, *erased.notes]


def _what_is_left(erased: Erased) -> str:
    if erased.left:
        return "something is left."
    if not erased.elsewhere:
        return "nothing is left."
    return (
        f"nothing of the erased rows is left, and rows that stay have {counted(len(erased.elsewhere), 'equal text')}."
    )
