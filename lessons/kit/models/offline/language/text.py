"""Small text functions that the rules of the offline model share. They are pure, and no text makes them raise an error."""

import re
from collections.abc import Sequence

_CONTROLS = {code: " " for code in (*range(32), *range(127, 160)) if code != 10}
_TIDY = {**_CONTROLS, 0x2019: "'", 0x2018: "'", 0x201C: '"', 0x201D: '"'}


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def any_of(*alternatives: str) -> re.Pattern[str]:
    """A pattern for whole words or phrases, each given as a regular expression. It ignores case."""
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b", re.IGNORECASE)


_STOP = words(
    "a about an and any are as at be been by can could current do does for from get give given had has have he her "
    "his how i if in into is it its let like me my no not of on or our please so some tell that the their them there "
    "they this to up us use user want was we were what when where which who why will with would you your"
)
_ASKING = re.compile(
    r"(?:(?:and|so|ok|okay|now|please|hi|hello|hey)[\s,]+){0,3}(?:what|who|where|when|why|which|how|do|does|did|is|are"
    r"|can|could|will|would|should|did|show|tell|read|repeat|remind|find|give|check|get|look|recommend|suggest|search"
    r"|compare|list|explain)\b",
    re.IGNORECASE,
)
_ASKING_ABROAD = re.compile(
    r"(?:c[oó]mo|d[oó]nde|cu[aá]l|cu[aá]ndo|qui[eé]n|wie|woher|wer|wann|quel|quelle|o[uù] est|où|onde|quem|qual|quando|hoe|waar"
    r"|jak|gdzie|как|где|кто|что|сколько|откуда|mikä|missä|kuka|vad|vem)\b",
    re.IGNORECASE,
)
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("ing", ""), ("ed", ""), ("s", ""))

_SPELLINGS = (
    (re.compile(r"(?<=\w\w[^s'])s$"), ""),
    (re.compile(r"\bfav(?:e|ou?rite)?\b"), "favorite"),
    (re.compile(r"\bcolour"), "color"),
    (re.compile(r"\b(?:mum|mom|mama|mummy)\b"), "mother"),
    (re.compile(r"\b(?:dad|papa|daddy)\b"), "father"),
    (re.compile(r"\bbday\b"), "birthday"),
    (re.compile(r"\bmovie\b"), "film"),
    (re.compile(r"\be-mail"), "email"),
    (re.compile(r"^(?:own|current|full|new|real) "), ""),
    (re.compile(r"^(email|phone) (?:address|number)$"), r"\1"),
)


def tidy(text: str) -> str:
    """The text with plain quotes, and with spaces for control characters. Line breaks stay."""
    return text.translate(_TIDY).strip()


def clip(text: str, length: int = 160) -> str:
    """The text on one line. A longer text is cut to at most `length` characters, with `…` at the end."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def bare(value: str) -> str:
    """A value in lower case and without its article, to compare values."""
    return re.sub(r"^(?:an?|the) ", "", value.lower().strip(" .?!"))


def attribute(name: str) -> str:
    """One spelling for a thing that a user has: `favourite colours` and `favorite color` become the same."""
    spelled = name.lower().strip(" ?.!'\"")
    for pattern, put in _SPELLINGS:
        spelled = pattern.sub(put, spelled)
    return spelled


def quote(text: str) -> str:
    return f"“{clip(text.rstrip('. '), 120)}”"


def listed(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def uncapital(sentence: str) -> str:
    """The sentence with a small first letter, for use after a comma or colon. `I` and `I'm` stay."""
    return sentence if sentence.startswith(("I ", "I'm ")) else sentence[:1].lower() + sentence[1:]


def number_of(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def stems(text: str) -> frozenset[str]:
    """The rough stems of the words that carry meaning, so that `charges`, `charging` and `charge` count as one."""
    found = re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower())
    return frozenset(stem(word) for word in found if word not in _STOP and len(word) > 1)


_IRREGULAR = {
    "bought": "buy", "ate": "eat", "eaten": "eat", "went": "go", "gone": "go", "saw": "see", "seen": "see", "drove": "drive",
    "wrote": "write", "written": "write", "took": "take", "met": "meet", "left": "leave", "paid": "pay", "sold": "sell",
    "lost": "lose", "found": "find", "made": "make", "spent": "spend", "kept": "keep", "flew": "fly", "drank": "drink",
    "told": "tell", "said": "say", "knew": "know", "thought": "think", "got": "get", "began": "begin", "broke": "break",
    "kid": "child", "kids": "child", "mum": "mother", "mom": "mother", "mummy": "mother", "mama": "mother", "dad": "father",
    "daddy": "father", "papa": "father", "movie": "film", "movies": "film", "bday": "birthday", "fav": "favourite",
    "favorite": "favourite", "color": "colour", "colors": "colour", "flat": "apartment", "automobile": "car", "auto": "car",
    "allergic": "allergy",
    "children": "child", "men": "man", "women": "woman", "people": "person", "feet": "foot", "mice": "mouse",
}  # fmt: skip


def stem(word: str) -> str:
    word = _IRREGULAR.get(word, word)
    for ending, put in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > 2 and not word.endswith("ss"):
            word = word.removesuffix(ending) + put
            break
    return word.removesuffix("e") if len(word) > 3 else word


def asks(text: str) -> bool:
    """Whether a text asks for something, and does not only state something."""
    return any(sign in text for sign in "?？") or bool(_ASKING.match(text) or _ASKING_ABROAD.match(text))
