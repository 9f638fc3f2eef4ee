"""Copies sessions into a place in one transaction, and checks what was written before it is committed."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast
from uuid import uuid4

from lessons.kit.life_cycle.places.addresses import sqlite_place
from lessons.kit.life_cycle.places.place import (
    KEEPS,
    STRUCTURE,
    USAGE,
    Loss,
    Place,
    Row,
    SessionInfo,
    Source,
    Writing,
    digest,
    is_encrypted,
    refuse,
)
from lessons.kit.life_cycle.places.same_place import same_place
from lessons.kit.life_cycle.places.sealed_place import Decrypted, SealedPlace, as_stored, comes_in_envelopes, fitting
from lessons.kit.life_cycle.places.sql_place import ADVANCED, SqlPlace
from lessons.kit.life_cycle.progress import Progress
from lessons.kit.problems.counted import counted

IfExists = Literal["refuse", "keep", "rename", "merge"]
"""What to do with a session if the target has its id: refuse everything, keep the session of the target and leave this one out,
give this one a new id, or add its rows to those of the target."""


@dataclass(frozen=True)
class Copied:
    """One session that was copied: the id that it has in the target, how many rows it was given, and how it came there.

    `checksum` is that of all its rows in the source when they were read.
    """

    session_id: str
    as_id: str
    rows: int
    how: Literal["new", "kept", "renamed", "merged"]
    checksum: str = ""


@dataclass(frozen=True)
class Report:
    """What was copied, and what the target does not keep."""

    copied: tuple[Copied, ...]
    losses: tuple[Loss, ...]


class _Abandoned(Exception):
    """Ends a transaction that was only tried."""


PHASES = {"rows read": 1, "rows copied": 1, "rows compared": 2}
"""What a copy reports, and how many times it goes through all rows for each."""

READ, COPIED, COMPARED = PHASES

_QUIET = Progress()


def copy_sessions(
    source: Source,
    target: Place,
    session_ids: Sequence[str],
    if_exists: IfExists = "refuse",
    progress: Progress = _QUIET,
    *,
    dry_run: bool = False,
) -> Report:
    """Copy sessions: all of them, or none if anything goes wrong or it is stopped. Raises Refused.

    Before the transaction is committed, what the target would return of each session is compared with what the source returns,
    text by text and in order. With `dry_run` everything is written and compared, and then undone.
    """
    if same_place(source, target):
        raise refuse("Both are the same place.", "Name two different places.")
    source, target = fitting(source, target)
    found: list[Copied] = []
    losses: list[Loss] = []
    with ExitStack() as stack:
        stack.enter_context(progress.interrupting(getattr(source, "interrupt", lambda: None)))
        stack.enter_context(source.reading())
        told = _Told(progress, source.count(session_ids))
        try:
            with _made_aside(target) as aside, progress.interrupting(aside.interrupt), aside.writing() as writing:
                for session_id in session_ids:
                    where = as_stored(source, aside, writing, session_id)
                    one = _One(source, *where, session_id, told)
                    done = one.copy(if_exists)
                    found.append(done)
                    losses += [*one.losses(done), *_not_opened(source, aside, done)]
                if dry_run:
                    raise _Abandoned
        except _Abandoned:
            pass
    return Report(tuple(found), tuple(losses))


@contextmanager
def _made_aside(target: Place) -> Iterator[Place]:
    """The target itself; a SQLite file that does not exist yet is made under another name, and renamed when it is whole."""
    if isinstance(target, SealedPlace):
        with _made_aside(target.inner) as inner:
            yield cast("Place", target.around(inner))
        return
    path = target.file
    if path is None or not isinstance(target, SqlPlace) or path.exists():
        yield target
        return
    part = path.with_name(f"{path.name}.{uuid4().hex[:8]}.part")
    files = [part, *(Path(f"{part}{suffix}") for suffix in ("-wal", "-shm", "-journal"))]
    try:
        if target.makes_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        part.touch(0o600)
        aside = sqlite_place(part, target.session_class, target.tables)
        aside.label = target.label
        yield aside
        part.replace(path)
    except OSError as error:
        raise refuse(f"{path} cannot be made: {error.strerror}.", "Name another file.") from error
    finally:
        for file in files:
            file.unlink(missing_ok=True)


def _not_opened(source: Source, target: Place, done: Copied) -> list[Loss]:
    """The loss if rows came as envelopes that the key of the target does not open."""
    if done.how == "kept" or not comes_in_envelopes(source, target, done.session_id):
        return []
    rows = cast("Decrypted", target).words(done.session_id, source.rows(done.session_id))
    count = sum(is_closed for _, _, is_closed in rows)
    said = f"{counted(count, 'row')} that the key of the target does not open: they came encrypted with another one"
    return [Loss(done.session_id, said)] if count else []


class _Told:
    """Counts and reports how many rows of all sessions were read, copied and compared so far, of `total`."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total = progress, total
        self._done = dict.fromkeys(PHASES, 0)

    def so_far(self, what: str) -> int:
        return self._done[what]

    def each(self, rows: Iterable[Row], what: str, before: int | None = None) -> Iterator[Row]:
        """The rows, counted and reported as they are taken. Rows that are read again are counted from the same `before`."""
        before = self._done[what] if before is None else before
        self._done[what] = before
        for row in self._progress.each(rows, what, self._total * PHASES[what], before):
            self._done[what] += 1
            yield row


