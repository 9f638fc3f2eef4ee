"""The words of what is typed or pasted: without ids, paths and what a service wraps around its message."""

import re

from lessons.guides.typed.languages import in_english
from lessons.guides.typed.plain_words import in_plain_words
from lessons.guides.typed.python_says import in_words_of_the_cases

_SAY_NOTHING = """
a an the of for to is was in with and or by on at it its that this from must be has have been not no what how why
does do i my file line module traceback most recent last error exception code 400 self none true false object at0x
items
"""
_NOISE = frozenset(_SAY_NOTHING.split())
_IDS = re.compile(r"\b(rs|call|msg|fc|conv|resp|ws)_[a-z0-9]*\d?[a-z0-9…]*", re.IGNORECASE)
_MACHINE = re.compile(
    r"0x[0-9a-f…]+|(?:[a-z]:)?(?:[\\/]+[\w.-]+){2,}|\bline \d+\b|\bat 0x\S+|^\s*file .*$", re.IGNORECASE | re.MULTILINE
)


_ENVELOPE = re.compile(
    r"[\[{]+\s*['\"]error['\"]\s*:.*?['\"]message['\"]\s*:\s*(?P<quote>['\"])(?P<message>.*?)(?P=quote)\s*[,}].*",
    re.DOTALL,
)
"""What a service wraps around its message, with words that all its errors have."""
_REFUSED = re.compile(r"\b(?:openai\.)?BadRequestError: (?:Error code: 400 - )?(?=\S)")
_STATEMENT = re.compile(r"\[(?:SQL|parameters): .*?\]\s*$|\(Background on this error at: \S+\)", re.MULTILINE)


CODE = re.compile(r"Error|Exception|Warning|[_:(]")
"""What a question in plain words does not have."""


def in_words_of_the_pages(asked: str) -> str:
    """What is asked, in the words by which pages are found."""
    plain = _ENVELOPE.sub(lambda match: match["message"], asked[:20_000])
    if not CODE.search(plain):
        plain = in_plain_words(in_english(plain))
    plain = in_words_of_the_cases(plain)
    return _MACHINE.sub(" ", _STATEMENT.sub(" ", _REFUSED.sub("", plain)))


def words_of(text: str) -> list[str]:
    """Its words, each cut to its stem, and the parts of joined names such as `sqlite3.OperationalError`."""
    plain = _IDS.sub(lambda match: f" {match[1]}_ ", text.casefold())
    found = []
    for word in re.findall(r"[^\W_][\w.]*[^\W_]|[^\W_]_?", plain):
        for part in dict.fromkeys((word, *re.split(r"[._]+", word))):
            if part and part not in _NOISE and not part.isdigit():
                found.append(_stem(part))
    return found


def _stem(word: str) -> str:
    for ending in ("ies", "ing", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            stem = word.removesuffix(ending) + ("y" if ending == "ies" else "")
            return stem[:-1] if ending in ("ing", "ed") and stem[-1] == stem[-2] in "tpnmg" else stem
    return word
