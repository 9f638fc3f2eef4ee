"""What a reader sees of one session: its rows, what the next run does with each, and what is wrong."""

from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from lessons.kit.inspect.dry_run import Settings, not_posted, raised
from lessons.kit.inspect.findings.all_findings import findings_in
from lessons.kit.inspect.findings.case import Case, Seen
from lessons.kit.inspect.findings.deletes import Deleted, what_would_delete
from lessons.kit.inspect.findings.finding import Finding
from lessons.kit.inspect.running.apart import apart
from lessons.kit.inspect.running.kept import Kept, can_be_kept, name_of
from lessons.kit.inspect.stored import NO_ITEM, ROWS_LIMIT, CannotRead, Head, Storage, StoredSession, TurnTokens
from lessons.kit.inspect.wanted import check_class, found_pairs
from lessons.kit.items import Item, describe, handoffs_among, read

T = TypeVar("T")
SESSION_SECONDS = 20.0


@dataclass(frozen=True)
class RowLook:
    """One row of a session, and what the next run does with it.

    `value` is the item as a session returns it, NO_ITEM if none can be read. `turn` counts the user's messages up to this row,
    the row included. `partners` are the keys of the other rows with the same call id. `is_known` is False where it is not known
    whether the row is returned and sent: it is encrypted, and the key is not given.
    """

    key: int
    item: Item
    returned: bool
    sent: bool
    why: str
    risk: str
    data: str = ""
    created: str = ""
    value: Any = NO_ITEM
    turn: int = 0
    branches: tuple[str, ...] = ()
    partners: tuple[int, ...] = ()
    is_known: bool = True


@dataclass(frozen=True)
class Picture:
    """One session: its rows in stored order, what the next run sends of them, and its findings.

    `order` is a sentence with the order in which they are sent, '' for the stored order. `case` is for `try_deletes`.
    """

    rows: tuple[RowLook, ...]
    is_whole: bool
    sent: int
    order: str
    raises: str
    findings: tuple[Finding, ...]
    class_name: str
    case: Case

    @property
    def head(self) -> Head:
        return self.case.stored.head

    @property
    def usage(self) -> tuple[TurnTokens, ...]:
        return self.case.stored.usage


def open_session(storage: Storage, session_id: str, messages: str | None, settings: Settings) -> Picture:
    """One session as it is stored now, with its dry run. Raises CannotRead if it cannot be read or takes too long."""
    return picture_of(read_session(storage, session_id, messages, settings), settings)


def read_session(storage: Storage, session_id: str, messages: str | None, settings: Settings) -> StoredSession:
    """One session as it is stored now. `messages` names its table; None is the first that has it. Raises CannotRead."""
    check_class(storage, settings)
    heads = [
        head
        for pair in found_pairs(storage)
        if messages in (None, pair.messages) and (head := storage.find(pair, session_id)) is not None
    ]
    if not heads:
        of_table = "" if messages is None else f" in the table {messages!r}"
        raise CannotRead(f"{storage.label} has no session {session_id!r}{of_table}.")
    return storage.read(heads[0], ROWS_LIMIT)


def read_again(storage: Storage, session_id: str, messages: str | None, settings: Settings) -> StoredSession | Picture:
    """As read_session. It is the picture if one is kept, and the storage proves that nothing was written since it was read."""
    version = storage.version() if settings.key is None else ""
    asked = (version, session_id, messages, settings)
    if version and (name := _read.get(asked)) and (before := _kept.get(name)) is not None:
        return before
    stored = read_session(storage, session_id, messages, settings)
    if version and storage.version() == version:  # all of it was read from one state
        _read.put(asked, name_of(stored, settings), A_ROW)
    return stored


def picture_of(stored: StoredSession, settings: Settings) -> Picture:
    """The picture of a session that was read. The same rows are not run again. Raises CannotRead if it takes too long."""
    name = name_of(stored, settings)
    if (before := _kept.get(name)) is not None:
        return before
    picture = in_time(look_at(stored, settings), rows=len(stored.rows))
    if can_be_kept(picture.case):
        _kept.put(name, picture, sum(len(row.data) + A_ROW for row in picture.rows) + A_ROW)
    return picture


def kept_picture(stored: StoredSession, settings: Settings) -> Picture | None:
    """The picture of the same rows if one is kept, else None. It makes no dry run, so nobody waits."""
    return _kept.get(name_of(stored, settings))


A_ROW = 1_000
_kept: Kept[Picture] = Kept(8_000_000)
"""The room is in characters, and A_ROW more for each row: for one session of a few thousand rows, or many short ones."""
_read: Kept[bytes] = Kept(200 * A_ROW)
"""The names of the pictures of the 200 sessions that were read last, by the version of the storage and what was asked for."""


def try_deletes(picture: Picture) -> list[Deleted]:
    """What each call would delete in the session, tried on copies. Raises CannotRead if that takes too long."""
    return in_time(what_would_delete(picture.case), rows=len(picture.rows))


def in_time(work: Coroutine[Any, Any, T], seconds: float | None = SESSION_SECONDS, rows: int = 0) -> T:
    """What `work` returns, run on the dry-run loop for `rows` rows. Raises CannotRead if it takes longer than `seconds`."""
    try:
        return apart(rows).run(work, timeout=seconds)
    except TimeoutError:
        if seconds is None:
            raise
        raise CannotRead(f"This took longer than {seconds:g} seconds.") from None


async def look_at(stored: StoredSession, settings: Settings) -> Picture:
    """Make the dry runs and the picture of a session. It takes as long as it needs."""
    case = Case(stored, settings)
    outcome = await case.run()
    posted = not_posted(settings.api, outcome.sent)
    rows = []
    branches: dict[int, list[str]] = defaultdict(list)
    for row in stored.structure:
        branches[row.message].append(row.branch)
    calls: dict[str, list[int]] = defaultdict(list)
    handoffs = handoffs_among(item.value for item in case.items if item.value is not NO_ITEM)
    for item in case.items:
        if isinstance(item.get("call_id"), str):
            calls[item.get("call_id")].append(item.key)
    turn = 0
    for item in case.items:
        line = outcome.lines.get(item.key)
        seen = line.item if line is not None and item.value is not NO_ITEM else describe_row(item)
        turn += item.role == "user"
        is_known = not (case.needs_key and item.is_envelope)
        rows.append(
            RowLook(
                item.key,
                describe(item.value, handoffs) if seen.call_id in handoffs else seen,
                line is not None and line.returned,
                line is not None and line.sent and item.key not in posted,
                posted.get(item.key) or (line.why if line is not None else _NOT_FOUND if stored.id_kind else "")
                if is_known
                else _NO_KEY,
                line.risk if line is not None else "",
                item.row.text,
                item.row.created,
                item.value,
                turn,
                tuple(branches[item.key]),
                tuple(key for key in calls.get(str(item.get("call_id")), ()) if key != item.key),
                is_known,
            )
        )
    findings = await findings_in(case)
    sent = sum(row.sent for row in rows)
    raises = raised(outcome, posted)
    return Picture(
        tuple(rows), stored.is_whole, sent, outcome.other_order, raises, tuple(findings), case.class_shown, case
    )


_NO_KEY = "encrypted, and the key is not given: it is not known whether it is sent"
_NOT_FOUND = "the id of the session is not a text, so the SDK does not find the row"


def describe_row(item: Seen) -> Item:
    """The item of a row, decrypted if the key opens it. If no item can be read, the stored text."""
    return read(item.row.text) if item.value is NO_ITEM else describe(item.value)
