"""Reasoning that a service refuses, as users report: without the item after it, or with an id that it does not know."""

from collections.abc import Sequence
from typing import Any

from lessons.kit.inspect.findings.case import Case, Seen
from lessons.kit.inspect.findings.finding import Finding, Level, short, subject, them
from lessons.kit.inspect.findings.pairs import without_output
from lessons.kit.items import handoffs_among
from lessons.kit.ledger.explaining.risk import CALL_OF_OUTPUT, PLACEHOLDER_ID, is_message


async def reasoning_by_reference(case: Case) -> list[Finding]:
    """Reasoning that only the service still has, from an agent that then handed the conversation over."""
    if case.api != "Responses":
        return []
    found = [
        item for position, item in enumerate(case.visible) if _by_reference(item) and _went_over(case.visible, position)
    ]
    if not found:
        return []
    outcome = await case.run()
    rows = [item.key for item in found if (outcome.value(item.key) or {}).get("id")]
    if not rows:
        return []
    omitted = await case.run(policy="omit")
    cured = all(not (omitted.value(key) or {}).get("id") for key in rows)
    says = (
        f"{subject(rows)}: reasoning that is stored by its id alone ({short(found[0].get('id'), 40)}), before a handoff. "
        "Every run sends the id, and users report that a service that no longer knows it answers 404. "
        "Whether it still does cannot be known from the rows."
        + (' RunConfig(reasoning_item_id_policy="omit") sends no id; no row has to change.' if cured else "")
    )
    return [case.finding("reasoning-by-reference", "note", rows, says, policy="none")]


async def reasoning_alone(case: Case) -> list[Finding]:
    """Reasoning that no item of the model follows."""
    values = [item.value for item in case.visible]
    if case.api != "Responses" or not any(_is_alone(values, position) for position in range(len(values))):
        return []
    outcome = await case.run()
    sent = [value for _, value in outcome.sent]
    rows = [key for position, (key, _) in enumerate(outcome.sent) if key is not None and _is_alone(sent, position)]
    if not rows:
        return []
    says = (
        f"{subject(rows)}: reasoning that no item of the model follows. Every run sends {them(rows)}, and users report "
        "that the Responses API refuses reasoning without its following item. Delete it, or store the item again that stood "
        "after it. The rows do not show what removed that: often a pop_item(), or a run that ended too early."
    )
    return [case.finding("reasoning-alone", "error", rows, says)]


async def reasoning_cut_off(case: Case) -> list[Finding]:
    """An item of a model that is sent without its reasoning: a limit or a call that has no output hides that."""
    visible = case.visible
    if case.api != "Responses" or (case.settings.limit is None and not without_output(visible)):
        return []
    reasoning_of = _reasoning_of(visible)
    if not reasoning_of:
        return []
    outcome = await case.run()
    for key, value in outcome.sent:
        if key in reasoning_of and isinstance(value.get("id"), str):
            reasoning, is_next = reasoning_of[key]
            line = outcome.lines.get(reasoning)
            if reasoning in outcome.values or line is None or line.cause not in _HIDDEN:
                continue
            is_limit = line.cause == "over-limit"
            why, cure = _HIDDEN[line.cause]
            says = (
                f"Row {key} is sent, and row {reasoning}, the reasoning before it, is not: {why.format(case.settings.limit)}. "
                "Users report that the Responses API refuses an item of a response that it has stored "
                "without its reasoning. "
                + ("" if is_next else "It is not known whether that is so for a later item of the same response. ")
                + cure
                + "The rows do not show whether the service has stored the response."
            )
            level: Level = "warning" if is_next and is_limit else "note"
            return [case.finding("reasoning-cut-off", level, [reasoning, key], says)]
    return []


_HIDDEN = {
    "over-limit": (
        "the limit of {} begins between the two",
        "Another limit avoids it, or no limit and a session_input_callback that keeps the two "
        "together: with a limit the callback is given what the limit leaves. ",
    ),
    "reasoning-of-left-out-call": (
        "the SDK leaves it out with the call after it, which has no output",
        "Approve or reject that call on the RunState that was kept, or store an output for it: then both are sent. ",
    ),
}
"""Causes for which reasoning is left out: why, and what to do."""


async def reasoning_without_id(case: Case) -> list[Finding]:
    """Reasoning of which nothing is left, as the SDK stores it under the policy that omits its ids."""
    found = [item for item in case.visible if is_of_omit_policy(item)] if case.api == "Responses" else []
    rows = await case.keys_sent_of(found)
    if not rows:
        return []
    says = (
        f"{subject(rows)}: empty reasoning without an id, as the SDK stores it with "
        f'RunConfig(reasoning_item_id_policy="omit"). Every run sends {them(rows)}. Users report that llama.cpp refuses '
        "that in its Responses API, and that newer models of OpenAI refuse the id of a call whose reasoning has no id. The "
        "rows do not show which service and model you use."
    )
    return [case.finding("refused-by-responses", "note", rows, says)]


def is_of_omit_policy(item: Seen) -> bool:
    """Whether it is what a run stores of reasoning without a summary and encrypted content, if ids are omitted."""
    empty = not any(item.get(name) for name in ("summary", "content", "encrypted_content"))
    return item.type == "reasoning" and "id" not in item.fields and isinstance(item.get("summary"), list) and empty


def _reasoning_of(visible: Sequence[Seen]) -> dict[int, tuple[int, bool]]:
    """The reasoning of the response that each item is of, by keys, and whether the item comes next after it.

    An output or a message of somebody else ends a response: parallel calls follow one reasoning.
    """
    found: dict[int, tuple[int, bool]] = {}
    reasoning: Seen | None = None
    is_next = True
    for item in visible:
        if _is_reasoning(item.value):
            reasoning, is_next = (item if _has_own_id(item.value) else None), True
        elif not _is_of_a_model(item.value):
            reasoning = None
        elif reasoning is not None:
            found[item.key] = reasoning.key, is_next
            is_next = False
    return found


def _is_alone(values: Sequence[Any], position: int) -> bool:
    if not _has_own_id(values[position]):
        return False
    following = (values[at] for at in range(position + 1, len(values)))
    return not _is_of_a_model(next((one for one in following if not _is_reasoning(one)), None))


def _is_reasoning(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "reasoning"


def _has_own_id(value: Any) -> bool:
    """Whether it is reasoning that the Responses API made. Other reasoning has no id with rs_, or is not sent."""
    own = value.get("id") if _is_reasoning(value) else None
    return isinstance(own, str) and own.startswith("rs_") and not value.get("provider_data")


def _is_of_a_model(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    if is_message(value):
        return bool(value["role"] == "assistant")
    type_ = str(value.get("type"))
    return type_ not in CALL_OF_OUTPUT and type_ != "mcp_approval_response"


def _by_reference(item: Seen) -> bool:
    return (
        item.type == "reasoning"
        and isinstance(item.get("id"), str)
        and item.get("id") != PLACEHOLDER_ID
        and not item.get("encrypted_content")
        and not item.get("provider_data")
    )


def _went_over(items: Sequence[Seen], position: int) -> bool:
    """Whether the call that follows the reasoning handed the conversation to another agent."""
    calls = {}
    for at in range(position + 1, len(items)):
        item = items[at]
        if item.type == "function_call":
            calls[str(item.get("call_id"))] = item.value
        elif item.type == "function_call_output" and (call := calls.get(str(item.get("call_id")))) is not None:
            return bool(handoffs_among((call, item.value)))
        elif item.type != "reasoning":
            return False
    return False
