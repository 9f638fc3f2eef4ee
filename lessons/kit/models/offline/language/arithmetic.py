"""Arithmetic for the offline model: finds a sum in a sentence and calculates it exactly, without `eval`."""

import re
from decimal import Decimal, localcontext
from fractions import Fraction

MAX_TOKENS = 60
"""Longer sums are not calculated, nor are numbers of more than 30 digits."""

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_TENS = "thirty forty fifty sixty seventy eighty ninety hundred"
_NUMBER_WORDS = dict(zip(f"{_SMALL} {_TENS}".split(), (*range(21), *range(30, 101, 10)), strict=True))
_NUMBERS = re.compile(rf"\b({'|'.join(_NUMBER_WORDS)})\b")
_DIGIT = re.compile(r"\d")
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-"})
_WORDS = (
    (re.compile(r"\b(?:multiplied by|times)\b|(?<=\d)\s*x\s*(?=\d)"), " * "),
    (re.compile(r"\bdivided by\b|(?<=\d)\s+over\s+(?=\d)"), " / "),
    (re.compile(r"(\d+(?:\.\d+)?)\s*(?:%|per ?cent) of (?=\d)"), r"\1 / 100 * "),
    (re.compile(r"\bplus\b"), " + "),
    (re.compile(r"\b(?:sum of|add) ([\d.]+) (?:and|to) ([\d.]+)"), r"\1 + \2"),
    (re.compile(r"\b(?:product of|multiply) ([\d.]+) (?:and|by) ([\d.]+)"), r"\1 * \2"),
    (re.compile(r"\bminus\b"), " - "),
    (re.compile(r"(?<=\d),(?=\d{3}\b)"), ""),
)
_ON_THE_LAST = (
    (re.compile(r"\b(?:double|twice) (?:that|it|this|the result)\b"), " * 2"),
    (re.compile(r"\btriple (?:that|it|this|the result)\b"), " * 3"),
    (re.compile(r"\b(?:halve|half(?: of)?) (?:that|it|this|the result)\b"), " / 2"),
    (re.compile(r"\bmultiply (?:that|it|this|the result) by\b"), " * "),
    (re.compile(r"\bdivide (?:that|it|this|the result) by\b"), " / "),
    (re.compile(r"\badd ([\d.]+)(?: to (?:that|it|this|the result))?"), r" + \1"),
    (re.compile(r"\bsubtract ([\d.]+)(?: from (?:that|it|this|the result))?"), r" - \1"),
)
_SUM = re.compile(r"(?<![\w.])[-+(]{0,9}[\d.]+(?:\s*[-+*/()]\s*|[\d.]+){0,120}")
_ASKED = re.compile(r"(?:what(?:'s| is| are)|how much (?:is|are)|calculate|compute|evaluate|solve|=)[\s:]*$")
_ANSWERED = re.compile(r"= (?:about )?(-?[\d,]+(?:\.\d+)?)\.")
_OPEN = re.compile(r"^(?:(?:and|now|then|what about|ok|okay|please|so)[\s,]+)*([-+*/])\s*([\d.]+)\s*[?.]*$")
_TOKEN = re.compile(r"\s*(\d{1,30}(?:\.\d{1,30})?|\.\d{1,30}|[-+*/()])")


def find_sum(text: str) -> str | None:
    """The last sum in a sentence, such as `2 + 2`, None if there is none. Dates and ranges are not sums."""
    plain = _in_signs(text)
    found = None
    for match in _SUM.finditer(plain):
        expression = match[0].strip(" .")
        if value(expression) is None or not re.search(r"[\d.)]\s*[-+*/]", expression):
            continue
        asked = _ASKED.search(plain[: match.start()]) or not re.search(r"\w", plain.replace(match[0], ""))
        if asked or re.search(r"[+*]|\s[-/]\s", expression):
            found = expression
    return found


def find_continuation(text: str) -> str | None:
    """`* 3` for `Multiply that by 3`: a sum that lacks its first number."""
    plain = _in_signs(text)
    for pattern, sign in _ON_THE_LAST:
        plain = pattern.sub(sign, plain)
    match = _OPEN.match(plain.strip())
    return f"{match[1]} {match[2]}" if match and value(f"1 {match[1]} {match[2]}") is not None else None


def last_result(text: str) -> str | None:
    """The last result in an earlier answer of `say_sum`, without commas. None if there is none."""
    matches = _ANSWERED.findall(text)
    return matches[-1].replace(",", "") if matches else None


def say_sum(expression: str) -> str:
    """`2 + 2 = 4.`, or why there is no answer."""
    result = value(expression)
    shown = re.sub(r"\s*([*/+])\s*|(?<=[\d.)])\s*(-)\s*", lambda match: f" {match[1] or match[2]} ", expression)
    if isinstance(result, Fraction):
        return f"{shown} = {_shown(result)}."
    return f"{shown} has no answer: a number cannot be divided by zero."


def value(expression: str) -> Fraction | ZeroDivisionError | None:
    """The exact value, None if the text is not a sum. A division by zero returns a ZeroDivisionError and does not raise it."""
    tokens: list[str] = []
    position = 0
    while position < len(expression):
        match = _TOKEN.match(expression, position)
        if match is None or len(tokens) == MAX_TOKENS:
            return None
        tokens.append(match[1])
        position = match.end()
    try:
        result, rest = _terms(tokens)
    except ZeroDivisionError as error:
        return error
    except (ValueError, IndexError):
        return None
    return None if rest else result


def _terms(tokens: list[str]) -> tuple[Fraction, list[str]]:
    total, tokens = _factors(tokens)
    while tokens and tokens[0] in "+-":
        term, rest = _factors(tokens[1:])
        total, tokens = (total + term if tokens[0] == "+" else total - term), rest
    return total, tokens


def _factors(tokens: list[str]) -> tuple[Fraction, list[str]]:
    product, tokens = _number(tokens)
    while tokens and tokens[0] in "*/":
        factor, rest = _number(tokens[1:])
        product, tokens = (product * factor if tokens[0] == "*" else product / factor), rest
    return product, tokens


def _number(tokens: list[str]) -> tuple[Fraction, list[str]]:
    first, rest = tokens[0], tokens[1:]
    if first in "+-":
        number, rest = _number(rest)
        return (number if first == "+" else -number), rest
    if first == "(":
        number, rest = _terms(rest)
        if rest[0] != ")":
            raise ValueError("an open bracket")
        return number, rest[1:]
    return Fraction(first), rest


def _shown(number: Fraction) -> str:
    if number.denominator == 1:
        return f"{number.numerator:,}"
    with localcontext(prec=12):
        decimal = Decimal(number.numerator) / Decimal(number.denominator)
    exact = Fraction(decimal) == number
    return f"{'' if exact else 'about '}{decimal.normalize():,f}"


def _in_signs(text: str) -> str:
    plain = _NUMBERS.sub(lambda match: str(_NUMBER_WORDS[match[1]]), text.lower().translate(_SIGNS))
    if _DIGIT.search(plain) is None:
        return plain  # without a digit it is not a sum, and there is nothing to replace
    for pattern, sign in _WORDS:
        plain = pattern.sub(sign, plain)
    return " ".join(plain.split())
