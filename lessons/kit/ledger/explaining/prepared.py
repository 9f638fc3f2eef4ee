"""What the SDK makes of a list of items before it sends them, and why it leaves some out. The SDK's own functions say it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.run_internal.items import (
    apply_reasoning_item_id_policy,
    deduplicate_input_items_preferring_latest,
    drop_orphan_function_calls,
    ensure_input_item_format,
    normalize_input_items_for_api,
    strip_internal_input_item_metadata,
)
from agents.run_internal.session_persistence import (
    _sanitize_openai_conversation_history_items_for_model_input as without_conversation_ids,
)
from agents.run_internal.session_persistence import _session_item_key as item_key

from lessons.kit.ledger.cause import Cause


@dataclass(frozen=True)
class Prepared:
    """`sent` is the list that is passed on. `places` has, for each of its items, the place in the given list.

    `left_out` has the cause for each other place, and the place of the item that is the reason, None if no item is.
    """

    sent: list[Any]
    places: list[int]
    left_out: dict[int, tuple[Cause, int | None]]


def read_items(items: Sequence[Any], reasoning_item_id_policy: Any, *, of_conversation: bool = False) -> list[Any]:
    """The items of a session as the SDK prepares them before any callback: without the SDK's own metadata.

    `of_conversation`: they come from an OpenAIConversationsSession, for which the SDK skips the reasoning id policy here.
    """
    stripped = [strip_internal_input_item_metadata(ensure_input_item_format(item)) for item in items]
    if of_conversation:
        return stripped
    return list(apply_reasoning_item_id_policy(stripped, reasoning_item_id_policy))


def new_items(items: Sequence[Any]) -> list[Any]:
    """The new input in the form in which the SDK uses it."""
    return [ensure_input_item_format(item) for item in items]


def prepare(
    items: Sequence[Any], history: Sequence[int], *, outputs_too: bool, of_conversation: bool = False
) -> Prepared:
    """What the SDK sends of `items`. `history` are the places of the items that came from the session.

    `outputs_too`: outputs without a call are left out as well, as the SDK does with a limit and without a callback.
    """
    places = set(history)
    if of_conversation and places:
        items = without_conversation_ids(items, places)
    # The SDK's functions return some of these objects: a copy for each place tells which.
    own = [_own(item) for item in items]
    kept = drop_orphan_function_calls(own, pruning_indexes=places)
    without_calls = stay = _places(own, kept)
    if outputs_too:
        kept = drop_orphan_function_calls(own, pruning_indexes=places, output_pruning_indexes=places)
        stay = _places(own, kept)
    left_out: dict[int, tuple[Cause, int | None]] = {}
    for place in sorted(set(range(len(own))) - set(stay)):
        left_out[place] = _orphan(own, place, still_there=place in without_calls)
    shaped = normalize_input_items_for_api(kept)
    sent = deduplicate_input_items_preferring_latest(shaped)
    order = [stay[place] for place in _places(shaped, sent)]
    left_out |= _same_id(list(zip(stay, shaped, strict=True)), set(order))
    return Prepared(sent, order, left_out)


def deduplicate(items: Sequence[Any]) -> Prepared:
    """`items` after the SDK has kept only the latest of those that share an id."""
    own = [_own(item) for item in items]
    sent = deduplicate_input_items_preferring_latest(own)
    order = _places(own, sent)
    return Prepared(sent, order, _same_id(list(enumerate(own)), set(order)))


def history_places(
    history: Sequence[Any],
    new: Sequence[Any],
    combined: Sequence[Any],
    own: Sequence[Any],
    *,
    of_conversation: bool = False,
) -> list[int]:
    """The places of a callback's result that the SDK counts as history: by object, then by equal content (each item once).

    `history` and `new` are what the callback was given. `combined` are the objects that it returned, `own` are copies of them
    from that moment.
    """
    history_ids, new_ids = {id(item) for item in history}, {id(item) for item in new}
    of_history, of_new = _counts(history, of_conversation), _counts(new, False)
    taken: set[int] = set()
    found = []
    for place, (item, value) in enumerate(zip(combined, own, strict=True)):
        key = item_key(value)
        old_key = item_key(value, ignore_openai_conversation_item_ids=True) if of_conversation else key
        if id(item) in new_ids and id(item) not in taken:
            taken.add(id(item))
            of_new[key] = max(of_new.get(key, 0) - 1, 0)
        elif id(item) in history_ids:
            if id(item) not in taken:
                taken.add(id(item))
                of_history[old_key] = max(of_history.get(old_key, 0) - 1, 0)
            found.append(place)
        elif of_history.get(old_key, 0) > 0:
            of_history[old_key] -= 1
            found.append(place)
        elif of_new.get(key, 0) > 0:
            of_new[key] -= 1
    return found


def _counts(items: Sequence[Any], without_ids: bool) -> Counter[str]:
    return Counter(item_key(item, ignore_openai_conversation_item_ids=without_ids) for item in items)


def _own(item: Any) -> Any:
    plain = ensure_input_item_format(item)
    return dict(plain) if isinstance(plain, dict) else plain


def _places(before: Sequence[Any], after: Sequence[Any]) -> list[int]:
    """The places in `before` of the objects in `after`."""
    place_of = {id(item): place for place, item in enumerate(before)}
    return [place_of[id(item)] for item in after]


def _orphan(items: Sequence[Any], place: int, *, still_there: bool) -> tuple[Cause, int | None]:
    if still_there:
        return Cause.CALL_MISSING, None
    if items[place].get("type") != "reasoning":
        return Cause.OUTPUT_MISSING, None
    follower = next((later for later in range(place + 1, len(items)) if items[later].get("type") != "reasoning"), None)
    return Cause.REASONING_OF_LEFT_OUT_CALL, follower


def _same_id(shaped: Sequence[tuple[int, Any]], sent: set[int]) -> dict[int, tuple[Cause, int | None]]:
    """For each place that was left out because another item has the same id: the place of the item that is sent instead."""
    found: dict[int, tuple[Cause, int | None]] = {}
    for place, item in shaped:
        if place not in sent:
            instead = next(
                (
                    other
                    for other, candidate in shaped
                    if other in sent and len(deduplicate_input_items_preferring_latest([item, candidate])) == 1
                ),
                None,
            )
            found[place] = Cause.SAME_ID, instead
    return found
