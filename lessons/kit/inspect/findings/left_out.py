"""Rows that a session returns and a run leaves out, for a reason that no other finding names."""

from collections import Counter, defaultdict
from collections.abc import Collection

from lessons.kit.inspect.findings.case import Case, Seen
from lessons.kit.inspect.findings.finding import Finding, short, subject, them

_PLAIN = {"", "message", "reasoning", "function_call", "function_call_output"}
_IDS = ("id", "call_id", "approval_request_id")


async def left_out(case: Case, named: Collection[int]) -> list[Finding]:
    """Rows that no run sends although no setting asks for that. Rows in `named` have another finding, and are skipped."""
    if not case.has_run and not _is_suspicious(case):
        return []
    outcome = await case.run()
    why: dict[tuple[bool, str], list[int]] = defaultdict(list)
    for key, line in sorted(outcome.lines.items()):
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


def _is_suspicious(case: Case) -> bool:
    """Whether the SDK could leave something out: an item of a rarer type, or two of one type with one id."""
    seen = Counter((item.type, name, item.get(name)) for item in case.visible if not item.role for name in _IDS)
    repeated = any(count > 1 for (_, _, value), count in seen.items() if isinstance(value, str))
    return repeated or any(_is_rare(item) for item in case.visible)


def _is_rare(item: Seen) -> bool:
    if item.value is None and item.is_envelope:
        return True  # EncryptedSession takes an encrypted null for a row that it cannot read
    return not item.role and (item.type not in _PLAIN or item.get("caller") is not None)
