"""Every sentence that `claims/` leaves to the verdict of a step has a false record, to which this verdict says no.

`test_false_records.py` makes the records and asks the verdicts. A sentence without a case is named in `NO_CASE` of
`false_cases/<lesson>.py`, with the reason.
"""

import pytest

from lessons.course.index import LESSONS, load_lesson
from tests.course.claims_of_pages import lines, sentences, told
from tests.course.false_cases import false_cases, without_a_case

SLUGS = [entry.slug for entry in LESSONS]


def left_to_steps(slug: str) -> dict[str, set[int]]:
    """The sentences that verdicts show, each with the numbers of the steps that all show it.

    The set is empty for a sentence that is on the page with another minor only. Raises ValueError if a sentence stands in no
    step and names none.
    """
    lesson, (now, other) = load_lesson(slug), lines(slug)
    own = [sentences(step.asks, step.look_for) for step in lesson.steps]
    found = {}
    for sentence, shown in {**now, **other}.items():
        if shown.startswith("step"):
            named = {int(word) for word in shown.split() if word.isdigit()}
            found[sentence] = named or {
                number for number, told_there in enumerate(own, start=1) if sentence in told_there
            }
            if not found[sentence] and sentence in told()[slug]:
                raise ValueError(f"claims/{slug}.txt: name the steps that show {sentence!r}")
    return found


def without_a_false_record(slug: str) -> list[str]:
    cases, excused = false_cases(slug), without_a_case(slug)
    missing = []
    for sentence, steps in left_to_steps(slug).items():
        covered = {case.step for case in cases if any(words in sentence for words in case.words)}
        if sentence not in excused and not (covered >= steps if steps else covered):
            missing.append(sentence)
    return missing


@pytest.mark.parametrize("slug", SLUGS)
def test_a_sentence_that_is_left_to_a_step_has_a_false_record(slug):
    assert without_a_false_record(slug) == [], f"add a case to tests/course/false_cases/{slug}.py"


@pytest.mark.parametrize("slug", SLUGS)
def test_the_words_of_a_case_are_part_of_one_sentence_that_its_step_shows(slug):
    """Words that are part of two sentences would count for both."""
    left = left_to_steps(slug)
    for case in false_cases(slug):
        for words in case.words:
            found = [
                steps for sentence, steps in left.items() if words in sentence and (case.step in steps or not steps)
            ]
            assert found, (case.step, words)
            assert len([steps for steps in found if steps]) <= 1, (case.step, words)


@pytest.mark.parametrize("slug", SLUGS)
def test_an_excuse_is_for_a_sentence_that_is_left_to_a_step(slug):
    excused = without_a_case(slug)
    assert set(excused) <= set(left_to_steps(slug))
    assert all(excused.values())
