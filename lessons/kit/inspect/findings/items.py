"""Rows that are not items, or that an API refuses as they are, as users report."""

from math import isfinite

from lessons.kit.inspect.dry_run import UNWRITABLE, api_refuses, can_all_be_written, cannot_be_written
from lessons.kit.inspect.findings.case import Case, Seen
from lessons.kit.inspect.findings.deletes import deleted_by
from lessons.kit.inspect.findings.finding import Finding, rows_in_words, short, subject, them, they
from lessons.kit.inspect.findings.reasoning import is_of_omit_policy
from lessons.kit.inspect.stored import NO_ITEM
from lessons.kit.ledger.explaining.risk import (
    ASYNC,
    ROLES,
    is_of_another_form,
    is_of_unknown_type,
    is_plain,
    odd_form,
    odd_risk,
)

DOMINATES_CHARACTERS, DOMINATES_SHARE = 40_000, 0.5
"""An item is reported if it has this many characters, and this share of all characters that are sent."""


async def not_json(case: Case) -> list[Finding]:
    """Rows whose text is not JSON: the session classes skip most of them, and raise for some."""
    rows = [item.key for item in case.items if item.stored is NO_ITEM]
    if not rows:
        return []
    outcome = await case.run()
    if await case.raises_because_of(rows):
        says = (
            f"{_are(rows, 'not JSON that can be read')}. Every read of the session raises {short(outcome.raises)}, and so does "
            "every run, before a model is asked. Delete the row by SQL. The rows do not show what wrote it."
        )
        return [case.finding("not-json", "error", rows, says)]
    popped = await deleted_by(case, "pop_item") if case.is_of_the_sdk else None
    lost = [key for key in popped.rows if key in rows] if popped is not None else []
    says = (
        f"{_are(rows, 'not JSON')}. The session skips {them(rows)}, so no run sends what {they(rows)} said, and no limit "
        f"counts {them(rows)}."
    )
    if lost:
        says += f" The next pop_item() deletes {rows_in_words(lost)} on its way to the item that it returns."
    says += " Correct the text or delete the row. The rows do not show what wrote it."
    return [case.finding("not-json", "warning", [key for key in rows if key not in outcome.values], says)]


async def not_written(case: Case) -> list[Finding]:
    """Rows that Python reads as JSON, and the openai package does not write: NaN, Infinity, half a surrogate pair."""
    visible = [item for item in case.visible if item.is_envelope or any(word in item.row.text for word in UNWRITABLE)]
    some = visible if not can_all_be_written([item.value for item in visible]) else []
    found = {item.key: name for item in some if (name := cannot_be_written(case.api, item.value))}
    lines = (await case.run()).lines if found else {}
    sent = [key for key in found if key in lines and (lines[key].sent or lines[key].cause == "unknown")]
    findings = []
    for name in sorted({found[key] for key in sent}):
        rows = [key for key in sent if found[key] == name]
        code, what, cure = _HALF if name == "UnicodeEncodeError" else _NOT_A_NUMBER
        says = (
            f"{subject(rows)}: {what}. The session returns {them(rows)}, and every run raises {name} when the openai package "
            f"writes the request, before a model is asked. {cure} there. The rows do not show what stored it."
        )
        findings.append(case.finding(code, "error", rows, says))
    return findings


_NOT_A_NUMBER = "not-json", "NaN or Infinity, which JSON does not have", "Write null or a number"
_HALF = (
    "run-raises",
    "half a surrogate pair, such as half of an emoji, which UTF-8 does not have",
    "Write a whole character",
)


async def not_an_item(case: Case) -> list[Finding]:
    """Rows of JSON that is not an object with a role or a type: sessions return them, and runs send them."""
    found = [item for item in case.visible if _is_not_an_item(item) and not _is_not_a_number(item)]
    if not found:
        return []
    outcome = await case.run()
    rows = await case.keys_sent_of(found)
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
            f"{them(rows)}: OpenAI's reference of the Responses API does not have such an item"
            + (f", and the SDK's class for Chat Completions raises {short(refused[0][1], 60)}." if refused else ".")
        )
    says += " Delete the row or write the item that was meant. The rows do not show what wrote it."
    return [case.finding("not-an-item", "error", rows, says, api="Responses and Chat Completions")]


async def null_content(case: Case) -> list[Finding]:
    """Messages in the form of Chat Completions, with tool_calls and without content."""
    found = [item for item in case.visible if item.role and isinstance(item.value, dict) and item.get("tool_calls")]
    found = [item for item in found if item.get("content") is None]
    rows = await case.keys_sent_of(found)
    if not rows:
        return []
    raised = api_refuses("Chat Completions", [item.value for item in found])
    says = (
        f"{subject(rows)}: a message with tool_calls and with no content, as Chat Completions stores calls. "
        "Every run sends it as it is. Users report that the Responses API refuses it"
        + (f", and the SDK's class for Chat Completions raises {short(raised[0][1], 60)}." if raised else ".")
        + " Store each call as an item of the type function_call, and its result as function_call_output."
    )
    return [case.finding("null-content-with-tool-calls", "error", rows, says, api="Responses and Chat Completions")]


