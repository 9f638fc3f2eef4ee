"""Stored, untrusted text on the page: escaped, and with a name for each character that cannot be seen.

`text` and `attribute` make HTML, `plain` is for widgets and charts, which escape by themselves. Half a surrogate pair, which
would crash the page, is one of the characters that cannot be seen.
"""

import re
from html import escape

from lessons.kit.problems.counted import counted
from lessons.kit.problems.problem import Problem
from lessons.kit.seen_text import joined, name_invisible, unicode_name

CURRENT = ' aria-current="true"'
"""Tells screen readers what the colour of the chosen row says."""


def text(value: object, limit: int | None = None, length: int = 0) -> str:
    """`value` escaped for the text of HTML, not for an attribute.

    Characters that cannot be seen are shown by name. A text longer than `limit` is cut, and its length is added. If `value` was
    cut before, `length` is the length of the whole text.
    """
    whole = joined(str(value))
    shown = whole if limit is None else whole[:limit]
    marked = name_invisible(escape(shown, quote=False), _mark)
    if len(shown) == len(whole):
        return marked
    return f'{marked}… <span class="length">{max(len(whole), length):,} characters</span>'


def attribute(value: object) -> str:
    return escape(plain(value), quote=True)


def plain(value: object) -> str:
    """`value` for a widget or a chart, with the code of each character that cannot be seen: [U+200B]."""
    return name_invisible(joined(str(value)), lambda character: f"[U+{ord(character):04X}]")


def as_code(value: object) -> str:
    """`value` for the label of a widget, as code: labels are Markdown, and in code no character of a name is Markdown."""
    shown = plain(value).replace("\n", " ")
    if words := blank(shown):
        return words
    fence = "`" * (1 + max((len(ticks) for ticks in re.findall("`+", shown)), default=0))
    return f"{fence} {shown} {fence}"


def blank(name: str) -> str:
    """Words for a name that is empty or only white space, which nobody could see or press. '' for other names."""
    if name.strip():
        return ""
    what = "blank character" if name.strip(" ") else "space"
    return f"({counted(len(name), what)})" if name else "(empty)"


def marked(value: object, limit: int | None = None) -> str:
    """`value` for the ledger, which sets text as text alone: each character that cannot be seen is named between marks.

    The marks are characters that cannot be seen themselves, so no value has one after this.
    """
    whole = joined(str(value))
    return name_invisible(whole if limit is None else whole[:limit], _named)


class AsItIs(str):
    """HTML that st.html takes as it is. In all other text it looks for an indent, which takes milliseconds if it is long."""

    def _repr_html_(self) -> str:
        return str(self)


def chip(words: str, tone: str = "") -> str:
    return f'<span class="chip {tone}">{text(words)}</span>'


def problem_box(problem: Problem) -> str:
    """What happened, what was kept, what to do next."""
    return (
        f'<div class="problem" role="alert"><strong>{text(problem.what)}</strong>'
        f"<p>{text(problem.kept)}</p><p>{text(problem.next)}</p></div>"
    )


def _mark(character: str) -> str:
    return f'<span class="invisible" title="{unicode_name(character)}">{_code(character)}</span>'


def _named(character: str) -> str:
    return f"\ue000{_code(character)}\ue001{unicode_name(character)}\ue002"


def _code(character: str) -> str:
    code = ord(character)
    return chr(0x2400 + code) if code < 0x20 else f"U+{code:04X}"
