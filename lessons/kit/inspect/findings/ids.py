"""Ids of items that the Responses API refuses, as users report."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from lessons.kit.inspect.findings.case import Case, Seen
from lessons.kit.inspect.findings.finding import Finding, short, subject
from lessons.kit.ledger.explaining.risk import ID_PREFIXES, PLACEHOLDER_ID, SCRIPTED_ID, is_message


async def foreign_id(case: Case) -> list[Finding]:
    """Ids that the Responses API refuses, as users report, because they do not begin like its own ids."""
    if case.api != "Responses":
        return []  # the SDK sends no ids of items there
    found = [item for item in case.visible if _foreign(item)]
    if not found:
        return []
    outcome = await case.run()
    sent = [item for item in found if _is_foreign_as_sent(outcome.value(item.key))]
    scripted = [item for item in sent if _is_scripted(item, case.visible)]
    findings = []
    if foreign := [item for item in sent if item not in scripted]:
        says = _sent_as_it_is(foreign) + (
            "Remove the field id from the item. Other services may take it; the rows do not show which one you use."
        )
        findings.append(case.finding("foreign-id", "error", [item.key for item in foreign], says))
    if scripted:
        says = _sent_as_it_is(scripted) + (
            "The SDK's ScriptedModel, a model for tests, gives such ids. Remove the field id from the items before a hosted "
            "model is sent them. The rows do not show whether one ever is."
        )
        findings.append(case.finding("foreign-id", "note", [item.key for item in scripted], says))
    return findings


def _sent_as_it_is(items: Sequence[Seen]) -> str:
    one = items[0]
    return (
        f"{subject([item.key for item in items])}: the id {short(one.get('id'), 40)!r} is sent as it is. Users report that the "
        f"Responses API refuses an id of {'a message' if one.role else f'a {one.type}'} that does not begin with "
        f"{_foreign(one)}. "
    )


def _is_scripted(item: Seen, others: Sequence[Seen]) -> bool:
    """Whether the SDK's ScriptedModel has made the item: a message of its id, or a call next to one, with its call_id as id."""
    if item.fields["id"] != SCRIPTED_ID and item.fields["id"] != item.get("call_id"):
        return False
    return any(other.get("id") == SCRIPTED_ID for other in others)


async def id_repeated(case: Case) -> list[Finding]:
    """Items with the same id: the SDK sends such messages, and the Responses API refuses the second, as users report."""
    if case.api != "Responses":
        return []  # the SDK sends no ids of items there
    counts = Counter(item.fields["id"] for item in case.visible if _has_id_of_a_service(item.value))
    if max(counts.values(), default=0) < 2:
        return []
    rows: dict[str, list[int]] = defaultdict(list)
    for key, value in (await case.run()).sent:
        if key is not None and _has_id_of_a_service(value):
            rows[value["id"]].append(key)
    return [
        case.finding(
            "id-repeated",
            "error",
            keys,
            f"{subject(keys)} have one id, {short(own, 40)!r}, and every run sends all of them. Users report that the "
            'Responses API refuses the request: "Duplicate item found with id". Delete the extra rows, or remove the id from '
            "all but one. The rows do not show what stored them: often a batch that was stored again after an error.",
        )
        for own, keys in rows.items()
        if len(keys) > 1
    ]


def _has_id_of_a_service(value: Any) -> bool:
    """Whether it has an id that is long enough to be made by a service once, and that begins as such an id does.

    Short ids come from other services or are written by hand, and often begin at 1 again in each answer. One that begins in
    another way has the finding foreign-id.
    """
    own = value.get("id") if isinstance(value, dict) else None
    is_long = isinstance(own, str) and len(own) >= _ID_OF_A_SERVICE
    return is_long and own != PLACEHOLDER_ID and not _expected(value)


_ID_OF_A_SERVICE = 16
"""How many characters an id has at least, if no other answer should have it."""


def _foreign(item: Seen) -> str:
    """What the id should begin with; '' if it does, or if the item has no id."""
    return _expected(item.value) if isinstance(item.value, dict) else ""


def _expected(value: dict[str, Any]) -> str:
    prefix = ID_PREFIXES.get("message" if is_message(value) else str(value.get("type")))
    own = value.get("id")
    if prefix is None or not isinstance(own, str) or own == PLACEHOLDER_ID or own.startswith(prefix):
        return ""
    return prefix


def _is_foreign_as_sent(value: Any) -> bool:
    if not isinstance(value, dict) or not _expected(value):
        return False
    # The model class leaves out reasoning items of another provider completely.
    return not (value.get("type") == "reasoning" and value.get("provider_data"))
