"""What a case is: code that goes wrong next to code that goes right, with the result of each; and the search for a case."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Code = Callable[..., Any]
"""It names `agent` or `path` if it wants them (lessons.guides.code_runner). It imports the SDK inside; its source is shown."""


@dataclass(frozen=True)
class Case:
    """Two pieces of code with what running them says: an exception as "TypeError: words", or what is returned.

    `happens` and `gives` are parts of what is said; `because` is the cause, or what the right way does. `step` is a lesson,
    a step of it counted from 1, and the title of that step, where the same is seen row by row; `lesson` is a whole lesson.
    """

    slug: str
    title: str
    because: str
    wrong: Code
    happens: str
    right: Code
    gives: str
    step: tuple[str, int, str] | None = None
    lesson: str = ""
    pasted: str = ""

    @property
    def raises(self) -> bool:
        return re.match(r"\w*(Error|Exception|Token): ", self.happens) is not None


def find(cases: Sequence[Case], asked: str) -> list[Case]:
    """The cases that fit: those that have every word of `asked`, or else those whose error is in it, the best first.

    The second is for a whole traceback, of which most words are about something else.
    """
    words = _words(asked)
    if not words:
        return list(cases)
    all_of_them = [case for case in cases if words <= _words(_text_of(case))]
    if all_of_them:
        return all_of_them
    shares = [(len(_words(case.happens) & words) / len(_words(case.happens)), case) for case in cases if case.raises]
    best = max((share for share, _ in shares), default=0)
    if best < ENOUGH:
        return []
    return [case for share, case in sorted(shares, key=lambda one: -one[0]) if share >= max(ENOUGH, best - 0.1)]


ENOUGH = 0.7
"""The part of an error's words that must be in what was pasted."""


def _text_of(case: Case) -> str:
    from lessons.frame.lesson import shown_source

    return " ".join([case.title, case.because, case.happens, case.pasted, shown_source(case.wrong)])


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", text.casefold()))
