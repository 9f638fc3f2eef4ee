"""Which sessions a check is for, and its report: the part of it that does not need the SDK."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.findings.finding import Finding
from lessons.kit.inspect.opening.shapes import looks_like_an_item
from lessons.kit.inspect.opening.words import NO_ITEMS
from lessons.kit.inspect.stored import CLASSES, ROWS_LIMIT, SDK_NAMES, CannotRead, Head, Pair, Storage, TimeIsUp

SESSIONS_LIMIT = 1_000
SECONDS = 600.0
_NAMED = 3
"""At most so many sessions are named in a sentence."""


@dataclass(frozen=True)
class Wanted:
    """Which sessions are checked: one by its id, or the newest `sessions`, used at or after `since` (UTC text).

    If `sessions` is None, the newest SESSIONS_LIMIT are checked, and the report says so if there are more. Of each session the
    newest `rows` rows are read. `seconds` is the limit for the whole check. `table` is a table of items; None means every table
    with sessions.
    """

    session: str | None = None
    since: str = ""
    sessions: int | None = None
    rows: int = ROWS_LIMIT
    seconds: float = SECONDS
    table: str | None = None


@dataclass(frozen=True)
class NotChecked:
    """What was not checked, and why: these sessions, or without sessions what `why` says as a whole sentence."""

    why: str
    sessions: tuple[str, ...] = ()

    def __str__(self) -> str:
        *others, last = self.sessions or ("",)
        if not self.sessions:
            return self.why
        if not others:
            return f"Session {last}: {self.why}"
        if len(others) < _NAMED:
            return f"Sessions {', '.join(others)} and {last}: {self.why}"
        return f"{len(self.sessions):,} sessions ({', '.join(others[: _NAMED - 1])}, …, {last}): {self.why}"


def grouped(incomplete: Iterable[NotChecked]) -> list[NotChecked]:
    """The same, where those that differ only in the sessions are one."""
    groups: dict[tuple[str, bool], list[str]] = {}
    for one in incomplete:
        groups.setdefault((one.why, bool(one.sessions)), []).extend(one.sessions)
    return [NotChecked(why, tuple(sessions)) for (why, _), sessions in groups.items()]


@dataclass
class Report:
    """What was found. `incomplete` is what was not checked, in the order in which that was met; empty if everything was."""

    sessions: int = 0
    findings: list[Finding] = field(default_factory=list)
    incomplete: list[NotChecked] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        return not self.incomplete

    @property
    def not_checked(self) -> list[NotChecked]:
        """The same as `incomplete`, where those that differ only in the sessions are one."""
        return grouped(self.incomplete)


def check_class(storage: Storage, settings: Settings) -> None:
    """Raises CannotRead if the chosen class cannot open this kind of storage."""
    if storage.medium == "JSON" and settings.class_name is not None:
        raise CannotRead(f"{storage.label} is read as your own class: leave the class out.")
    able = {"SQLite": CLASSES[:4], "Redis": ("RedisSession",)}.get(storage.medium, ("SQLAlchemySession",))
    if settings.class_name is not None and settings.class_name not in able:
        raise CannotRead(
            f"{settings.class_name} cannot open {storage.label}: on {storage.medium} it is {' or '.join(able)}."
        )


def heads_of(storage: Storage, wanted: Wanted, report: Report) -> Iterator[Head]:
    """The wanted sessions, from all pairs of tables. Raises CannotRead if a table or session that is named does not exist."""
    pairs, not_looked_at = looked_at(storage, wanted.table)
    report.incomplete += map(NotChecked, not_looked_at)
    if wanted.session is not None:
        found = [head for pair in pairs if (head := storage.find(pair, wanted.session)) is not None]
        if not found:
            raise CannotRead(f"{storage.label} has no session {wanted.session!r}.")
        yield from found
        return
    limit = SESSIONS_LIMIT if wanted.sessions is None else wanted.sessions
    heads = []
    for pair in pairs:
        try:
            heads += storage.newest(pair, limit + 1, wanted.since)
        except TimeIsUp as error:
            report.incomplete.append(NotChecked(str(error)))
    if len(pairs) > 1:
        heads.sort(key=lambda head: head.used, reverse=True)
    if len(heads) > limit and wanted.sessions is None:
        why = f"Only the newest {limit:,} sessions were checked. --sessions and --since choose others."
        report.incomplete.append(NotChecked(why))
    yield from heads[:limit]


def looked_at(storage: Storage, table: str | None = None) -> tuple[list[Pair], list[str]]:
    """The pairs that are read, and a sentence for each table of sessions that is not. With `table`, only what is of that one.

    Raises CannotRead if there are no pairs; only on Redis it returns an empty list then, unless a table is named.
    """
    found, not_readable = storage.pairs(), storage.not_readable()
    if table is None:
        others = [pair for pair in found if _is_of_another_program(storage, pair)]
        pairs = [pair for pair in found if pair not in others]
        reasons = [*not_readable.values(), *(_OF_ANOTHER_PROGRAM.format(pair.messages) for pair in others)]
    else:
        pairs = [pair for pair in found if pair.messages == table]
        reasons = [
            not_readable[name] for name in (table, table.replace("messages", "sessions")) if name in not_readable
        ]
    told = [f"{storage.label}: {why}" for why in reasons]
    if not pairs and told:
        raise CannotRead(" ".join(told))
    if not pairs and table is not None:
        raise CannotRead(f"{storage.label} has no table {table!r} with sessions.")
    if not pairs and storage.medium != "Redis":
        raise CannotRead(f"{storage.label} {NO_ITEMS}")
    return pairs, told


def found_pairs(storage: Storage) -> list[Pair]:
    """The pairs that are read. Raises CannotRead as `looked_at` does."""
    return looked_at(storage)[0]


def _is_of_another_program(storage: Storage, pair: Pair) -> bool:
    """Whether a table has the columns of the SDK's tables, and none of its newest rows looks like an item.

    What has the name that the SDK gives is its own, whatever is in it.
    """
    if pair.messages in SDK_NAMES:
        return False
    try:
        rows = storage.some_rows(pair)
    except (CannotRead, TimeIsUp):  # the check says it of each session
        return False
    return bool(rows) and not any(looks_like_an_item(row.text) for row in rows)


_OF_ANOTHER_PROGRAM = (
    "{0} looks like a table of items, and none of its newest rows looks like an item of the SDK. The table was not "
    "looked at. If it is one of yours, the terminal looks at it with --table {0}."
)
