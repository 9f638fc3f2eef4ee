"""Every sentence of a page that tells something, by page, and how `claims/` says that it is shown."""

import re
from functools import cache
from pathlib import Path

from lessons.course.failures.kinds import FAILURES
from lessons.course.index import LESSONS, load_lesson
from lessons.frame.lesson import Lesson
from lessons.guides.cases.index import CASES
from lessons.guides.decision import MYSQL_WATCH, QUESTIONS
from lessons.guides.glossary import GLOSSARY
from lessons.guides.session_types import TYPES

_ENDS = re.compile(r"(?<=[.!?:])[”\"]?\s+(?=[\"“A-Z`'])|(?<=[.!?][”\"])\s+|(?<=[.!])\s+")


def sentences(*texts: str) -> list[str]:
    return [sentence for text in texts for sentence in _ENDS.split(text) if sentence]


CLAIMS = Path(__file__).parent / "claims"


def lines(page: str) -> tuple[dict[str, str], dict[str, str]]:
    """How each sentence is shown: first those of the newest minor, then those of other minors."""
    now, other = {}, {}
    kept = now
    for line in (CLAIMS / f"{page}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            kept = other
        else:
            shown, _, sentence = line.partition(" | ")
            kept[sentence] = shown
    return now, other


def sentences_of_step(lesson: Lesson, number: int) -> list[str]:
    """The sentences that a step can show, with the installed SDK: its own, and those that name its number in `claims/`."""
    step, (now, other) = lesson.steps[number - 1], lines(lesson.slug)
    shown = {**now, **other}
    left = [one for one in told()[lesson.slug] if str(number) in shown.get(one, "").split()]
    return [*sentences(step.asks, step.look_for), *left]


@cache
def told() -> dict[str, list[str]]:
    """The sentences of each lesson by its slug, and of each part of the guides."""
    found = {}
    for entry in LESSONS:
        lesson = load_lesson(entry.slug)
        found[entry.slug] = sentences(
            *(text for step in lesson.steps for text in (step.asks, step.look_for)),
            *lesson.learned,
            *(one.hint for one in lesson.challenges),
        )
    options = [option for question in QUESTIONS for option in question.options]
    return {
        **found,
        "failure_kinds": sentences(*(one.tells for one in FAILURES)),
        "cases": sentences(*(case.because for case in CASES)),
        "session_types": sentences(
            *(text for one in TYPES for text in (one.why, *one.watch)),
            *(option.decides for option in options),
            *MYSQL_WATCH,
        ),
        "words": sentences(*(term.means for term in GLOSSARY)),
    }
