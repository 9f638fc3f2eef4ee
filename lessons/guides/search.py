"""The search through lessons, steps, cases, session types and the glossary, for a word or a whole pasted traceback."""

import difflib
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from lessons.guides.cases.case import Case
from lessons.guides.cases.index import CASES
from lessons.guides.glossary import GLOSSARY
from lessons.guides.session_types import TYPES
from lessons.guides.symptoms import SYMPTOMS, WITHOUT_HELP
from lessons.guides.typed.languages import in_english
from lessons.guides.typed.plain_words import in_plain_words
from lessons.guides.typed.python_says import in_words_of_the_cases
from lessons.guides.typed.questions import OTHER_ERRORS, QUESTIONS
from lessons.guides.typed.sdk_says import misspelled_for, raised_by

Kind = Literal["case", "step", "lesson", "guide", "session type", "word"]

MOST = 12
"""At most this many results are given, the best first."""


@dataclass(frozen=True)
class Result:
    """One thing that was found. `leads_to` says in words where it leads.

    `case` is set for a case. `lesson` is the slug of a lesson or guide, '' without one, and `step` a step of it, from 1.
    """

    kind: Kind
    title: str
    says: str
    leads_to: str
    lesson: str = ""
    step: int | None = None
    case: Case | None = None


@dataclass(frozen=True)
class Found:
    """What fits, or, where nothing does, what is nearest."""

    fitting: tuple[Result, ...]
    nearest: tuple[Result, ...] = ()


@dataclass(frozen=True)
class _Indexed:
    """A result with the words that it is found by, each with its weight."""

    result: Result
    words: dict[str, float] = field(hash=False)


_NO_HELP = Result("word", "", "", "")
"""Found first, it says that nothing here helps, whatever else has the same words."""


def search(asked: str) -> Found:
    """What fits a word, a few words, or a pasted message with ids and paths in it; nothing where it has no word.

    Imports the lessons, and so the SDK, at the first call.
    """
    asked_words = _asked_words(asked)
    if not asked_words:
        return Found(())
    if of_type := _type_named(misspelled_for(asked)):
        return Found(of_type)
    index, rarity = _index()
    if not _CODE.search(asked):
        asked_words = _spelled(asked_words, rarity)
    known = {word: rarity[word] for word in asked_words if word in rarity}
    # A word that nothing has counts against a fit: nonsense around one known word fits nothing.
    whole = sum(known.values()) + sum(_UNKNOWN for word in asked_words if word not in rarity)
    # What a page says in passing does not make it the place for an error.
    least = _SAID if _AN_ERROR.search(asked) or " - error: " in asked else _IN_PASSING
    scored = []
    for number, one in enumerate(index):
        shared = [word for word in known if one.words.get(word, 0) >= least]
        if shared:
            share = sum(known[word] for word in shared) / whole
            scored.append((share, sum(known[word] * one.words[word] for word in shared), -number, one.result))
    best = sorted(scored, key=lambda one: (round(one[0], 1), one[1], one[2]), reverse=True)
    enough = ENOUGH_OF_MANY if len(asked_words) > FEW else ENOUGH_OF_FEW
    if best and best[0][0] >= enough and best[0][3] is _NO_HELP:
        return Found(())
    best = [one for one in best if one[3] is not _NO_HELP]
    fits = [result for share, _, _, result in best if share >= max(enough, best[0][0] - SLACK)]
    fitting = list({id(result): result for result in fits}.values())  # several texts can lead to one
    if fitting:
        return Found(tuple(fitting[:MOST]))
    if of_type := _type_named(raised_by(asked)):
        return Found(of_type)
    if (head := _TELLS_ALONE.search(asked)) and head[0] != asked:
        return search(head[0])
    return Found((), tuple({id(result): result for *_, result in best[:9]}.values())[:3] or _alike(asked_words))


ENOUGH_OF_FEW, ENOUGH_OF_MANY, FEW = 0.6, 0.45, 3
"""The share of the asked words, weighted by how rare they are, that a result must have: of up to FEW words, and of more."""
SLACK = 0.25
"""How much less than the best a result may have."""
_UNKNOWN = 3.0
_SAID, _IN_PASSING = 3.0, 1.0
"""What a word counts: in a title or an error, and in the text of a page."""
_AN_ERROR = re.compile(r"\b\w*(?:Error|Exception|Warning)\b(?::|\s*$)|\bError code: \d", re.MULTILINE)

_TELLS_ALONE = re.compile(r"\b\w+Error: Error code: (?:401|403|408|429|5\d\d)\b")
"""An error whose name and code say what it is, whatever words a service adds."""

_NOISE = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "for",
        "to",
        "is",
        "was",
        "in",
        "with",
        "and",
        "or",
        "by",
        "on",
        "at",
        "it",
        "its",
        "that",
        "this",
        "from",
        "must",
        "be",
        "has",
        "have",
        "been",
        "not",
        "no",
        "what",
        "how",
        "why",
        "does",
        "do",
        "i",
        "my",
        "file",
        "line",
        "module",
        "traceback",
        "most",
        "recent",
        "call",
        "last",
        "error",
        "exception",
        "code",
        "400",
        "self",
        "none",
        "true",
        "false",
        "object",
        "at0x",
        "item",
        "items",
        "id",
    ]
) - {"item", "call", "id"}
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


