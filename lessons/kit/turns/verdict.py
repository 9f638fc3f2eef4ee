"""The verdict of a step: whether its record shows what the step promises."""

from collections.abc import Callable
from dataclasses import replace

from lessons.kit.models.providers import redact
from lessons.kit.problems.problem import Problem
from lessons.kit.records import TurnRecord
from lessons.kit.row_ref import rows_in_words

DETAIL_LIMIT = 300


def judged(record: TurnRecord, step: int | None, holds: Callable[[TurnRecord], bool] | None) -> TurnRecord:
    """The record as that of step number `step` (from 0), with the verdict of `holds`. A turn without a step stays as it is.

    A step that failed or was stopped gets no verdict. If `holds` raises, the record says so and keeps everything else.
    """
    record = replace(record, step=step)
    if holds is None or not record.step_done:
        return record
    try:
        return replace(record, held=bool(holds(record)))
    except Exception as error:
        return replace(record, verdict_problem=_raised(error, record))


def _raised(error: Exception, record: TurnRecord) -> Problem:
    detail = redact(" ".join(str(error).split()))[:DETAIL_LIMIT]
    rows = rows_in_words(record.added_rows) or "it stored no row"
    return Problem(
        f"The check of this step raised {type(error).__name__}: {detail}",
        f"The step itself has run, and everything that it did is kept: {rows}.",
        "Compare the rows with what to look for, then run the next step or step back.",
    )
