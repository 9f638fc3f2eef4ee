"""Rows that EncryptedSession wrote, or should have written."""

import time
from dataclasses import replace
from typing import Any

from lessons.kit.inspect.findings.case import Case, Seen
from lessons.kit.inspect.findings.deletes import Deleted, by_class, classes_for, deleted_by
from lessons.kit.inspect.findings.finding import Finding, short, subject, them
from lessons.kit.inspect.stored import NO_ITEM, ClassName
from lessons.kit.stores.encrypted.envelope import FUTURE_SECONDS

DEFAULT_TTL = 600
"""Seconds: the default of EncryptedSession."""


async def encrypted(case: Case) -> list[Finding]:
    """Without a key: what is in the rows cannot be known."""
    rows = [item.key for item in case.items if item.is_envelope]
    if not rows or case.settings.key is not None:
        return []
    says = (
        f"{subject(rows)} {'is' if len(rows) == 1 else 'are'} encrypted. Without the key it cannot be known what the next run "
        f"sends, and whether one key opens all of them.{_ages(case)} With a key that opens none, pop_item() does this: "
        f"{await _pops(case)}. Give the key on the page as “Encryption key”, in the terminal with --key-env. "
        "It stays in memory."
    )
    return [case.finding("encrypted", "note", rows, says, key="none", limit="any", api="any")]


async def wrong_key(case: Case) -> list[Finding]:
    """Rows that the given key does not open: the session skips them without an error, and a pop can delete them all."""
    rows = [item.key for item in case.items if _is_whole(item) and item.value is NO_ITEM]
    if not rows or case.settings.key is None:
        return []
    outcome = await case.run(ttl=None)
    if outcome.lines:
        rows = [key for key in rows if not outcome.lines[key].returned]
    whole = sum(item.is_envelope for item in case.items)
    says = (
        f"{subject(rows)}: this key does not open {them(rows)}; it opens {whole - len(rows)} of {whole} rows. "
        "The session skips the others without an error, and no run sends them. "
        f"pop_item() with this key does this: {await _pops(case)}. Do not pop until every row has the same key. "
        "The rows do not show whether they have another key or session id, or whether their text was changed."
    )
    return [case.finding("wrong-key", "warning", rows, says, key="given", limit="any", api="any")]


async def envelope_broken(case: Case) -> list[Finding]:
    """Envelopes that are not whole: one kind ends every read with an error, the other is skipped."""
    found = [item for item in case.items if item.is_envelope and not _is_whole(item)]
    if not found:
        return []
    outcome = await case.run(limit=None)
    rows = [item.key for item in found]
    if outcome.raises:
        bad = [
            item.key for item in found if not isinstance(item.stored.get("payload"), str) and "payload" in item.stored
        ]
        says = (
            f"{subject(bad or rows)}: an envelope whose payload is not a text. Every read without a limit raises "
            f"{short(outcome.raises)}, and so does every run without one, before a model is asked. "
            "Delete the row by SQL, not by pop_item(). The rows do not show what wrote it."
        )
        return [case.finding("envelope-broken", "error", bad or rows, says, limit="none", api="any")]
    says = (
        f"{subject(rows)}: an envelope that is cut or not complete, so no key opens it. "
        f"The session skips {them(rows)}, and no run sends {them(rows)}. pop_item() does this: {await _pops(case)}. "
        "The row does not show what was in it."
    )
    return [case.finding("envelope-broken", "warning", rows, says, limit="any", api="any")]


async def not_encrypted(case: Case) -> list[Finding]:
    """Rows that were stored without encryption in a session that is encrypted, or for which a key was given."""
    rows = [item.key for item in case.items if not item.is_envelope and item.stored is not NO_ITEM]
    if not rows or not (case.is_encrypted or case.settings.key is not None):
        return []
    outcome = await case.run(limit=None, key=case.setup.key or case.settings.key)
    hidden = [key for key in rows if key not in outcome.values]
    if outcome.raises or not hidden:
        return []
    if not case.is_encrypted:
        says = (
            f"{subject(hidden)}: stored without encryption, and a key was given. If your code opens this session with "
            f"EncryptedSession, it skips {them(hidden)} without an error, and no run sends {them(hidden)}. Then read the "
            "history without it, and add it with it. Everything else that is said of this session is true without "
            "EncryptedSession. The rows do not show which of the two your code uses."
        )
        return [case.finding("not-encrypted", "note", hidden, says, key="given", limit="any", api="any")]
    says = (
        f"{subject(hidden)}: stored without encryption, in a session that is encrypted. EncryptedSession skips "
        f"{them(hidden)}, no run sends {them(hidden)}, and anyone with the storage can read {them(hidden)}. "
        f"pop_item() does this: {await _pops(case)}. Read them without EncryptedSession, and add them with it. "
        "The rows do not show what wrote them."
    )
    return [case.finding("not-encrypted", "warning", hidden, says, limit="any", api="any")]


