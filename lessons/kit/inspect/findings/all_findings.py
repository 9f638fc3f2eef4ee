"""All findings of one session."""

from collections.abc import Awaitable, Callable

from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.findings import encryption, ids, items, pairs, reasoning, row_order, structure
from lessons.kit.inspect.findings.case import Case
from lessons.kit.inspect.findings.finding import LEVELS, Finding, short, subject
from lessons.kit.inspect.findings.left_out import left_out
from lessons.kit.inspect.stored import StoredSession

Detector = Callable[[Case], Awaitable[list[Finding]]]

DETECTORS: tuple[Detector, ...] = (
    encryption.envelope_broken,
    encryption.encrypted,
    encryption.wrong_key,
    encryption.not_encrypted,
    encryption.expired,
    encryption.ahead_of_the_clock,
    structure.structure_not_owned,
    structure.rows_without_structure,
    structure.structure_dangling,
    structure.structure_repeated,
    structure.message_without_session,
    structure.usage_missing,
    items.not_json,
    items.not_written,
    items.not_an_item,
    items.null_content,
    pairs.output_without_call,
    pairs.output_that_names_no_call,
    pairs.output_cut_off,
    pairs.output_before_call,
    pairs.call_without_output,
    pairs.call_id_repeated,
    pairs.answered_late,
    pairs.search_without_answer,
    pairs.approval_without_response,
    reasoning.reasoning_by_reference,
    reasoning.reasoning_alone,
    reasoning.reasoning_cut_off,
    reasoning.reasoning_without_id,
    items.refused_by_chat_completions,
    items.refused_by_responses,
    items.renamed_field,
    items.unknown_type,
    items.item_dominates,
    ids.id_repeated,
    ids.foreign_id,
    row_order.overlapping_runs,
    row_order.unanswered_question,
    row_order.order_differs_by_class,
)
"""Each detector looks at the rows first. It makes a dry run only if the rows can give a finding.

Of two findings of one level the first of these comes first: what loses or mixes up the history stands before what one service
refuses in the form of an item.
"""


async def findings_of(stored: StoredSession, settings: Settings) -> list[Finding]:
    """The findings of one session, the worst first."""
    return await findings_in(Case(stored, settings))


async def findings_in(case: Case) -> list[Finding]:
    """The same for a case, which keeps its dry runs for later questions."""
    if case.stored.id_kind:
        return await structure.id_not_text(case)  # no run sees any of the rows
    found = [finding for detect in DETECTORS for finding in await detect(case)]
    found += await left_out(case, {key for finding in found for key in finding.rows})
    explained = any("raises" in finding.says for finding in found if finding.level == "error")
    if not explained and case.has_run and (raised := (await case.run()).raises):
        rows = await case.blamed()
        found.append(case.finding("run-raises", "error", rows, f"{subject(rows)}: a run raises {short(raised, 200)}."))
    return sorted(found, key=lambda finding: LEVELS.index(finding.level))
