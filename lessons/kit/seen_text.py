"""What can be seen of a text: which of its characters are invisible, and what cannot be text at all.

Invisible characters can hide words from a reader that the model is sent. Unicode's categories decide, with a short list of
characters that are letters or marks by their category and blank on a screen. What belongs to an emoji or to a script that
cannot be written without it stays as it is: the joiner of a family, the selector of a coloured heart, the tags of a flag, the
non-joiner of a Persian word, the joiner next to a virama, the variant of a Chinese character or a Mongolian letter.
"""

import re
from collections.abc import Callable, Iterator
from unicodedata import category, combining, name

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_HALF = re.compile("[\ud800-\udfff]")

_INVISIBLE_CATEGORIES = frozenset(("Cc", "Cf", "Co", "Cs", "Zl", "Zp"))
_LISTED = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U0001d159"
    "\U000e0000-\U000e0fff]"
)
"""Invisible, and of another category: blank letters and marks, variation selectors, and what Unicode reserves for these."""
_VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""They have the category Cf, and are drawn around the digits that follow."""

_NOT_ASCII = re.compile(r"[^ -~\n\t]")
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
"""The flag of a part of a country: a black flag and the part's code, such as gbsct."""
_JOINER, _NON_JOINER = "\N{ZERO WIDTH JOINER}", "\N{ZERO WIDTH NON-JOINER}"
_LETTERS_JOIN = frozenset(("ADLAM", "ARABIC", "HANIFI", "MANDAIC", "MONGOLIAN", "NKO", "PHAGS-PA", "SYRIAC"))
"""The scripts whose letters join, by the first word of a letter's name."""
_TEXT_OR_EMOJI = frozenset("#*0123456789\u203c\u2049\u2139\u3030\u303d")
"""Characters that a selector can turn into an emoji, and that are not symbols by their category."""
_VIRAMA = 9
"""The combining class of the signs that join two consonants of an Indic script."""


def joined(text: str) -> str:
    """The text with each surrogate pair as the one character that it encodes. Half a pair stays."""
    if text.isascii() or _HALF.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def printable(text: str) -> str:
    """The text as UTF-8 can hold it: pairs joined, and U+FFFD for half a surrogate pair, which JSON can hold."""
    return text if text.isascii() else _HALF.sub(REPLACEMENT, joined(text))


def name_invisible(text: str, shown_as: Callable[[str], str]) -> str:
    """The text with `shown_as(character)` in place of each character that cannot be seen."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text  # nearly every text: what follows takes four times as long
    parts, end = [], 0
    for at in _invisible(text):
        parts += [text[end:at], shown_as(text[at])]
        end = at + 1
    return "".join(parts) + text[end:] if parts else text


def count_invisible(text: str) -> int:
    """How many characters of the text cannot be seen."""
    return sum(1 for _ in _invisible(joined(text)))


def unicode_name(character: str) -> str:
    """The code of a character and its name, if it has one: U+00AD SOFT HYPHEN."""
    return f"U+{ord(character):04X} {name(character, '')}".strip()


def _invisible(text: str) -> Iterator[int]:
    """The places of the characters that cannot be seen."""
    if text.replace("\n", "").replace("\t", "").isprintable() and _LISTED.search(text) is None:
        return
    in_flags = {at for flag in _FLAG.finditer(text) for at in range(*flag.span())}
    for found in _NOT_ASCII.finditer(text):
        at, character = found.start(), found.group()
        if _is_blank(character) and at not in in_flags and not _belongs(text, at):
            yield at


def _is_blank(character: str) -> bool:
    if category(character) in _INVISIBLE_CATEGORIES:
        return character not in _VISIBLE_FORMATS
    return _LISTED.match(character) is not None


def _belongs(text: str, at: int) -> bool:
    """Whether the character at this place is a part of an emoji, or of a letter next to it."""
    character, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if character in (_JOINER, _NON_JOINER):
        return (character == _JOINER and _joins_emoji(before, after)) or _joins_letters(text, at, after)
    if character in "\ufe0e\ufe0f":
        return _is_symbol(before) or before in _TEXT_OR_EMOJI
    if "\ufe00" <= character <= "\ufe0d":
        return _script(before) in ("CJK", "MYANMAR", "PHAGS-PA") or (before != "" and category(before) == "Sm")
    if "\U000e0100" <= character <= "\U000e01ef":
        return _script(before) == "CJK"
    if "\u180b" <= character <= "\u180f":
        return _script(_letter_before(text, at)) == "MONGOLIAN"
    return False


def _is_symbol(character: str) -> bool:
    return character != "" and category(character) in ("So", "Sm")


def _joins_emoji(before: str, after: str) -> bool:
    # Before the joiner there may be a skin tone (Sk), a selector, or the end of a flag's tags.
    ends = _is_symbol(before) or (before != "" and (category(before) == "Sk" or before in "\ufe0f\U000e007f"))
    return ends and _is_symbol(after)


def _joins_letters(text: str, at: int, after: str) -> bool:
    if any(combining(letter) == _VIRAMA for letter in text[at - 1 : at] + after):
        return True
    return _script(_letter_before(text, at)) in _LETTERS_JOIN


def _letter_before(text: str, at: int) -> str:
    """The letter before this place, past the marks on it; '' if there is none."""
    while at > 0 and category(text[at - 1]) == "Mn" and _LISTED.match(text[at - 1]) is None:
        at -= 1
    return text[at - 1 : at]


def _script(character: str) -> str:
    return name(character, "").partition(" ")[0] if character else ""