async def expired(case: Case) -> list[Finding]:
    """Rows that are older than the ttl with which the session is opened."""
    given, key = case.settings.ttl, case.settings.key
    ttl = DEFAULT_TTL if given is None else given
    now = int(time.time())
    opened = [item for item in case.items if item.value is not NO_ITEM]
    rows = [item.key for item in opened if (at := item.written) is not None and at + ttl < now]
    if not rows or key is None:
        return []
    outcome = await case.run(limit=None, ttl=ttl)
    rows = [key for key in rows if key not in outcome.values]
    if not rows:
        return []
    which = "the ttl of" if given is not None else "the default ttl of"
    says = (
        f"{subject(rows)}: older than {which} {ttl:,} seconds. A session that is opened with it skips {them(rows)}, and no run "
        f"sends {them(rows)}; the rows stay in the storage. The ttl counts when they are read: a session that is opened with "
        "a larger one returns them again."
    )
    if given is None:
        says += " The rows do not show which ttl your code gives."
        says += " Give it on the page as “ttl in seconds”, in the terminal with --ttl."
    return [
        case.finding("expired", "warning" if given is not None else "note", rows, says, ttl=ttl, limit="any", api="any")
    ]


async def ahead_of_the_clock(case: Case) -> list[Finding]:
    """Rows whose time is ahead of this computer's clock: the session skips them until the clock gets near that time."""
    now = int(time.time())
    found = [item for item in case.items if item.value is not NO_ITEM and item.is_hidden(None, now)]
    if not found or case.settings.key is None:
        return []
    outcome = await case.run(limit=None, ttl=None)
    rows = [item.key for item in found if item.key in outcome.lines and not outcome.lines[item.key].returned]
    if not rows:
        return []
    ahead = max(item.written or 0 for item in found) - now
    says = (
        f"{subject(rows)}: written up to {ahead:,} seconds ahead of this computer's clock. The session skips {them(rows)} "
        f"without an error, and no run sends {them(rows)}, until the clock here is {FUTURE_SECONDS} seconds short of that. "
        "Set the clocks of the computers that share the storage. The rows do not show which clock is wrong."
    )
    return [case.finding("ahead-of-the-clock", "warning", rows, says, limit="any", api="any")]


async def _pops(case: Case) -> str:
    """What one pop_item() with the key of this case does, for each class that can open the rows."""
    if not case.is_of_the_sdk:
        return "what your own class makes of it"
    return by_class([await _pop(case, name) for name in classes_for(case)])


async def _pop(case: Case, class_name: ClassName) -> Deleted:
    """What one pop_item() does. It begins at the newest row, and passes each row that the session skips.

    Passing many rows takes some classes seconds. All rows of one kind are passed in the same way, so it is tried on the newest
    row of each kind, and once for the same kinds. An AdvancedSQLiteSession deletes other rows with them.
    """
    if class_name == "AdvancedSQLiteSession":
        return await deleted_by(case, "pop_item", class_name)
    items = list(reversed(case.items))
    if class_name == "SQLAlchemySession":
        items.sort(key=lambda item: (item.row.created, item.key), reverse=True)
    newest: dict[tuple[Any, ...], Seen] = {}
    for item in items:
        newest.setdefault(_kind(case, item), item)
    kinds = class_name, *newest
    if kinds not in _tried:
        rows = sorted((item.row for item in newest.values()), key=lambda row: row.key)
        few = Case(replace(case.stored, rows=tuple(rows)), case.settings)
        _tried[kinds] = await deleted_by(few, "pop_item", class_name)
    tried, one_of_each = _tried[kinds], list(newest.values())
    gone, left = one_of_each[: len(tried.rows)], one_of_each[len(tried.rows) :]
    if tried.raises and left:  # at this row, which stays
        items = items[: items.index(left[0])]
    elif left or (gone and _is_returned(case, gone[-1])):
        items = items[: items.index(gone[-1]) + 1] if gone else []
    return replace(tried, rows=tuple(sorted(item.key for item in items)))


_tried: dict[tuple[Any, ...], Deleted] = {}


def _is_returned(case: Case, item: Seen) -> bool:
    return item.is_envelope and item.value is not NO_ITEM and not item.is_hidden(case.settings.ttl, int(time.time()))


def _kind(case: Case, item: Seen) -> tuple[Any, ...]:
    """What decides how EncryptedSession treats a row."""
    payload = item.stored.get("payload") if item.is_envelope else None
    is_hidden = item.is_hidden(case.settings.ttl, int(time.time()))
    return (
        item.is_envelope,
        item.stored is NO_ITEM,
        item.value is NO_ITEM,
        is_hidden,
        type(payload),
        item.written is None,
    )


def _is_whole(item: Seen) -> bool:
    return item.is_envelope and item.written is not None


def _ages(case: Case) -> str:
    ttl = DEFAULT_TTL if case.settings.ttl is None else case.settings.ttl
    written = [at for item in case.items if (at := item.written) is not None]
    old = sum(at + ttl < time.time() for at in written)
    which = "the default ttl" if case.settings.ttl is None else "the ttl"
    return f" {old} of {len(written)} are older than {which} of {ttl:,} seconds." if written else ""
