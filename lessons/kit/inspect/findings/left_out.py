"""Rows that a session returns and a run leaves out, for a reason that no other finding names."""

from collections import Counter, defaultdict
from collections.abc import Collection

from lessons.kit.inspect.dry_run import Outcome
from lessons.kit.inspect.findings.case import Case, Seen
from lessons.kit.inspect.findings.finding import Finding, short, subject, them
from lessons.kit.ledger.explaining.risk import CALL_OF_OUTPUT, OUTPUT_OF_CALL

_PLAIN = {"", "message", "reasoning", "function_call", "function_call_output"}
_IDS = ("id", "call_id", "approval_request_id")


async def left_out(case: Case, named: Collection[int]) -> list[Finding]:
    """Rows that no run sends although no setting asks for that. Rows in `named` have another finding, and are skipped."""
    if not case.has_run and not _is_suspicious(case):
        return []
    outcome = await case.run()
    why: dict[tuple[bool, str], list[int]] = defaultdict(list)
    cut_off = _cut_off(case, outcome)
    for key, line in sorted(outcome.lines.items()):
        if line.cause in ("call-missing", "same-id") and key in cut_off:
            continue  # a limit was set, and it began between the two
        if not line.sent and key not in named and (line.returned or line.cause == "unknown"):
            why[line.returned, line.why].append(key)
    findings = []
    for (is_returned, words), rows in why.items():
        does = "returns" if is_returned else "does not return"
        says = (
            f"{subject(rows)}: the session {does} {them(rows)}, and no run sends {them(rows)}: {short(words, 200)}. "
            "The rows do not show whether that is meant."
        )
        findings.append(case.finding("left-out", "warning", rows, says))
    return findings


def _cut_off(case: Case, outcome: Outcome) -> set[int]:
    """Outputs whose own call, the last one before them with their call id, a limit hides."""
    if case.settings.limit is None:
        return set()
    hidden: dict[tuple[str, str], bool] = {}
    cut_off = set()
    for item in case.visible:
        call_id = str(item.get("call_id"))
        if item.type in OUTPUT_OF_CALL:
            line = outcome.lines.get(item.key)
            hidden[item.type, call_id] = line is not None and line.cause == "over-limit"
        elif hidden.get((CALL_OF_OUTPUT.get(item.type, ""), call_id)):
            cut_off.add(item.key)
    return cut_off


def _is_suspicious(case: Case) -> bool:
    """Whether the SDK could leave something out: an item of a rarer type, or two of one type with one id."""
    seen = Counter((item.type, name, item.get(name)) for item in case.visible if not item.role for name in _IDS)
    repeated = any(count > 1 for (_, _, value), count in seen.items() if isinstance(value, str))
    return repeated or any(_is_rare(item) for item in case.visible)


def _is_rare(item: Seen) -> bool:
    if item.value is None and item.is_envelope:
        return True  # EncryptedSession takes an encrypted null for a row that it cannot read
    return not item.role and (item.type not in _PLAIN or item.get("caller") is not None)