class _One:
    """The copy of one session."""

    def __init__(self, source: Source, target: Place, writing: Writing, session_id: str, told: _Told) -> None:
        self._source, self._target, self._writing, self._told = source, target, writing, told
        info = source.session(session_id)
        if info is None:
            raise refuse(f"{source.label} has no session {session_id!r}.", "Name one that it has.")
        self._info = info
        self._keeps_keys, self._count = False, 0
        self._left_out = 0
        # Rows of all branches can be kept as they are only in a new session of the same class.
        self._is_whole = source.session_class == target.session_class == ADVANCED

    def copy(self, if_exists: IfExists) -> Copied:
        info, session_id = self._info, self._info.session_id
        whole = digest(self._told.each(self._source.rows(session_id), READ))[1]
        how: Literal["new", "kept", "renamed", "merged"] = "new"
        after = skip = 0
        if self._writing.exists(session_id):
            if if_exists == "refuse":
                raise refuse(
                    f"{self._target.label} has a session {session_id!r}.",
                    "Say what to do: keep it, rename the new one, or merge the two.",
                )
            if if_exists == "keep":
                return Copied(session_id, session_id, 0, "kept", whole)
            how = "renamed" if if_exists == "rename" else "merged"
        if how == "renamed":
            info = replace(info, session_id=self._free_id())
        if how == "merged":
            after, skip = self._writing.newest_key(session_id), self._common_beginning()
            self._is_whole = False
        else:
            self._writing.add_session(info)
        copied = self._told.so_far(COPIED)
        rows = self._all_rows if self._is_whole else lambda: self._new_rows(skip)
        self._count, self._keeps_keys = self._writing.add_rows(
            info, lambda: self._told.each(rows(), COPIED, copied), keep_keys=how != "merged"
        )
        if self._is_whole:
            self._writing.add_more(info.session_id, self._source.more(session_id))
        else:
            self._writing.put_on_main(info.session_id, after)
        self._compare(info, after, skip)
        return Copied(session_id, info.session_id, self._count, how, whole)

    def losses(self, done: Copied) -> list[Loss]:
        """What the target does not keep of the session."""
        if done.how == "kept":
            return []
        lost = {name: self._lost(name) for name in KEEPS if name in _has(self._source, self._info)}
        unread = getattr(self._source, "unread", {}).get(done.session_id, 0)
        if unread:
            lost["unread"] = (
                f"{counted(unread, 'row')} that the session does not return: another key, expired or not encrypted"
            )
        if self._left_out:
            lost["rows"] = f"{counted(self._left_out, 'row')} that this class does not keep: not an item in JSON"
        return [Loss(done.session_id, what, is_small=name == "keys") for name, what in lost.items() if what]

    def _lost(self, name: str) -> str:
        keeps = self._target.keeps
        if name == "keys":
            new = "row ids: the rows have new ones" if "keys" in keeps else KEEPS["keys"]
            return "" if self._keeps_keys or not self._count else new
        if name not in ("branches", "usage"):
            return "" if name in keeps else KEEPS[name]
        if self._is_whole:
            return ""
        more = list(self._source.more(self._info.session_id))
        if name == "usage":
            count = sum(table == USAGE for table, _ in more)
            return f"the usage of {counted(count, 'turn')}" if count else ""
        branches = sorted({str(values["branch_id"]) for table, values in more if table == STRUCTURE} - {"main"})
        seen = sum(1 for _ in self._source.visible(self._info.session_id))
        hidden = sum(1 for _ in self._source.rows(self._info.session_id)) - seen
        if not branches and not hidden:
            return ""
        named = f"branches: {', '.join(branches)}" if branches else "rows on no branch"
        return f"{named} ({counted(hidden, 'row')} only there)"

    def _all_rows(self) -> Iterator[Row]:
        return self._source.rows(self._info.session_id)

    def _new_rows(self, skip: int) -> Iterator[Row]:
        """The rows that a new handle returns, without the first `skip`, which the target has, and those it cannot take."""
        left_out = 0
        for number, row in enumerate(self._source.visible(self._info.session_id)):
            if number < skip:
                continue
            if not self._target.takes(row.data):
                left_out += 1
                continue
            yield row
        self._left_out = left_out

    def _common_beginning(self) -> int:
        """How many rows of the target are the same as the first of the source; 0 if the target has any other."""
        count = 0
        coming = filter(lambda row: self._target.takes(row.data), self._source.visible(self._info.session_id))
        for there in self._target.visible(self._info.session_id):
            here = next(coming, None)
            if here is None or self._target.form(here.data) != self._target.form(there.data):
                return 0
            count += 1
        return count

    def _free_id(self) -> str:
        session_id = self._info.session_id
        if any(is_encrypted(row.data) for row in self._source.visible(session_id)):
            raise refuse(
                f"The session {session_id!r} is encrypted with a key made of its id: under another id nothing opens it.",
                "Keep the session that is there, or move this one to another place.",
            )
        number = 2
        while self._writing.exists(f"{session_id} ({number})"):
            number += 1
        return f"{session_id} ({number})"

    def _compare(self, info: SessionInfo, after: int, skip: int) -> None:
        expected = digest(self._formed(self._new_rows(skip)))
        if digest(self._formed(self._writing.written(info.session_id, after))) != expected:
            raise refuse(
                f"{self._target.label} would not return of the session {info.session_id!r} what was read.",
                "Nothing was stored, because the two were compared first.",
            )

    def _formed(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows as the target gives them back."""
        for row in self._told.each(rows, COMPARED):
            yield replace(row, data=self._target.form(row.data))


def _has(source: Source, info: SessionInfo) -> set[str]:
    """Which of KEEPS the session has in the source."""
    has = {"expiry"} if info.expires_at is not None else set()
    first = next(source.rows(info.session_id), None)
    if first is not None:
        has |= {name for name, value in (("keys", first.key), ("times", first.at)) if value is not None}
    if "form" in getattr(source, "keeps", KEEPS):
        has.add("form")
    if isinstance(source, Decrypted):
        has.add("encryption")
    return has | ({"branches", "usage"} if source.session_class == ADVANCED else set())


def report_lines(report: Report, label: str, *, dry_run: bool) -> list[str]:
    """What was copied, for a person."""
    verb = "to be" if dry_run else "now"
    rows = sum(one.rows for one in report.copied)
    new = [one for one in report.copied if one.how != "kept"]
    lines = [f"{counted(len(new), 'session')} with {counted(rows, 'row')} {verb} stored in {label}."]
    for one in report.copied:
        if one.how == "kept":
            lines.append(f"  {one.session_id}: left out, the one that was there is kept")
        elif one.how == "renamed":
            lines.append(f"  {one.session_id}: as {one.as_id}")
        elif one.how == "merged":
            lines.append(f"  {one.session_id}: {counted(one.rows, 'row')} added to those that were there")
    lines += [f"  not kept of {loss.session_id}: {loss.what}" for loss in report.losses]
    return lines
