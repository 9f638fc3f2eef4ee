"""Rows that are not items, or that an API is reported to refuse as they are."""

from lessons.kit.inspect.dry import api_refuses
from lessons.kit.inspect.findings.case import Case, Seen
from lessons.kit.inspect.findings.deletes import deleted_by
from lessons.kit.inspect.findings.finding import Finding, rows_in_words, short, subject, them, they
from lessons.kit.inspect.stored import NO_ITEM
from lessons.kit.ledger.explaining.risk import ID_PREFIXES, PLACEHOLDER_ID, ROLES, part_of_another_form

DOMINATES_CHARACTERS, DOMINATES_SHARE = 40_000, 0.5
"""An item of so many characters, and of so much of all that is sent, is named."""


async def not_json(case: Case) -> list[Finding]:
    """Rows whose text is not JSON: every session class skips them."""
    rows = [item.key for item in case.items if item.stored is NO_ITEM]
    if not rows:
        return []
    outcome = await case.run()
    if await case.raises_because_of(rows):
        says = (
            f"{_are(rows, 'not JSON that can be read')}. Every read of the session raises {short(outcome.raises)}, and so does "
            "every run, before a model is asked. Delete the row by SQL. What wrote it, the rows do not show."
        )
        return [case.finding("not-json", "error", rows, says)]
    lost = [key for key in (await deleted_by(case, "pop_item")).rows if key in rows]
    says = (
        f"{_are(rows, 'not JSON')}. The session skips {them(rows)}, so no run is sent what {they(rows)} said, and no limit "
        f"counts {them(rows)}."
    )
    if lost:
        says += f" The next pop_item() deletes {rows_in_words(lost)} on its way to the item that it returns."
    says += " Correct the text or delete the row. What wrote it, the rows do not show."
    return [case.finding("not-json", "warning", [key for key in rows if not _is_sent(outcome, key)], says)]


async def not_an_item(case: Case) -> list[Finding]:
    """Rows of JSON that is not an object with a role or a type: sessions return them, and runs send them."""
    found = [item for item in case.visible if _is_no_item(item)]
    if not found:
        return []
    outcome = await case.run()
    rows = [item.key for item in found if _is_sent(outcome, item.key)]
    raises = not rows and await case.raises_because_of([item.key for item in found])
    if raises:
        rows = [item.key for item in found]
    if not rows:
        return []
    example = short(found[0].row.text, 40)
    if raises:
        says = f"{_are(rows, 'JSON, but not an item')} ({example}). A run raises {short(outcome.raises)}."
    else:
        refused = api_refuses("Chat Completions", [item.value for item in found])
        says = (
            f"{_are(rows, 'JSON, but not an item')} ({example}). The session returns {them(rows)}, and every run sends "
            f"{them(rows)}: the Responses API is reported to refuse the request"
            + (f", and the SDK's class for Chat Completions raises {short(refused[0][1], 60)}." if refused else ".")
        )
    says += " Delete the row or write the item that was meant. What wrote it, the rows do not show."
    return [case.finding("not-an-item", "error", rows, says, api="Responses and Chat Completions")]


async def null_content(case: Case) -> list[Finding]:
    """Messages in the form of Chat Completions, with tool_calls and without content."""
    found = [item for item in case.visible if item.role and isinstance(item.value, dict) and item.get("tool_calls")]
    found = [item for item in found if item.get("content") is None]
    if not found:
        return []
    outcome = await case.run()
    rows = [item.key for item in found if _is_sent(outcome, item.key)]
    if not rows:
        return []
    raised = api_refuses("Chat Completions", [item.value for item in found])
    says = (
        f"{subject(rows)}: a message with tool_calls and with no content, as Chat Completions stores calls. "
        "Every run sends it as it is. The Responses API is reported to refuse it"
        + (f", and the SDK's class for Chat Completions raises {short(raised[0][1], 60)}." if raised else ".")
        + " Store each call as an item of the type function_call, and its result as function_call_output."
    )
    return [case.finding("null-content-with-tool-calls", "error", rows, says, api="Responses and Chat Completions")]


async def refused_by_chat_completions(case: Case) -> list[Finding]:
    """Items on which the SDK's own class for Chat Completions raises, before it asks anybody."""
    if case.api != "Chat Completions" or all(_is_plain(item) for item in case.visible):
        return []
    outcome = await case.run()
    refused = api_refuses(case.api, [value for _, value in outcome.sent])
    rows = {outcome.sent[place][0]: said for place, said in refused if outcome.sent[place][0] is not None}
    known = {item.key for item in case.visible if _is_no_item(item) or item.get("tool_calls")}
    keys = [key for key in rows if key is not None and key not in known]
    if not keys:
        return []
    says = (
        f"{subject(keys)}: the SDK's class for Chat Completions raises {short(rows[keys[0]])}. "
        "Every run that sends it fails before a model is asked. Leave the item out with a session_input_callback, or use the "
        "Responses API, which has this type of item."
    )
    return [case.finding("refused-by-chat-completions", "error", keys, says)]


async def refused_by_responses(case: Case) -> list[Finding]:
    """Items in a form that the Responses API is reported to refuse: another role, no content, parts of another form."""
    found = [item for item in case.visible if _is_of_another_form(item)] if case.api == "Responses" else []
    if not found:
        return []
    outcome = await case.run()
    findings: dict[str, list[int]] = {}
    for item in found:
        line = outcome.lines.get(item.key)
        if line is not None and line.sent and line.risk:
            findings.setdefault(line.risk, []).append(item.key)
    return [
        case.finding(
            "refused-by-responses",
            "error",
            rows,
            f"{subject(rows)}: {risk}. Every run sends {them(rows)} as {they(rows)} {'is' if len(rows) == 1 else 'are'}. "
            "Write the item in the form of the Responses API. Which API you use, the rows do not show.",
        )
        for risk, rows in findings.items()
    ]


