"""Tells each item of a run what happened to it on its way: by the SDK's own rules, by a callback or by a filter."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.explaining.cause_words import are
from lessons.kit.ledger.explaining.following import ADDED_BY_A_SERVICE, Followed
from lessons.kit.ledger.explaining.prepared import Prepared
from lessons.kit.ledger.explaining.shelf.tracked import Shelf, Told, Tracked
from lessons.kit.ledger.watching.events import Called, Posted, Seen, WatchedRun

Pair = tuple[Tracked, Any]
"""An item and its value at this stage, which can differ from what is stored."""

Replaced = tuple[Cause, str, str]
"""Why a list was replaced: the cause, the words for an item of the old list, and the words for an item of the new one."""
_UNEXPLAINED = "not explained by the stages of the run"
NOT_EXPLAINED: Replaced = (Cause.UNKNOWN, _UNEXPLAINED, _UNEXPLAINED)

LEFT_OUT = {
    Cause.OUTPUT_MISSING: "a call without its output: the SDK leaves it out until an output is stored",
    Cause.CALL_MISSING: "an output whose call was not returned: with a limit, the SDK leaves it out",
    Cause.REASONING_OF_LEFT_OUT_CALL: "the reasoning before a call that is left out: the SDK leaves it out as well",
    Cause.SAME_ID: "another item with the same id is sent instead",
}


def how_added(item: Tracked, call: Called) -> Told | None:
    """The cause with which a call of add_items() added an item. None where only the end of the run shows it."""
    run = call.run_number
    if call.late:
        return Told(Cause.STORED_LATER, "stored after the code of the turn had ended", run)
    if call.by_run is None and call.by_the_sdk:
        return Told(Cause.UNKNOWN, "stored by a run that was not watched")
    if call.by_run is None:
        return Told(Cause.STORED_BY_HAND, "stored by add_items() in the code of the turn")
    if item.origin == "input":
        return Told(Cause.NEW_INPUT, f"the new input of run {run}", run)
    if item.origin == "callback":
        return item.added
    return None  # tell_end() says it


def tell_left_out(run: WatchedRun, pairs: Sequence[Pair], prepared: Prepared) -> None:
    """Tell items why the SDK's own rules left them out of `pairs`."""
    for place, (cause, reason) in prepared.left_out.items():
        item = pairs[place][0]
        if cause is Cause.SAME_ID:
            item.instead = pairs[reason][0] if reason is not None else None
        item.tell(cause, LEFT_OUT[cause], run)


def tell_stripped(run: WatchedRun, item: Tracked, value: Any) -> None:
    """Tell an item which fields it was sent without, unless this run has told it something else."""
    if item.value == value or any(told.run == run.number for told in item.told):
        return
    if isinstance(item.value, dict) and isinstance(value, dict) and item.origin != "input":
        gone = [name for name in item.value if name not in value]
        if item.of_run is run:  # a service added these to an item that the run made
            gone = [name for name in gone if name not in ADDED_BY_A_SERVICE]
        if gone and all(value.get(name) == item.value[name] for name in value):
            item.tell(Cause.SDK_STRIPPED, f"sent without {are(gone)}: the SDK takes that out", run)


def tell_posted(run: WatchedRun, number: int, pairs: Sequence[Pair], left_out: Sequence[int], posted: Posted) -> None:
    """Tell the items that the model class left out of the HTTP body of a request, and the others which fields it left out.

    Fields are compared for Responses only: Chat Completions turns items into messages with other fields.
    """
    for place in left_out:
        item = pairs[place][0]
        if number in item.sent:
            item.sent.remove(number)
            api = "Responses" if posted.path == "/responses" else "Chat Completions"
            why = f"the model class of {api} left it out of the HTTP body of request {number}"
            item.tell(Cause.MODEL_CLASS_DROPPED, why, run)
    kept = [pair for place, pair in enumerate(pairs) if place not in left_out]
    if posted.path != "/responses" or len(kept) != len(posted.items):
        return
    for (item, value), body in zip(kept, posted.items, strict=True):
        both = isinstance(value, dict) and isinstance(body, dict)
        gone = [name for name in value if name not in body] if both else []
        here = [told for told in item.told if told.run == run.number]
        if not gone or item.of_run is run or any(told.cause is not Cause.SDK_STRIPPED for told in here):
            continue
        why = f"sent without {are(gone)}: the model class of Responses takes that out"
        if not here:
            item.tell(Cause.SDK_STRIPPED, why, run)
        elif why not in here[-1].why:
            item.told[-1] = replace(here[-1], why=f"{here[-1].why}; {why}")


def through_function(
    run: WatchedRun,
    shelf: Shelf,
    given: Sequence[Pair],
    returned: Sequence[Seen],
    followed: Followed,
    causes: tuple[Cause, Cause, Cause, Cause],
    by: str,
    origin: Any,
) -> list[Pair]:
    """The items with their values after a callback or filter of the caller. Each item is told what the function did to it."""
    removed, changed, moved, added = causes
    copies = {at: place for place, at in followed.copied.items()}
    for place in sorted(followed.removed):
        given[place][0].tell(removed, f"removed by the {by}", run)
    pairs: list[Pair] = []
    for at, one in enumerate(returned):
        kept = followed.places[at]
        if kept is not None:
            item = given[kept][0]
            if kept in followed.edited:
                is_new = item.origin == "input" and origin == "callback"
                kept_as = "sent and stored in this form" if is_new else "sent in this form, and stored as it was"
                if item.key is None and not is_new:
                    kept_as = "sent in this form"  # it is not known what happened to the stored item
                item.tell(changed, f"changed in place by the {by}: {kept_as}", run)
            elif kept in followed.moved:
                item.tell(moved, f"moved by the {by}", run)
        elif at in copies and origin == "filter":
            item = given[copies[at]][0]
            item.tell(changed, f"changed by the {by}", run)
        else:
            item = Tracked(one.value, origin, of_run=run)
            if at in copies:
                given[copies[at]][0].tell(changed, f"replaced by an edited copy, by the {by}", run)
            _add(run, shelf, item, added, by, pairs)
        pairs.append((item, one.value))
    return pairs


def _add(run: WatchedRun, shelf: Shelf, item: Tracked, cause: Cause, by: str, before: Sequence[Pair]) -> None:
    item.tell(cause, f"added by the {by}", run)
    item.added = item.told[-1] if cause is Cause.CALLBACK_ADDED else None
    item.after = before[-1][0] if before else None
    shelf.list(item)
