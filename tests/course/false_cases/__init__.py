"""What a verdict has to say no to, lesson by lesson.

Each of the `CASES` of a module has three parts: the number of a step, from 1; words of a sentence that the verdict of this step
shows, or words of several such sentences; and a function. The function is given the step's real record, and returns a record in
which these words are false. `NO_CASE` has the sentences for which no such record can be made, each with the reason.
"""

from dataclasses import dataclass
from importlib import import_module

from tests.course.false_records import Change


@dataclass(frozen=True)
class FalseCase:
    """`change` makes a record in which the `words` are false. Each of them is part of one sentence that this step shows."""

    step: int
    words: tuple[str, ...]
    change: Change


def false_cases(slug: str) -> list[FalseCase]:
    """The cases of a lesson."""
    return [
        FalseCase(step, (words,) if isinstance(words, str) else words, change)
        for step, words, change in import_module(f"{__name__}.{slug}").CASES
    ]


def without_a_case(slug: str) -> dict[str, str]:
    """The sentences of a lesson that have no case, with the reason."""
    return getattr(import_module(f"{__name__}.{slug}"), "NO_CASE", {})