async def foreign_id(case: Case) -> list[Finding]:
    """Ids that the Responses API is reported to refuse, since they do not begin as its own do."""
    if case.api != "Responses":
        return []  # the SDK sends no ids of items there
    found = [item for item in case.visible if _foreign(item)]
    if not found:
        return []
    outcome = await case.run()
    rows = [
        item for item in found if outcome.value(item.key) is not None and _is_foreign_as_sent(outcome.value(item.key))
    ]
    if not rows:
        return []
    keys, one = [item.key for item in rows], rows[0]
    says = (
        f"{subject(keys)}: the id {short(one.get('id'), 40)!r} is sent as it is. The Responses API is reported to refuse an "
        f"id of {'a message' if one.role else f'a {one.type}'} that does not begin with {_foreign(one)}. "
        "Remove the field id from the item. Other services may take it; which one you use, the rows do not show."
    )
    return [case.finding("foreign-id", "error", keys, says)]


async def reasoning_by_reference(case: Case) -> list[Finding]:
    """Reasoning that only the service still has, made by an agent that has handed the conversation on."""
    if case.api != "Responses":
        return []
    found = [
        item for place, item in enumerate(case.visible) if _by_reference(item) and _went_over(case.visible[place + 1 :])
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
        "Every run sends the id, and a service that no longer knows it is reported to answer 404. "
        "Whether it still does cannot be known from the rows."
        + (' RunConfig(reasoning_item_id_policy="omit") sends no id; no row has to change.' if cured else "")
    )
    return [case.finding("reasoning-by-reference", "note", rows, says, policy="none")]


async def item_dominates(case: Case) -> list[Finding]:
    """One item that is most of what every run sends."""
    large = [item for item in case.visible if len(item.row.text) >= DOMINATES_CHARACTERS]
    if not large:
        return []
    outcome = await case.run()
    sizes = {key: len(str(value)) for key, value in outcome.sent if key is not None}
    sent = sum(len(str(value)) for _, value in outcome.sent)
    for item in large:
        size = sizes.get(item.key, 0)
        if size >= DOMINATES_CHARACTERS and size >= DOMINATES_SHARE * sent:
            media = item.row.text.count(";base64,") or item.type == "image_generation_call"
            tokens = (
                "an image or a file, whose tokens are not counted by characters"
                if media
                else f"some {size // 4:,} tokens (characters / 4)"
            )
            says = (
                f"Row {item.key} has {len(item.row.text):,} characters, {_percent(size, sent)} of what every run sends: "
                f"{tokens}. A limit counts items, so no limit shortens it. Let the tool return less, or "
                "shorten the item in a session_input_callback or call_model_input_filter."
            )
            return [case.finding("item-dominates", "note", [item.key], says)]
    return []


def _is_no_item(item: Seen) -> bool:
    if not isinstance(item.value, dict):
        return True
    # A reference to an item that the service keeps may have no type.
    return not (item.role or item.type or (set(item.value) <= {"id", "type"} and isinstance(item.get("id"), str)))


def _is_of_another_form(item: Seen) -> bool:
    if not isinstance(item.value, dict) or (item.get("tool_calls") and item.get("content") is None):
        return False
    if item.role:
        strange = item.role not in ROLES or bool(item.get("tool_calls")) or item.get("content") is None
        return strange or bool(part_of_another_form(item.value))
    return item.type == "reasoning" and not any(
        item.get(name) for name in ("summary", "content", "encrypted_content", "id")
    )


def _is_plain(item: Seen) -> bool:
    return isinstance(item.value, dict) and (
        isinstance(item.get("content"), str) or item.type in ("function_call", "function_call_output")
    )


def _foreign(item: Seen) -> str:
    """What the id should begin with, '' if there is none or it does."""
    return _expected(item.value) if isinstance(item.value, dict) else ""


def _expected(value: dict[str, object]) -> str:
    prefix = ID_PREFIXES.get("message" if value.get("role") is not None else str(value.get("type")))
    own = value.get("id")
    if prefix is None or not isinstance(own, str) or own == PLACEHOLDER_ID or own.startswith(prefix):
        return ""
    return prefix


def _is_foreign_as_sent(value: object) -> bool:
    if not isinstance(value, dict) or not _expected(value):
        return False
    # The model class leaves out whole reasoning items of another provider.
    return not (value.get("type") == "reasoning" and value.get("provider_data"))


def _by_reference(item: Seen) -> bool:
    return (
        item.type == "reasoning"
        and isinstance(item.get("id"), str)
        and item.get("id") != PLACEHOLDER_ID
        and not item.get("encrypted_content")
        and not item.get("provider_data")
    )


def _went_over(after: tuple[Seen, ...]) -> bool:
    """Whether the call that follows the reasoning handed the conversation to another agent."""
    calls = []
    for item in after:
        if item.type == "function_call":
            calls.append(item.get("call_id"))
        elif item.type == "function_call_output" and item.get("call_id") in calls:
            return str(item.get("output")).startswith('{"assistant":')
        elif item.type != "reasoning":
            return False
    return False


def _is_sent(outcome: object, key: int) -> bool:
    return key in getattr(outcome, "sent_keys", ())


def _percent(part: int, whole: int) -> str:
    return f"{min(100 * part // max(whole, 1), 99)} %" if part < whole else "100 %"


def _are(rows: list[int], what: str) -> str:
    return f"{subject(rows)} {'is' if len(rows) == 1 else 'are'} {what}"
