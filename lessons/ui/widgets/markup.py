"""HTML from stored, untrusted text: every value is escaped here, and what cannot be seen is made visible."""

import re
from html import escape

from lessons.kit.problems.problem import Problem

CURRENT = ' aria-current="true"'
"""Says of the chosen row and of its message what their colour says."""

_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def text(value: object, limit: int | None = None) -> str:
    """`value` escaped for the text of HTML, not for an attribute.

    Characters that cannot be seen are shown by name; what is longer than `limit` is cut, and its length said.
    """
    whole = str(value)
    shown = whole if limit is None else whole[:limit]
    marked = _INVISIBLE.sub(_visible, escape(shown, quote=False))
    if len(shown) == len(whole):
        return marked
    return f'{marked}… <span class="length">{len(whole):,} characters</span>'


def attribute(value: object) -> str:
    return escape(str(value), quote=True)


def has_invisible(value: str) -> int:
    """How many characters of `value` cannot be seen."""
    return len(_INVISIBLE.findall(value))


def chip(words: str, tone: str = "") -> str:
    return f'<span class="chip {tone}">{text(words)}</span>'


def problem_box(problem: Problem) -> str:
    """What happened, what was kept, what to do next."""
    return (
        f'<div class="problem" role="alert"><strong>{text(problem.what)}</strong>'
        f"<p>{text(problem.kept)}</p><p>{text(problem.next)}</p></div>"
    )


def _visible(found: re.Match[str]) -> str:
    code = ord(found.group())
    shown = chr(0x2400 + code) if code < 0x20 else f"U+{code:04X}"
    return f'<span class="invisible" title="U+{code:04X}">{shown}</span>'
