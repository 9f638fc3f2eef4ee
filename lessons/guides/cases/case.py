"""What a case is: code that goes wrong next to code that goes right, with the result of each."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Code = Callable[..., Any]
"""It takes `agent` or `path` if it needs them (lessons.guides.code_runner). It imports the SDK inside; its source is shown."""


@dataclass(frozen=True)
class Case:
    """Two pieces of code with what running them says: an exception as "TypeError: words", or what is returned.

    `happens` is a part of what the wrong code says, `gives` of what the right code says; `because` is the cause, or what the
    right way does. `step` is the slug of a lesson, a step of it counted from 1, and the title of that step, where the same is
    seen row by row; `lesson` is the slug of a whole lesson. `pasted` is more of what people paste, for the search.
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
        return re.match(r"\w*(Error|Exception|Token|Greenlet|Triggered|Exceeded): ", self.happens) is not None
