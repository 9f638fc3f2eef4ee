"""What `inspect` says when it compares two settings, two sessions, or a session with what a model answers now."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lessons.terminal.own_sessions.findings_text import plain

if TYPE_CHECKING:
    from lessons.kit.inspect.comparing.sessions import Comparison, Side
    from lessons.kit.inspect.comparing.settings import Difference
    from lessons.kit.inspect.stored import Storage, StoredSession


def compare_in_words(
    stored: "StoredSession",
    storage: "Storage",
    settings: Any,
    chosen: argparse.Namespace,
    other: "Sequence[StoredSession]",
) -> None:
    """Print the comparisons that are asked for to stderr, so that the report on stdout stays as it is. Raises CannotRead."""
    lines: list[str] = []
    if chosen.what_if is not None:
        from lessons.kit.inspect.comparing.settings import changed, what_if
        from lessons.kit.inspect.wanted import check_class

        changed_settings, python = changed(settings, chosen.what_if)
        check_class(storage, changed_settings)
        lines += _difference(what_if(stored, settings, changed_settings, python), chosen.what_if)
    for one in other:
        from lessons.kit.inspect.comparing.sessions import compare_sessions

        lines += _comparison(compare_sessions(stored, one, settings), stored.session_id, one.session_id)
    if chosen.replay is not None:
        lines += _replayed(stored, settings, chosen.replay == "chosen")
    for line in lines:
        print(plain(line), file=sys.stderr)


def _difference(found: "Difference", change: str) -> Iterator[str]:
    first, second = found.first, found.second
    yield f"With {change}: {second.sent:,} of {len(second.rows):,} rows are sent, {first.sent:,} without it."
    if first.sdk != second.sdk:
        yield f"{'':8}openai-agents {first.sdk} -> {second.sdk}"
    for one in found.rows:
        yield f"{'':8}row {one.key}: {one.first} -> {one.second}"
    for name, side in (("without it", first), (f"with {change}", second)):
        if side.raises:
            yield f"{'':8}a run {name} fails: {side.raises}"
    if first.order != second.order:
        yield f"{'':8}order: {first.order or 'as stored'} -> {second.order or 'as stored'}"
    if found.codes_gone:
        yield f"{'':8}findings that go: {', '.join(found.codes_gone)}"
    if found.codes_new:
        yield f"{'':8}findings that come: {', '.join(found.codes_new)}"


def _comparison(found: "Comparison", first: str, second: str) -> Iterator[str]:
    differ = "these differ:" if found.rows else "no row differs."
    same = "1 row is" if found.same == 1 else f"{found.same:,} rows are"
    yield f"{first} and {second}: {same} the same, ids aside; {differ}"
    for one in found.rows:
        yield f"{'':8}{_side(one.first)} -> {_side(one.second)}"
    if not found.is_whole:
        yield f"{'':8}Only the newest rows of each were compared."


def _side(one: "Side | None") -> str:
    if one is None:
        return "no row"
    name = f" {one.item.name}" if one.item.name else ""
    where = f"row {one.key}, " if one.key is not None else ""
    return f"{where}{one.item.kind}{name}: {one.item.text[:80]}"


def _replayed(stored: "StoredSession", settings: Any, is_chosen: bool) -> Iterator[str]:
    from lessons.kit.inspect.comparing.replay import replay
    from lessons.kit.models.providers import active_provider, read_provider

    provider = active_provider() if is_chosen else read_provider({"SESSIONS_OFFLINE_SECONDS_PER_WORD": "0"})
    found = replay(stored, settings, provider)
    yield f"{found.asked} of {found.messages} messages were sent again to {found.model}, without tools and instructions."
    if found.raised:
        yield f"{'':8}It ended with {found.raised}"
    yield from _comparison(found.comparison, "The stored session", "what was stored now")
