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
from lessons.guides.typed.plain_words import in_plain_words
from lessons.guides.typed.questions import QUESTIONS
from lessons.guides.typed.sdk_says import class_without_the_argument, raised_by
from lessons.guides.typed.words import CODE, in_words_of_the_pages, words_of

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
    """The results that fit, or the nearest ones if none fits."""

    fitting: tuple[Result, ...]
    nearest: tuple[Result, ...] = ()


_Form = Literal["page", "line", "questions"]


@dataclass(frozen=True)
class _Indexed:
    """A result with the words that it is found by, each with its weight.

    `form` says where the words come from: its page, one line that people paste, or all the questions that lead to it.
    """

    result: Result
    words: dict[str, float] = field(hash=False)
    form: _Form = "page"


_NO_HELP = Result("word", "", "", "")
"""If this is the best result, nothing here helps, even if other results have some of the words."""


def search(asked: str) -> Found:
    """What fits a word, a few words, or a pasted message with ids and paths in it; nothing if it has no word to look up.

    Imports the lessons, and so the SDK, at the first call.
    """
    text = in_words_of_the_pages(asked)
    asked_words = list(dict.fromkeys(words_of(text)))
    if not asked_words:
        return Found(())
    index, rarity = _index()
    question = _asked(asked, text, asked_words, rarity)
    scored = []
    for number, one in enumerate(index):
        # For an error, the words in the body of a page do not count: only those in titles and errors do.
        shared = [word for word in question.known if one.words.get(word, 0) >= question.least]
        if shared and _can_fit(question, one, shared, rarity):
            share = sum(question.known[word] for word in shared) / question.whole
            scored.append((share, sum(question.known[word] * one.words[word] for word in shared), -number, one.result))
    best = sorted(scored, key=lambda one: (round(one[0], 1), one[1], one[2]), reverse=True)
    enough = ENOUGH_OF_MANY if len(question.words) > FEW else ENOUGH_OF_FEW
    if best and best[0][0] >= enough and best[0][3] is _NO_HELP:
        return Found(())
    best = [one for one in best if one[3] is not _NO_HELP]
    is_known = bool(best) and best[0][0] >= WHOLE
    if not is_known and (of_type := _type_named(class_without_the_argument(asked))):
        return Found(of_type)
    fits = [result for share, _, _, result in best if share >= max(enough, best[0][0] - SLACK)]
    fitting = list({id(result): result for result in fits}.values())  # several texts can lead to one result
    if fitting:
        return Found(tuple(fitting[:MOST]))
    if of_type := _type_named(raised_by(asked)):
        return Found(of_type)
    if (head := _TELLS_ALONE.search(asked)) and head[0] != asked:
        return search(head[0])
    near = dict.fromkeys(result for share, *_, result in best[:9] if share >= NEAR)
    return Found((), tuple(near)[:3] or (_alike(question.words) if len(question.words) <= FEW else ()))


@dataclass(frozen=True)
class _Asked:
    """What is asked, as it is compared with the entries.

    `known` has the weight of each word that at least one entry has, and `whole` is the weight of all words. An entry
    must have one of `names` and all `types`, if there are any.
    """

    words: Sequence[str]
    known: Mapping[str, float]
    whole: float
    is_error: bool
    names: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()

    @property
    def least(self) -> float:
        return _SAID if self.is_error else _IN_PASSING


def _asked(asked: str, text: str, words: Sequence[str], rarity: Mapping[str, float]) -> _Asked:
    is_code, is_error = bool(CODE.search(asked)), bool(_AN_ERROR.search(asked) or " - error: " in asked)
    words = words if is_code else _spelled(words, rarity)
    # The words in quotes in an error, such as a name, distinguish it from other errors with the same words.
    quoted = frozenset(words_of(" ".join(_IN_QUOTES.findall(text)))) if is_error else frozenset()
    # A word that no entry has counts against a fit: nonsense around one known word fits nothing.
    unknown = _UNKNOWN_IN_CODE if is_code else _UNKNOWN
    counts = {word: rarity.get(word, 0 if _JOINED.search(word) else unknown) for word in words}
    counts |= {word: counts[word] * _QUOTED for word in quoted & counts.keys()}
    known = {word: count for word, count in counts.items() if word in rarity}
    names = quoted - {"nonetype"} if _TOLD_BY_A_NAME.match(text) else frozenset()
    types = quoted if len(quoted) > 1 and quoted <= _TYPES else frozenset()
    return _Asked(words, known, sum(counts.values()), is_error, names, types)


def _can_fit(asked: _Asked, one: _Indexed, shared: Sequence[str], rarity: Mapping[str, float]) -> bool:
    """Whether the shared words are more than chance: most errors have some words in common, and most questions too."""
    if asked.is_error:
        of_line = sum(rarity[word] for word in one.words if not _JOINED.search(word))
        of_both = sum(rarity[word] for word in shared if not _JOINED.search(word))
        has_names = not asked.names or not asked.names.isdisjoint(shared)
        has_line = one.form == "page" or of_both >= LEAST_OF_A_LINE * of_line
        return has_line and has_names and asked.types <= set(shared)
    said = sum(asked.known[word] for word in shared if one.words[word] >= _SAID)
    is_said = len(asked.words) <= FEW or said >= LEAST_SAID * asked.whole
    return is_said and (len(shared) > 1 or len(asked.words) < FEW)


