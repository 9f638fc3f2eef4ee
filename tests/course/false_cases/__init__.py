"""What a verdict has to say no to, lesson by lesson.

`CASES` of a module are triples: the number of a step, from 1; words of a sentence that the verdict of this step shows, or words
of several such sentences; and a function that makes of the step's real record one in which what these words say is false.
`NO_CASE` has the sentences for which no such record can be made, each with the reason.
"""

from dataclasses import dataclass
from importlib import import_module

from tests.course.false_records import Change


@dataclass(frozen=True)
class FalseCase:
    """`change` makes false what the `words` say, each of which is part of one sentence of the step of this number."""

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