_CODE = re.compile(r"Error|Exception|Warning|[_:(]")


def _asked_words(asked: str) -> list[str]:
    plain = _ENVELOPE.sub(lambda match: match["message"], asked[:20_000])
    if not _CODE.search(plain):
        plain = in_plain_words(in_english(plain))
    plain = in_words_of_the_cases(plain)
    plain = _MACHINE.sub(" ", _STATEMENT.sub(" ", _REFUSED.sub("", plain)))
    return list(dict.fromkeys(_words(plain)))


def _words(text: str) -> list[str]:
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


@cache
def _index() -> tuple[tuple[_Indexed, ...], dict[str, float]]:
    """Everything that can be found, and how rare each word is in it."""
    found = [*_cases(), *_terms(), *_types(), *_lessons()]
    found += _symptoms(
        {one.result.case.slug if one.result.case else one.result.title: one.result for one in reversed(found)}
    )
    counted = Counter(word for one in found for word in one.words)
    rarity = {word: 1 + math.log(len(found) / count) for word, count in counted.items()}
    return tuple(found), rarity


def _indexed(result: Result, **texts: str) -> _Indexed:
    """`texts` by how much a word of them counts: in the `title`, in an `error`, or in the `body`."""
    words: dict[str, float] = {}
    for name, text in texts.items():
        weight = {"title": _SAID, "error": _SAID + 0.5, "body": _IN_PASSING}[name]
        for word in _words(text):
            words[word] = max(words.get(word, 0), weight)
    return _Indexed(result, words)


def _cases() -> list[_Indexed]:
    from lessons.frame.lesson import shown_source

    return [
        _indexed(
            Result("case", case.title, case.because, "opens here, and runs", case.lesson, case=case),
            title=case.title,
            error=f"{case.happens if case.raises else ''} {case.pasted}",
            body=f"{case.because} {case.happens} {shown_source(case.wrong)}",
        )
        for case in CASES
    ]


def _symptoms(results: Mapping[str, Result]) -> list[_Indexed]:
    """Each text that people paste, as an entry by itself: the words of two of them do not mix."""
    texts = [(results[name], text) for name, those in (*SYMPTOMS.items(), *QUESTIONS.items()) for text in those]
    texts += [(_NO_HELP, text) for text in (*WITHOUT_HELP, *OTHER_ERRORS)]
    return [
        _indexed(result, title=text if _CODE.search(text) else f"{text} {in_plain_words(text)}")
        for result, text in texts
    ]


def _terms() -> list[_Indexed]:
    return [
        _indexed(
            Result("word", term.name, term.means, "the glossary, and the lesson", term.lesson),
            title=term.name,
            body=term.means,
        )
        for term in GLOSSARY
    ]


def _types() -> list[_Indexed]:
    return [
        _indexed(
            Result("session type", one.name, " ".join(one.watch), "the table of session types", one.lesson),
            title=f"{one.name} {one.short}",
            body=f"{one.why} {' '.join(one.watch)} {one.server} {' '.join(one.packages)}",
        )
        for one in TYPES
    ]


def _lessons() -> list[_Indexed]:
    from lessons.course.index import GUIDES, LESSONS, load_lesson
    from lessons.frame.lesson import source

    found = []
    for entry in LESSONS:
        result = Result("lesson", entry.title, entry.question, f"the lesson {entry.title}", entry.slug)
        found.append(_indexed(result, title=f"{entry.title} {entry.question} {entry.slug.replace('_', ' ')}"))
        for number, step in enumerate(load_lesson(entry.slug).steps, start=1):
            leads_to = f"{entry.title}, step {number}"
            result = Result("step", step.title, step.look_for, leads_to, entry.slug, number)
            found.append(_indexed(result, title=step.title, body=f"{step.look_for} {source(step.run)}"))
    for entry in GUIDES:
        result = Result("guide", entry.title, entry.question, f"the page {entry.title}", entry.slug)
        found.append(_indexed(result, title=f"{entry.title} {entry.question}"))
    return found


def _type_named(name: str) -> tuple[Result, ...]:
    return tuple(one.result for one in _index()[0] if one.result.kind == "session type" and one.result.title == name)


def _spelled(asked: Sequence[str], known: Mapping[str, float]) -> list[str]:
    """The words, each unknown one as the known word that it was meant to be, where half of the words are known."""
    if 2 * sum(word in known for word in asked) < max(len(asked), 2):
        return list(asked)
    spelled = []
    for word in asked:
        alike = [one for one in known if one[0] == word[0]] if word not in known and len(word) > 4 else []
        spelled += difflib.get_close_matches(word, alike, n=1, cutoff=0.82) or [word]
    return list(dict.fromkeys(spelled))


def _alike(asked: Sequence[str]) -> tuple[Result, ...]:
    """Results for words that are spelled alike; none where no word is."""
    index, rarity = _index()
    index = tuple(one for one in index if one.result is not _NO_HELP)
    near = {word for one in asked for word in difflib.get_close_matches(one, rarity, n=2, cutoff=0.75)}
    scored = [(sum(one.words.get(word, 0) for word in near), -number, one.result) for number, one in enumerate(index)]
    return tuple(result for score, _, result in sorted(scored, key=lambda one: one[:2], reverse=True)[:3] if score > 0)