ENOUGH_OF_FEW, ENOUGH_OF_MANY, FEW = 0.6, 0.45, 3
"""The share of the asked words, weighted by how rare they are, that a result must have: for up to FEW words, and for more."""
WHOLE = 0.95
"""A result with at least this share is the same error, and not only a similar one."""
SLACK = 0.25
"""How much smaller than the best share the share of a result may be."""
NEAR = 0.25
"""A result with a smaller share is not even near."""
LEAST_SAID = 0.15
"""The share of the asked words that titles and questions must have: the words in the body of a page are not enough."""
LEAST_OF_A_LINE = 0.35
"""The share of the words of a line that people paste, weighted by how rare they are, that an error must have."""
_UNKNOWN, _UNKNOWN_IN_CODE = 3.0, 4.0
_QUOTED = 1.5
_IN_QUOTES = re.compile(r"(?<!\w)'([\w. ]+)'(?!\w)")
_TOLD_BY_A_NAME = re.compile(r"\s*(?:\w+\.)*(?:Attribute|Key|ModuleNotFound|Import)Error\b")
_TYPES = frozenset({"str", "int", "float", "dict", "list", "tuple", "nonetype"})
"""Type names that the errors of any program have in quotes."""
_JOINED = re.compile(r"\w[._]\w")
"""A name such as `sqlite3.OperationalError`, whose parts count as well."""
_SAID, _IN_PASSING = 3.0, 1.0
"""The weight of a word in a title or an error, and in the body of a page."""
_AN_ERROR = re.compile(
    r"\b\w*(?:Error|Exception|Warning)\b(?::|\s*$)|^(?:\w+\.)+[A-Z]\w+(?::|\s*$)|\bError code: \d", re.MULTILINE
)

_TELLS_ALONE = re.compile(r"\b\w+Error: Error code: (?:401|403|408|429|5\d\d)\b")
"""An error whose name and code say what it is. The words that a service adds are not needed."""


@cache
def _index() -> tuple[tuple[_Indexed, ...], dict[str, float]]:
    """Everything that can be found, and how rare each word is in it."""
    found = [*_cases(), *_terms(), *_types(), *_lessons()]
    found += _symptoms(
        {one.result.case.slug if one.result.case else one.result.title: one.result for one in reversed(found)}
    )
    texts = [one.words for one in found if one.form != "questions"]  # the others only repeat the words of lines
    counted = Counter(word for words in texts for word in words)
    rarity = {word: 1 + math.log(len(texts) / count) for word, count in counted.items()}
    return tuple(found), rarity


def _indexed(result: Result, form: _Form = "page", **texts: str) -> _Indexed:
    """`texts` are the `title`, the `error` and the `body`, whose words have different weights."""
    words: dict[str, float] = {}
    for name, text in texts.items():
        weight = {"title": _SAID, "error": _SAID + 0.5, "body": _IN_PASSING}[name]
        for word in words_of(text):
            words[word] = max(words.get(word, 0), weight)
    return _Indexed(result, words, form)


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
    """Each text that people paste or type, as an entry by itself, and the questions of a result together."""
    texts = [(results[name], text) for name, those in (*SYMPTOMS.items(), *QUESTIONS.items()) for text in those]
    texts += [(_NO_HELP, text) for text in WITHOUT_HELP]
    questions: dict[Result, list[str]] = {}
    for result, text in texts:
        if not CODE.search(text) and result is not _NO_HELP:
            questions.setdefault(result, []).append(f"{text} {in_plain_words(text)}")
    return [
        *(
            _indexed(result, "line", title=f"{text} {'' if CODE.search(text) else in_plain_words(text)}")
            for result, text in texts
        ),
        *(
            _indexed(result, "questions", title=" ".join((result.title, *those)), body=in_plain_words(result.says))
            for result, those in questions.items()
        ),
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
    """The words, with the known word of the nearest spelling for each unknown one, if at least half of them are known."""
    if 2 * sum(word in known for word in asked) < max(len(asked), 2):
        return list(asked)
    spelled = []
    for word in asked:
        alike = [one for one in known if one[0] == word[0]] if word not in known and len(word) > 4 else []
        spelled += difflib.get_close_matches(word, alike, n=1, cutoff=0.82) or [word]
    return list(dict.fromkeys(spelled))


def _alike(asked: Sequence[str]) -> tuple[Result, ...]:
    """Up to three results for known words with a spelling like that of an asked word."""
    index, rarity = _index()
    index = tuple(one for one in index if one.result is not _NO_HELP)
    near = set()
    for word in asked:
        begins = [one for one in rarity if one[0] == word[0]]
        near.update(difflib.get_close_matches(word, begins, n=2, cutoff=0.75))
    scored = [(sum(one.words.get(word, 0) for word in near), -number, one.result) for number, one in enumerate(index)]
    best = sorted((one for one in scored if one[0] > 0), key=lambda one: one[:2], reverse=True)
    return tuple(dict.fromkeys(result for *_, result in best))[:3]
