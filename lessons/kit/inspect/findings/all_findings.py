"""All findings of one session."""

from collections.abc import Awaitable, Callable

from lessons.kit.inspect.dry import Settings
from lessons.kit.inspect.findings import encryption, items, pairs, structure, turns
from lessons.kit.inspect.findings.case import Case
from lessons.kit.inspect.findings.finding import LEVELS, Finding, short
from lessons.kit.inspect.findings.left_out import left_out
from lessons.kit.inspect.stored import StoredSession

Detector = Callable[[Case], Awaitable[list[Finding]]]

DETECTORS: tuple[Detector, ...] = (
    encryption.envelope_broken,
    encryption.encrypted,
    encryption.wrong_key,
    encryption.not_encrypted,
    encryption.expired,
    structure.rows_without_structure,
    structure.structure_dangling,
    structure.message_without_session,
    structure.usage_missing,
    items.not_json,
    items.not_an_item,
    items.null_content,
    items.foreign_id,
    items.refused_by_chat_completions,
    items.refused_by_responses,
    items.reasoning_by_reference,
    items.item_dominates,
    pairs.output_without_call,
    pairs.call_without_output,
    pairs.call_id_repeated,
    turns.overlapping_runs,
    turns.unanswered_question,
    turns.order_differs_by_class,
)
"""Each looks at the rows first, and makes a dry run only where they can give a finding."""


async def findings_of(stored: StoredSession, settings: Settings) -> list[Finding]:
    """The findings of one session, the worst first."""
    case = Case(stored, settings)
    found = [finding for detect in DETECTORS for finding in await detect(case)]
    found += await left_out(case, {key for finding in found for key in finding.rows})
    explained = any("raises" in finding.says for finding in found if finding.level == "error")
    if not explained and case.has_run and (raised := (await case.run()).raises):
        found.append(
            case.finding(
                "run-raises", "error", [item.key for item in case.items], f"A run raises {short(raised, 200)}."
            )
        )
    return sorted(found, key=lambda finding: LEVELS.index(finding.level))
