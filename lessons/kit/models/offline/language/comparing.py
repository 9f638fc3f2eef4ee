"""Answers questions that compare numbers: `Is 17 bigger than 12?`, `Which is smaller, 9 or 11?`, `Am I older than 20?`."""

import re
from fractions import Fraction

_MORE = r"bigger|larger|greater|more|higher|older|longer|taller|heavier"
_LESS = r"smaller|less|lower|younger|shorter|lighter"
_N = r"(-?\d[\d,]*(?:\.\d+)?)"
_THAN = re.compile(rf"\bis {_N} (?:(?P<more>{_MORE})|(?:{_LESS})) than {_N}\s*\??", re.IGNORECASE)
_WHICH = re.compile(
    rf"\b(?:which|what)(?: (?:one|number))? is (?:the )?(?:(?P<more>{_MORE})|(?:{_LESS}))(?: one| number)?"
    rf"[\s,:]+{_N} or {_N}\b",
    re.IGNORECASE,
)
_AM_I = re.compile(
    rf"\bam i (?:(?P<more>(?:{_MORE}) than|over|above)|(?:{_LESS}) than|under|below) (\d{{1,3}})\b", re.IGNORECASE
)


def compared(text: str) -> str | None:
    """`Yes: 17 is more than 12.` for a question that compares two numbers, None for any other text."""
    if match := _THAN.search(text):
        one, other = match[1], match[3]
        if _number(one) == _number(other):
            return f"No: {one} and {other} are equal."
        is_more = _number(one) > _number(other)
        return f"{'Yes' if is_more is bool(match['more']) else 'No'}: {one} is {'more' if is_more else 'less'} than {other}."
    if match := _WHICH.search(text):
        found = sorted((match[2], match[3]), key=_number, reverse=bool(match["more"]))
        return f"{found[0]} is {'more' if match['more'] else 'less'} than {found[1]}."
    return None


def age_compared(text: str, age: str) -> str | None:
    """`Yes: you are 31 years old.` to `Am I older than 20?`, None for any other text."""
    match = _AM_I.search(text)
    if match is None or not age.isdigit():
        return None
    asked = int(match[2])
    right = int(age) > asked if match["more"] else int(age) < asked
    return f"{'Yes' if right else 'No'}: you are {age} years old."


def _number(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))
