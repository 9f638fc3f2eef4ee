"""Every sentence about the SDK says how it is shown: a claim is shown by a run that fails if the claim is false.

The sentences are those of lessons and guides, panels, tools and the terminal, the ledger, findings, problems and documents.

`claims/<page>.txt` has a line for each sentence, `how it is shown | the sentence`:

    step             the verdict of its own step, which every walk of the course reaches; of a question, what it supposes
    step 3 4         the verdicts of these steps of the lesson (test_every_step_claim.py asks that each can say no)
    case, failure    both codes of the case, or the failure and its recovery, which tests run
    test_…           these tests
    app              it is about this app
    advice, meaning  it says what to do, or what a word means
    reported         it says what a service does, or what happens on some machines only, which no test can run

A sentence that is changed, added or removed fails here until its line says again how it is shown. Lines after `# other minors`
stand on the page with another minor of the SDK.
"""

import re
from functools import cache
from pathlib import Path

import agents
import pytest

from lessons.course.index import LESSONS, load_lesson
from tests.course.claims_of_pages import lines, told
from tests.course.claims_of_words import PARTS, words_outside

TESTS = Path(__file__).parents[1]
WORDS = {"step", "case", "failure", "app", "advice", "meaning", "reported"}
PAGES = (*told(), *PARTS)


def sentences_of(page: str) -> list[str]:
    """Those outside the lessons are read when a test asks for them: to read all takes a second in each worker."""
    return words_outside(page) if page in PARTS else told()[page]


@cache
def names_of_tests() -> frozenset[str]:
    found = re.findall(
        r"^(?:async )?def (test_\w+)",
        "\n".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")),
        re.M,
    )
    return frozenset(found)


@pytest.mark.parametrize("page", PAGES)
def test_every_sentence_says_how_it_is_shown(page):
    now, other = lines(page)
    shown = {**now, **other}
    missing = [sentence for sentence in sentences_of(page) if sentence not in shown]
    assert missing == [], f"say in tests/course/claims/{page}.txt how it is shown"


@pytest.mark.skipif(not agents.__version__.startswith("0.24."), reason="the first part has the sentences of 0.24")
@pytest.mark.parametrize("page", PAGES)
def test_every_line_stands_on_its_page(page):
    told_there = set(sentences_of(page))
    assert [sentence for sentence in lines(page)[0] if sentence not in told_there] == []


@pytest.mark.parametrize("page", PAGES)
def test_what_shows_it_is_there(page):
    now, other = lines(page)
    steps = {str(number) for number in range(1, 30)} if page not in LESSON_STEPS else LESSON_STEPS[page]
    for sentence, shown in {**now, **other}.items():
        unknown = [
            word for word in shown.split() if word not in WORDS and word not in steps and word not in names_of_tests()
        ]
        assert shown, sentence
        assert unknown == [], sentence


LESSON_STEPS = {
    entry.slug: {str(number) for number in range(1, len(load_lesson(entry.slug).steps) + 1)} for entry in LESSONS
}


def test_a_claim_of_the_sdk_is_not_left_to_what_is_reported():
    """Only what no test can run is `reported`: it is about a service, a driver or a server."""
    kept = [shown for page in PAGES for shown in lines(page)[0].values()]
    assert kept.count("reported") / len(kept) < 0.05
