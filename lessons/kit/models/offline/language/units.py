"""Puts sums in everyday words into signs: `3 kg in grams`, `20% off 60`, `the square root of 81`."""

import math
import re

_UNITS = (
    {"mg": 1, "g gram": 1_000, "kg kilo kilogram": 1_000_000, "t ton tonne": 1_000_000_000},
    {"mm millimeter millimetre": 1, "cm centimeter centimetre": 10, "m meter metre": 1_000, "km kilometer "
     "kilometre": 1_000_000},
    {"ml milliliter millilitre": 1, "l liter litre": 1_000},
    {"s sec second": 1, "min minute": 60, "h hour": 3_600, "day": 86_400, "week": 604_800},
    {"month": 1, "year": 12},
    {"cent": 1, "euro dollar": 100},
    {"b byte": 1, "kb kilobyte": 1_000, "mb megabyte": 1_000_000, "gb gigabyte": 1_000_000_000},
)  # fmt: skip
_SIZES = {
    name: (kind, size) for kind, sizes in enumerate(_UNITS) for names, size in sizes.items() for name in names.split()
}
_N = r"(?:[$€£] ?)?(\d[\d,]*(?:\.\d+)?)"
_MONEY = r"(?: ?(?:euros?|dollars?|pounds?|usd|eur|[$€£]))?"
_HOW_MANY = re.compile(
    rf"\bhow (?:many|much) (\w+) (?:are |is |has |have )?(?:there )?(?:in )?(?:{_N}|(?:an?|one)\b) ?(\w+)",
    re.IGNORECASE,
)
_INTO = re.compile(rf"\b{_N} ?([a-z]+) (?:in|to|into|as) ([a-z]+)\b", re.IGNORECASE)
_ROOT = re.compile(rf"\b(?:the )?(?:square )?root of {_N}", re.IGNORECASE)
_AVERAGE = re.compile(r"\b(?:the )?(?:average|mean) of ((?:\d[\d.]*(?:, (?:and )?| and | )?){2,10})", re.IGNORECASE)
_IN_A_SUM = re.compile(r"(?<![\d,])(\d+),(\d{1,2})(?![\d,])")
_DECIMAL_COMMA = re.compile(
    r"(?<![\d,])\d+(?:,\d{1,2})? ?[-+*/×] ?\d+,\d{1,2}(?![\d,])|\d,\d{1,2} ?[-+*/×] ?\d|\d,\d{1,2} ?(?:%|per ?cent)"
)
"""`3,5 + 1,5`, as many countries write it. A comma for thousands has three digits after it."""
_PHRASES = tuple(
    (re.compile(pattern, re.IGNORECASE), put)
    for pattern, put in (
        (r"\b(\d+)/(\d+) of (?=\d)", r"\1 / \2 * "),
        (rf"\b(\d[\d.]*) ?(?:%|per ?cent) (?:off|less than) {_N}{_MONEY}", r"\2 - \2 / 100 * \1"),
        (rf"\b(\d[\d.]*) ?(?:%|per ?cent) (?:(?:tip|vat|tax|discount|interest|fee) )?(?:on|of|from) "
         rf"{_N}{_MONEY}", r"\2 / 100 * \1"),
        (rf"{_N}{_MONEY} (plus|minus|\+|-) (\d[\d.]*) ?(?:%|per ?cent)", r"\1 \2 \1 / 100 * \3"),
    )
)  # fmt: skip


def in_signs(text: str) -> str:
    """The text with its sum in signs, such as `3 * 1000`. Without a sum it is unchanged."""
    if not any(map(str.isdigit, text)) and "how many" not in text.lower():
        return text
    if _DECIMAL_COMMA.search(text):
        text = _IN_A_SUM.sub(r"\1.\2", text)
    text = _AVERAGE.sub(_average, _ROOT.sub(_root, text))
    for pattern, put in _PHRASES:
        text = pattern.sub(put, text)
    if match := _HOW_MANY.search(text):
        return _converted(match[0], match[2] or "1", match[3], match[1]) or text
    if match := _INTO.search(text):
        return _converted(match[0], match[1], match[2], match[3]) or text
    return text


def _converted(asked: str, number: str, unit: str, into: str) -> str:
    """`3 * 1000` for three kilograms in grams. '' if the units do not measure the same thing."""
    kind, size = _size(unit)
    other, wanted = _size(into)
    if not kind or kind != other:
        return ""
    return f"{number.replace(',', '')} {f'* {size // wanted}' if size >= wanted else f'/ {wanted // size}'}"


def _size(unit: str) -> tuple[int, int]:
    found = _SIZES.get(unit.lower()) or _SIZES.get(unit.lower().removesuffix("s"))
    return (found[0] + 1, found[1]) if found else (0, 1)


def _root(match: re.Match[str]) -> str:
    number = float(match[1].replace(",", ""))
    root = math.isqrt(int(number))
    return f"{match[1]} / {root}" if root and root * root == number else match[0]


def _average(match: re.Match[str]) -> str:
    numbers = re.findall(r"\d+(?:\.\d+)?", match[1])
    return f"({' + '.join(numbers)}) / {len(numbers)}"
