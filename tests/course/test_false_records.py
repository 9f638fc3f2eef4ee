"""The verdict of a step says no to a record in which one of its sentences is false.

Each case names words of a sentence, and changes the record of a real run so that only what these words say is false.
"""

import pytest

from lessons.course.index import LESSONS, load_lesson
from lessons.frame import walk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.course.claims_of_pages import sentences_of_step
from tests.course.false_cases import false_cases


@pytest.mark.parametrize("slug", [entry.slug for entry in LESSONS])
def test_a_verdict_says_no_to_a_record_in_which_its_words_are_false(data_folder, provider, slug):
    lesson, desk = load_lesson(slug), open_desk(new_visitor(), slug)
    unnoticed = []
    for number, step in enumerate(lesson.steps, start=1):
        here = walk.Walk(lesson, desk, lesson.walk_stores[0], provider)
        seen = walk.start_step(here, number - 1).result(60)
        assert seen.held, seen.why_not
        on_page = sentences_of_step(lesson, number)
        for case in false_cases(slug):
            # Sentences that are on the page with another minor only speak of what that minor does.
            if case.step == number and any(words in sentence for words in case.words for sentence in on_page):
                changed = case.change(seen)
                assert changed != seen, (number, case.words)
                try:
                    if step.holds(changed):
                        unnoticed.append((number, case.words))
                except (LookupError, TypeError, ValueError):
                    pass  # a verdict that raises has no ✓ either
    desk.close()
    assert unnoticed == []
