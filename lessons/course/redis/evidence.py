"""What the steps and challenges of Redis look at: the keys that a turn changed, and when they expire."""

from datetime import UTC, datetime

from lessons.kit.records import ChangedRow, TurnRecord
from lessons.kit.stores.redis.store import KEYS


def keys(seen: TurnRecord, mark: str) -> list[ChangedRow]:
    """The keys that the turn added, removed or changed."""
    return [row for table in seen.changes if table.table == KEYS for row in getattr(table, mark)]


def types_of_new_keys(seen: TurnRecord) -> list[str]:
    """The Redis types of the keys that the turn added."""
    return [(row.after or {})["type"] for row in keys(seen, "added")]


def ends(seen: TurnRecord, session_id: str = "alice", part: str = ":messages") -> tuple[str, str]:
    """When the list of this session was to expire before the turn, and when it is after it; '' where it stays.

    With `part=""` it is the hash.
    """
    for row in (*keys(seen, "changed"), *keys(seen, "added")):
        if str(row.key).endswith(f":{session_id}{part}"):
            return (row.before or {}).get("expires_at", ""), (row.after or {}).get("expires_at", "")
    return "", ""


def both_expire_later(seen: TurnRecord) -> bool:
    """The list and the hash expire later than before, or begin to expire."""
    return all(before < after for before, after in (ends(seen), ends(seen, part="")))


def in_ten_minutes(seen: TurnRecord) -> bool:
    """The list is to expire ten minutes after the turn, give or take one: the clock of a server may differ."""
    end = datetime.fromisoformat(ends(seen)[1]).replace(tzinfo=UTC)
    left = (end - datetime.fromisoformat(seen.started_at)).total_seconds() - seen.milliseconds / 1000
    return 9 * 60 < left < 11 * 60


def touched_the_list(seen: TurnRecord, session_id: str) -> bool:
    """Whether the turn made, changed or deleted the list of this session."""
    return any(
        str(row.key).endswith(f":{session_id}:messages")
        for mark in ("added", "changed", "removed")
        for row in keys(seen, mark)
    )


def went_on_without_moving(seen: TurnRecord) -> bool:
    """Entries came or went, and the list expires when it was to expire before."""
    before, after = ends(seen)
    return bool(before) and before == after
