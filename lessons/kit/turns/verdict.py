"""The verdict of a step: whether its record shows what the step promises."""

from dataclasses import replace

from lessons.kit.models.providers import redact
from lessons.kit.problems.problem import Problem
from lessons.kit.records import TurnRecord
from lessons.kit.row_ref import rows_in_words
from lessons.kit.turns.planned_turn import PlannedTurn

DETAIL_LIMIT = 300


def judged(record: TurnRecord, planned: PlannedTurn) -> TurnRecord:
    """The record with its step number and its verdict, if it is the record of a step. Any other record stays unchanged.

    A step that failed or was stopped has no verdict. If `holds` raises, the record says so and keeps everything else.
    """
    record = replace(record, step=planned.step)
    if planned.holds is None or not record.step_done:
        return record
    try:
        held = bool(planned.holds(record))
    except Exception as error:
        return replace(record, verdict_problem=_raised(error, record))
    return replace(record, held=held, why_not="" if held else _why_not(planned, record))


def _why_not(planned: PlannedTurn, record: TurnRecord) -> str:
    try:
        return "" if planned.why_not is None else planned.why_not(record)
    except Exception:  # the verdict is valid without the words
        return ""


def _raised(error: Exception, record: TurnRecord) -> Problem:
    detail = redact(" ".join(str(error).split()))[:DETAIL_LIMIT]
    rows = rows_in_words(record.added_rows) or "it stored no row"
    return Problem(
        f"The check of this step raised {type(error).__name__}: {detail}",
        f"The step itself has run, and everything that it did is kept: {rows}.",
        "Compare the rows with what to look for, then run the next step or step back.",
    )
