"""What the steps and challenges of Redis look at: the keys that a turn changed, and when they expire."""

from datetime import UTC, datetime, timedelta

from lessons.kit.records import ChangedRow, TurnRecord
from lessons.kit.stores.redis.store import KEYS


def keys(seen: TurnRecord, mark: str) -> list[ChangedRow]:
    """The keys that the turn added, removed or changed."""
    return [row for table in seen.changes if table.table == KEYS for row in getattr(table, mark)]


def types_of_new_keys(seen: TurnRecord) -> list[str]:
    """The Redis types of the keys that the turn added."""
    return [(row.after or {})["type"] for row in keys(seen, "added")]


def entries_added(seen: TurnRecord, session_id: str = "alice") -> int:
    """How many more entries the list of this session has than before the turn."""
    for row in (*keys(seen, "changed"), *keys(seen, "added")):
        if str(row.key).endswith(f":{session_id}:messages"):
            return int((row.after or {})["entries"]) - int((row.before or {}).get("entries", "0"))
    return 0


def numbered_from_one(seen: TurnRecord) -> bool:
    """Whether the rows that the turn added are the entries 1, 2, 3 and so on of the list."""
    return [row.key for row in seen.added] == [*range(1, len(seen.added) + 1)]


def all_returned(seen: TurnRecord) -> bool:
    """Whether the session returned every row that it has."""
    return all(line.returned for line in seen.ledger.lines if line.row is not None)


def all_gone(seen: TurnRecord) -> bool:
    """Whether the turn removed every row of the session."""
    return all(line.mark == "removed" for line in seen.ledger.lines)


def server_answered(seen: TurnRecord) -> bool:
    """Whether the first value that the code returned is True, the answer to a ping."""
    return "".join((seen.result or "")[:20].split()).startswith("[true,")  # a long result is cut, so it is not decoded


def ends(seen: TurnRecord, session_id: str = "alice", part: str = ":messages") -> tuple[str, str]:
    """When the list of this session was to expire before the turn, and when after it; '' if it does not expire.

    Both are '' for a key that the turn did not change. With `part=""` it is the hash.
    """
    for row in (*keys(seen, "changed"), *keys(seen, "added")):
        if str(row.key).endswith(f":{session_id}{part}"):
            return (row.before or {}).get("expires_at", ""), (row.after or {}).get("expires_at", "")
    return "", ""


def both_expire_later(seen: TurnRecord) -> bool:
    """Whether the list and the hash expire later than before, or have an expiry now and had none."""
    return all(before < after for before, after in (ends(seen), ends(seen, part="")))


def in_ten_minutes(seen: TurnRecord) -> bool:
    """Whether the list is to expire nine to eleven minutes after the turn: the clock of a server may differ."""
    end = datetime.fromisoformat(ends(seen)[1]).replace(tzinfo=UTC)
    left = (end - datetime.fromisoformat(seen.started_at)).total_seconds() - seen.milliseconds / 1000
    return 9 * 60 < left < 11 * 60


def were_to_expire_later(seen: TurnRecord) -> bool:
    """Whether the keys that are gone had an expiry, before the turn, that is after its end."""
    end = datetime.fromisoformat(seen.started_at) + timedelta(milliseconds=seen.milliseconds)
    times = [(row.before or {})["expires_at"] for row in keys(seen, "removed")]
    return all(time and datetime.fromisoformat(time).replace(tzinfo=UTC) > end for time in times)


def touched_the_list(seen: TurnRecord, session_id: str) -> bool:
    """Whether the turn made, changed or deleted the list of this session."""
    return any(
        str(row.key).endswith(f":{session_id}:messages")
        for mark in ("added", "changed", "removed")
        for row in keys(seen, mark)
    )


def went_on_without_moving(seen: TurnRecord) -> bool:
    """Whether the list was changed and has an expiry, the same as before."""
    before, after = ends(seen)
    return bool(before) and before == after