async def refused_by_chat_completions(case: Case) -> list[Finding]:
    """Items on which the SDK's own class for Chat Completions raises, before it sends a request."""
    if case.api != "Chat Completions" or all(_is_plain(item) for item in case.visible):
        return []
    outcome = await case.run()
    refused = api_refuses(case.api, [value for _, value in outcome.sent])
    rows = {outcome.sent[position][0]: said for position, said in refused if outcome.sent[position][0] is not None}
    known = {item.key for item in case.visible if _is_not_an_item(item) or item.get("tool_calls")}
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
    """Items in a form that the Responses API refuses, as users report: another role, no content, a missing field."""
    if case.api != "Responses":
        return []
    # If a run was made, its ledger has already looked at the form of everything that it sends.
    lines = (await case.run()).lines if case.has_run else {}
    looked_at = (item for item in case.visible if item.key not in lines or lines[item.key].risk)
    found = [item for item in looked_at if _is_of_another_form(item)]
    found = [item for item in found if not (is_of_omit_policy(item) or cannot_be_written(case.api, item.value))]
    if not found:
        return []
    outcome = await case.run()
    sent = dict(outcome.sent)
    findings: dict[str, list[int]] = {}
    without_id = sum(item.get("call_id") == "" and item.type.endswith("_call") for item in case.visible)
    for item in found:
        if item.key in sent and not (
            item.get("call_id") == "" and without_id > 1
        ):  # several such calls have the finding call-id-repeated
            value = sent[item.key]
            # Of a role that only another API has, the other fields follow.
            odd = odd_form(value) if isinstance(value, dict) and item.role in ("", *ROLES) else ""
            risk = odd_risk(odd) if odd else outcome.lines[item.key].risk
            findings.setdefault(risk, []).append(item.key)
    return [
        case.finding(
            "refused-by-responses",
            "error",
            rows,
            f"{subject(rows)}: {risk}. Every run sends {them(rows)} as {they(rows)} {'is' if len(rows) == 1 else 'are'}. "
            "Write the item in the form of the Responses API. The rows do not show which API you use.",
        )
        for risk, rows in findings.items()
        if risk
    ]


async def renamed_field(case: Case) -> list[Finding]:
    """Calls whose field async is stored under the name that the openai package has for it."""
    found = [item for item in case.visible if ASYNC in item.fields and item.type.endswith("_call")]
    rows = await case.keys_sent_of(found) if case.api == "Responses" else []
    if not rows:
        return []
    says = (
        f"{subject(rows)}: the field {ASYNC!r}, which is how the SDK stores the field 'async' of a call. Every run sends it. "
        "The reference of the Responses API has only 'async'. Users report that the API refuses fields that it does not "
        "know; of this one no report is known. If it is refused, rename it in the rows."
    )
    return [case.finding("refused-by-responses", "note", rows, says)]


async def unknown_type(case: Case) -> list[Finding]:
    """Calls and outputs of a type that the installed openai package does not have: a newer service may know it."""
    found = [item for item in case.visible if _is_of_a_newer_type(item)] if case.api == "Responses" else []
    rows = await case.keys_sent_of(found)
    if not rows:
        return []
    types = ", ".join(dict.fromkeys(repr(short(item.type, 40)) for item in found if item.key in rows))
    says = (
        f"{subject(rows)}: the installed openai package has no item of the type {types}. Every run sends {them(rows)} "
        f"as {they(rows)} {'is' if len(rows) == 1 else 'are'}, and users report that services refuse a request with a type "
        "that they do not know. The rows do not show whether yours knows it, or a newer version of the package."
    )
    return [case.finding("unknown-type", "note", rows, says)]


async def item_dominates(case: Case) -> list[Finding]:
    """One item that is half or more of what every run sends."""
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
            advice = _RETURN_LESS if item.type.endswith("_output") else _SHORTEN
            says = (
                f"Row {item.key} has {len(item.row.text):,} characters, {_percent(size, sent)} of what every run sends: "
                f"{tokens}. A limit counts items, so no limit shortens it. {advice}"
            )
            return [case.finding("item-dominates", "note", [item.key], says)]
    return []


_RETURN_LESS = (
    "Let the tool return less, or shorten the item in a call_model_input_filter: a session_input_callback stores a changed "
    "copy as a new row."
)
_SHORTEN = "Shorten the item in a call_model_input_filter: a session_input_callback stores a changed copy as a new row."


def _is_not_a_number(item: Seen) -> bool:
    return isinstance(item.value, float) and not isfinite(item.value)


def _is_not_an_item(item: Seen) -> bool:
    if not isinstance(item.value, dict):
        return True
    if is_of_unknown_type(item.value):
        return not _is_of_a_newer_type(item)
    # A reference to an item that the service keeps may have no type.
    return not (item.role or item.type or (set(item.value) <= {"id", "type"} and isinstance(item.get("id"), str)))


def _is_of_a_newer_type(item: Seen) -> bool:
    """Whether its type is unknown, but is named like the types of a service."""
    return isinstance(item.value, dict) and item.type.endswith(_AS_OF_A_SERVICE) and is_of_unknown_type(item.value)


_AS_OF_A_SERVICE = ("_call", "_output")


def _is_of_another_form(item: Seen) -> bool:
    if _is_not_an_item(item) or (item.get("tool_calls") and item.get("content") is None):
        return False
    return is_of_another_form(item.value)


def _is_plain(item: Seen) -> bool:
    return isinstance(item.value, dict) and is_plain(item.value)


def _percent(part: int, whole: int) -> str:
    return f"{min(100 * part // max(whole, 1), 99)} %" if part < whole else "100 %"


def _are(rows: list[int], what: str) -> str:
    return f"{subject(rows)} {'is' if len(rows) == 1 else 'are'} {what}"
