"""Tells of each item of a run what the SDK's own rules did to it: left out, or sent without some fields."""

from collections.abc import Sequence
from typing import Any

from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.explaining.prepared import Prepared
from lessons.kit.ledger.explaining.tracked import Tracked
from lessons.kit.ledger.explaining.words import are
from lessons.kit.ledger.watching.events import WatchedRun

Pair = tuple[Tracked, Any]
"""An item and its value at this stage, which can differ from what is stored."""

LEFT_OUT = {
    Cause.OUTPUT_MISSING: "a call whose output is missing: the SDK leaves it out as long as that is so",
    Cause.CALL_MISSING: "an output whose call was not returned: with a limit, the SDK leaves it out",
    Cause.REASONING_OF_LEFT_OUT_CALL: "the reasoning before a call that is left out: the SDK leaves it out as well",
    Cause.SAME_ID: "another item with the same id is sent instead",
}


def tell_left_out(run: WatchedRun, pairs: Sequence[Pair], prepared: Prepared) -> None:
    """Tell why the SDK's own rules have left items out of `pairs`."""
    for place, (cause, reason) in prepared.left_out.items():
        item = pairs[place][0]
        if cause is Cause.SAME_ID:
            item.instead = pairs[reason][0] if reason is not None else None
        item.tell(cause, LEFT_OUT[cause], run)


def tell_stripped(run: WatchedRun, item: Tracked, value: Any) -> None:
    """Tell which fields an item was sent without, where nothing else was told of it in this run."""
    if any(told.run == run.number for told in item.told):
        return
    if isinstance(item.value, dict) and isinstance(value, dict) and item.origin != "input":
        gone = [name for name in item.value if name not in value]
        if gone and all(value.get(name) == item.value[name] for name in value):
            item.tell(Cause.SDK_STRIPPED, f"sent without {are(gone)}: the SDK takes that out", run)
