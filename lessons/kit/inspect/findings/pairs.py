"""Calls and outputs: one without the other, and two with one id."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import dropwhile
from typing import Any

from lessons.kit.inspect.dry_run import Outcome
from lessons.kit.inspect.findings.case import Case, Seen
from lessons.kit.inspect.findings.finding import Finding, Level, short, subject, them
from lessons.kit.items import describe
from lessons.kit.ledger.explaining.risk import CALL_OF_OUTPUT, OUTPUT_OF_CALL, names_a_call

ANY_LIMIT = 10**6
"""A limit that leaves no row out. With any limit, the SDK treats an output in another way than without one."""


async def output_without_call(case: Case) -> list[Finding]:
    """Outputs whose call is not among the rows that the session returns."""
    calls = {(item.type, str(item.get("call_id"))) for item in case.visible}
    found = [
        item
        for item in case.visible
        if _answers(item) and (CALL_OF_OUTPUT[item.type], str(item.get("call_id"))) not in calls
    ]
    if not found or not case.stored.is_whole:
        return []  # the call may be among the rows that were not read
    outcome = await case.run()
    sent = [item.key for item in found if item.key in outcome.values]
    rows = sent or [item.key for item in found if outcome.lines.get(item.key, _NONE).cause == "call-missing"]
    if not rows:
        return []
    without = [key for key in rows if key in (await case.run(limit=None)).sent_keys]
    limited = [key for key in rows if key in (await case.run(limit=ANY_LIMIT)).sent_keys]
    called_back = [key for key in rows if key in (await case.run(limit=ANY_LIMIT, callback=True)).sent_keys]
    where = "not among the rows that the session returns" if case.hides_rows else "not stored"
    says = f"{subject(rows)}: an output whose call is {where}. "
    if without:
        says += "Every run without a limit sends it, and users report that the Responses and Chat Completions APIs refuse it. "
    if not limited:
        says += "Any limit hides it: the SDK then leaves it out" + (
            ", but not if a session_input_callback is set. " if called_back else ". "
        )
    says += "Store the call again or delete the output. The rows do not show where the call went."
    level: Level = "error" if sent else "warning"
    return [case.finding("output-without-call", level, rows, says, api="Responses and Chat Completions")]


async def output_that_names_no_call(case: Case) -> list[Finding]:
    """Outputs of a function with neither a call id nor the name of their tool: nothing says what they answer."""
    found = [
        item
        for item in case.visible
        if item.type == "function_call_output" and item.get("call_id") is None and not item.get("name")
    ]
    rows = await case.keys_sent_of(found) if case.api == "Responses" else []
    if not rows:
        return []
    says = (
        f"{subject(rows)}: an output without a call_id. Every run sends {them(rows)}, and nothing tells the model what was "
        "called. OpenAI's reference of the Responses API allows it, and the SDK's class for Chat Completions raises. Write the "
        "call_id of the call, or the name of the tool. The rows do not show whether it is meant."
    )
    return [case.finding("output-without-call", "note", rows, says)]


async def output_cut_off(case: Case) -> list[Finding]:
    """Outputs that are sent while the limit hides their call: with a session_input_callback the SDK does not look for it."""
    if case.settings.limit is None or not case.settings.callback or not any(map(_answers, case.visible)):
        return []
    stored = {(item.type, str(item.get("call_id"))) for item in case.visible}
    sent = [(key, value) for key, value in (await case.run()).sent if isinstance(value, dict)]
    calls = {(str(value.get("type")), str(value.get("call_id"))) for _, value in sent}
    rows = []
    for key, value in sent:
        if key is not None and names_a_call(value):
            call = (CALL_OF_OUTPUT[str(value["type"])], str(value["call_id"]))
            rows += [key] if call in stored and call not in calls else []
    if not rows:
        return []
    says = (
        f"{subject(rows)}: an output whose call the limit of {case.settings.limit} hides. With a session_input_callback the "
        "SDK sends it, and users report that the Responses and Chat Completions APIs refuse that; without one it leaves it "
        "out. Leave such outputs out in the callback too. The rows that a limit hides differ from run to run."
    )
    return [case.finding("output-without-call", "error", rows, says, api="Responses and Chat Completions")]


async def output_before_call(case: Case) -> list[Finding]:
    """Outputs that come before their call in what is sent."""
    if not _is_any_before(case.visible):
        return []
    outcome = await case.run()
    asked: dict[tuple[str, str], int] = {}
    for key, value in outcome.sent:
        type_ = str(value.get("type")) if isinstance(value, dict) else ""
        if key is not None and type_ in OUTPUT_OF_CALL:
            asked[type_, str(value.get("call_id"))] = key
    findings = []
    seen: set[tuple[str, str]] = set()
    for key, value in outcome.sent:
        if key is None or not isinstance(value, dict):
            continue
        type_, call_id = str(value.get("type")), str(value.get("call_id"))
        seen.add((type_, call_id))
        call = (CALL_OF_OUTPUT.get(type_, ""), call_id)
        if names_a_call(value) and call in asked and call not in seen:
            says = (
                f"Row {key}: an output that is sent before its call, row {asked[call]}. A model reads the answer before the "
                "question. Users report that the Chat Completions API refuses the request; whether the Responses API does is "
                "not known. Store the two in their order: delete both rows and add them again, the call first. The rows do not "
                "show what stored them so."
            )
            findings.append(
                case.finding("output-without-call", "error", [key], says, api="Responses and Chat Completions")
            )
    return findings


def _is_any_before(items: Sequence[Seen]) -> bool:
    seen = set()
    calls = {(item.type, str(item.get("call_id"))) for item in items if item.type in OUTPUT_OF_CALL}
    for item in items:
        if item.type in OUTPUT_OF_CALL:
            seen.add((item.type, str(item.get("call_id"))))
        elif _answers(item):
            call = (CALL_OF_OUTPUT[item.type], str(item.get("call_id")))
            if call in calls and call not in seen:
                return True
    return False


def _answers(item: Seen) -> bool:
    return isinstance(item.value, dict) and names_a_call(item.value)


async def call_without_output(case: Case) -> list[Finding]:
    """Calls whose output is not among the rows, with the reasoning that is left out with them."""
    found = without_output(case.visible)
    if not found:
        return []
    outcome = await case.run()
    sent = [item.key for item in found if item.key in outcome.values]
    left_out = {"output-missing", "reasoning-of-left-out-call", "waiting-for-approval"}
    rows = sorted(key for key, line in outcome.lines.items() if line.cause in left_out and not line.sent)
    if sent:
        says = (
            f"{subject(sent)}: a call without its output, which the next run sends. Users report that the Responses "
            "and Chat Completions APIs refuse that. Store an output for it, or delete the call."
        )
        return [case.finding("call-without-output", "error", sent, says, api="Responses and Chat Completions")]
    if not rows:
        return []
    names = ", ".join(dict.fromkeys(short(item.get("name") or item.type, 40) for item in found if item.key in rows))
    among = " among the rows that the session returns" if case.hides_rows else ""
    says = (
        f"{subject(rows)}: the call of {names or 'a tool'} has no output{among}, so every run leaves it out"
        + (", with the reasoning before it. " if len(rows) > len(found) else ". ")
        + "If the tool did run, the model does not know it. Approve or reject on the RunState that was kept, or store an "
        "output: the call is sent as soon as an output is stored. The rows do not show whether a person still has to decide."
    )
    return [case.finding("call-without-output", "warning", rows, says)]


def without_output(items: Sequence[Seen]) -> list[Seen]:
    """The calls among the items whose output is not among them."""
    outputs = {(item.type, str(item.get("call_id"))) for item in items}
    return [
        item
        for item in items
        if item.type in OUTPUT_OF_CALL and (OUTPUT_OF_CALL[item.type], str(item.get("call_id"))) not in outputs
    ]


async def answered_late(case: Case) -> list[Finding]:
    """Calls whose output does not come directly after them: Chat Completions refuses that, as users report."""
    if case.api != "Chat Completions" or not _is_any_apart(case.visible):
        return []
    from lessons.kit.ledger.explaining.wire import not_answered_at_once

    sent = [(key, value) for key, value in (await case.run()).sent if key is not None and isinstance(value, dict)]
    late = not_answered_at_once([value for _, value in sent])
    asked: set[str] = set()
    rows = []
    for key, value in sent:
        call_id = str(value.get("call_id"))
        is_call = value.get("type") == "function_call"
        if call_id in late and (is_call or (value.get("type") == "function_call_output" and call_id in asked)):
            asked.add(call_id)
            rows.append(key)
    if not rows:
        return []
    says = (
        f"{subject(rows)}: other messages are between a call and its output. Every run sends them so, and users report that "
        "the Chat Completions API refuses the request: \"An assistant message with 'tool_calls' must be followed by tool "
        'messages". A session_input_callback can put each output directly after its call. No such report of the Responses API '
        "is known. The rows do not show what stored them so: often a late approval, or two runs at the same time."
    )
    return [case.finding("refused-by-chat-completions", "error", rows, says)]


async def search_without_answer(case: Case) -> list[Finding]:
    """File searches of a hosted model: for Chat Completions the SDK makes calls of them, and no answer."""
    found = [item for item in case.visible if item.type == "file_search_call"] if case.api == "Chat Completions" else []
    rows = await case.keys_sent_of(found)
    if not rows:
        return []
    says = (
        f"{subject(rows)}: the SDK's class for Chat Completions writes a file search as a call of a tool, and no answer after "
        "it. Users report that the Chat Completions API refuses a call without an answer. Leave the item out with a "
        "session_input_callback, or use the Responses API. The rows do not show which API you use."
    )
    return [case.finding("refused-by-chat-completions", "error", rows, says)]


def _is_any_apart(items: Sequence[Seen]) -> bool:
    """Whether something other than calls and outputs can be sent after a call and before its output.

    Of two calls with one id, the SDK sends one, in the place of the first.
    """
    asked: set[str] = set()
    together: set[str] = set()  # the calls that the next output can answer at once
    after_output = False
    for item in items:
        call_id = str(item.get("call_id"))
        if item.type == "function_call":
            if call_id in asked:
                return True
            together = {call_id} if after_output else {*together, call_id}
            asked.add(call_id)
        elif item.type != "function_call_output":
            together = set()
        elif call_id in asked - together:
            return True
        after_output = item.type == "function_call_output"
    return False


async def call_id_repeated(case: Case) -> list[Finding]:
    """Calls with one id: the SDK sends one of them, and can put it in the place of another."""
    groups: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for item in case.visible:
        if item.type in OUTPUT_OF_CALL:
            groups[item.type, str(item.get("call_id"))].append(item)
        elif item.type in CALL_OF_OUTPUT:
            groups[CALL_OF_OUTPUT[item.type], str(item.get("call_id"))].append(item)
    repeated = {name: items for name, items in groups.items() if _is_repeated(items)}
    if not repeated:
        return []
    outcome = await case.run()
    findings = []
    for (_, call_id), stored in repeated.items():
        items = _within_the_limit(stored, outcome)
        rows = [item.key for item in items]
        sent = [_told(value) for key, value in outcome.sent if key in rows]
        if not sent or not _is_repeated(items) or sent == [_told(item.value) for item in items]:
            continue  # all of them are sent as they are stored, or a limit hides the others
        says = f"{subject(rows)} have one call id, {short(call_id, 40)!r}. " + _swapped(outcome.sent, items)
        says += (
            " Every later run sends it so. Give each call and its output an id that no other call of the session has; "
            "the rows themselves say which output belongs to which call by their order only."
        )
        same = all(
            len({_told(one.value) for one in items if (one.type in OUTPUT_OF_CALL) is calls}) < 2
            for calls in (True, False)
        )
        findings.append(case.finding("call-id-repeated", "warning" if same else "error", rows, says))
    return findings


def _within_the_limit(items: Sequence[Seen], outcome: Outcome) -> list[Seen]:
    """Those that the limit does not hide. An output whose own call it hides has no part in the mix-up of the others."""
    left = [item for item in items if (line := outcome.lines.get(item.key)) is None or line.returned]
    if len(left) == len(items):
        return left
    return list(dropwhile(lambda item: item.type in CALL_OF_OUTPUT, left))


def _is_repeated(items: Sequence[Seen]) -> bool:
    calls = sum(item.type in OUTPUT_OF_CALL for item in items)
    return calls > 1 or len(items) - calls > 1


def _swapped(sent: Sequence[tuple[int | None, Any]], items: Sequence[Seen]) -> str:
    """In words: how many of the rows are sent, and what the model reads in place of the first call."""
    calls = [item for item in items if item.type in OUTPUT_OF_CALL]
    keys = {item.key for item in items}
    kept = [value for key, value in sent if key in keys]
    told = f"{len(items)} rows are stored, and {len(kept)} of them are sent."
    sent_calls = [value for value in kept if isinstance(value, dict) and value.get("type") in OUTPUT_OF_CALL]
    if len(calls) < 2 or not sent_calls or "arguments" not in calls[0].value:
        return told
    stored, now = calls[0].value.get("arguments"), sent_calls[0].get("arguments")
    if stored == now:
        return told
    position = next(position for position, (_, value) in enumerate(sent) if value is sent_calls[0])
    after = [describe(value) for _, value in sent[position + 1 : position + 2]]
    answer = f", and what follows it is the {after[0].kind}'s {short(after[0].text, 60)!r}" if after else ""
    return (
        f"{told} Row {calls[0].key} asked {short(stored, 60)}; the model is now told that the first call asked "
        f"{short(now, 60)}{answer}."
    )


def _told(value: Any) -> tuple[str, ...]:
    """What a model reads of a call or an output."""
    return (
        tuple(repr(value.get(name)) for name in ("type", "name", "arguments", "output"))
        if isinstance(value, dict)
        else ()
    )


class _NoLine:
    cause = ""


_NONE: Any = _NoLine()


async def approval_without_response(case: Case) -> list[Finding]:
    """Requests of a hosted MCP server for an approval that no row answers."""
    answered = {item.get("approval_request_id") for item in case.visible if item.type == "mcp_approval_response"}
    asked = [item for item in case.visible if item.type == "mcp_approval_request" and item.get("id") not in answered]
    rows = await case.keys_sent_of(asked)
    if not rows:
        return []
    names = ", ".join(dict.fromkeys(short(item.get("name") or "a tool", 40) for item in asked if item.key in rows))
    says = (
        f"{subject(rows)}: no row answers the request to approve {names} of a hosted MCP server, and every run sends "
        f"{them(rows)} as it is. Approve or reject on the RunState that was kept, or store an mcp_approval_response. It is "
        "not known whether the service refuses a request without an answer. The rows do not show whether a person still has "
        "to decide."
    )
    return [case.finding("approval-without-response", "note", rows, says)]
