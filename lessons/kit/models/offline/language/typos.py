"""Corrects common typing errors before the rules read a text. Names stay unchanged."""

import re
from functools import lru_cache

_SLIPS = {
    "whats": "what's", "wats": "what's", "wat": "what", "waht": "what", "wht": "what", "hwat": "what", "whos": "who's",
    "wheres": "where's", "wher": "where", "whre": "where", "wehre": "where", "hows": "how's", "hwo": "how", "howe": "how",
    "nam": "name", "naem": "name", "nmae": "name", "anme": "name", "namw": "name", "im": "I'm", "iam": "I am",
    "ive": "I've", "dont": "don't", "doesnt": "doesn't", "didnt": "didn't", "cant": "can't", "u": "you", "yuo": "you",
    "yu": "you", "ur": "your", "yuor": "your", "youre": "you're", "r": "are", "teh": "the", "hte": "the", "thsi": "this",
    "taht": "that", "adn": "and", "nad": "and", "abuot": "about", "abut": "about", "liev": "live", "lvie": "live",
    "lieve": "live", "likt": "like", "lke": "like", "liek": "like", "wrok": "work", "wokr": "work", "fro": "for",
    "frm": "from", "nme": "name", "mny": "many", "becuase": "because",
    "pls": "please", "plz": "please", "thx": "thanks", "tysm": "thanks", "ty": "thanks",
    "thanx": "thanks", "helo": "hello", "hllo": "hello",
    "remeber": "remember", "rember": "remember", "remmember": "remember", "remembr": "remember", "favorit": "favorite",
    "favourit": "favourite", "favrite": "favorite", "colur": "colour", "wether": "weather", "wheather": "weather",
    "adress": "address", "birtday": "birthday", "birthay": "birthday", "hobbys": "hobbies", "tel": "tell", "sesion": "session",
    "memroy": "memory", "memorry": "memory", "summerize": "summarize", "sumarize": "summarize", "wich": "which",
    "witch": "which",
}  # fmt: skip
_KEY_WORDS = [
    "remember",
    "favorite",
    "favourite",
    "weather",
    "birthday",
    "address",
    "session",
    "memory",
    "messages",
    "conversation",
    "summarize",
    "summarise",
    "called",
    "hobbies",
    "developer",
    "engineer",
    "language",
    "question",
    "programming",
    "tomorrow",
    "allergic",
]
_WORD = re.compile(r"[A-Za-z']+")
_WERE = re.compile(r"^were (?=(?:do|am|did) i\b)", re.IGNORECASE)


@lru_cache(maxsize=1_000)
def corrected(text: str) -> str:
    """The text with typing errors in common words corrected. A word with a capital inside a sentence counts as a name."""
    if len(text) > 400:
        return text
    return _WERE.sub("where ", _WORD.sub(lambda match: _word(match, text), text))


def _word(match: re.Match[str], text: str) -> str:
    word, before = match[0], text[: match.start()].rstrip()
    at_the_start = not before or before[-1] in ".!?\n"
    if not word.islower() and not (at_the_start and word[1:].islower()):
        return word
    lower = word.lower()
    right = _SLIPS.get(lower) or (_near(lower) if len(lower) >= 6 else "")
    if not right or (at_the_start and word[:1].isupper() and lower not in _SLIPS):
        return word
    return right.capitalize() if word[:1].isupper() else right


@lru_cache(maxsize=1_000)
def _near(word: str) -> str:
    """The key word from which `word` differs by one letter (added, missing or wrong) or by two swapped letters, '' for none."""
    for key in _KEY_WORDS:
        if word == key or word.startswith(key) or key.startswith(word):
            return ""
    return next((key for key in _KEY_WORDS if abs(len(key) - len(word)) <= 1 and _one_slip(word, key)), "")


def _one_slip(word: str, key: str) -> bool:
    same = next(
        (at for at, (one, other) in enumerate(zip(word, key, strict=False)) if one != other), min(len(word), len(key))
    )
    rest, wanted = word[same:], key[same:]
    swapped = rest[:2] == wanted[:2][::-1] and rest[2:] == wanted[2:]
    return rest[1:] == wanted or rest == wanted[1:] or rest[1:] == wanted[1:] or swapped
