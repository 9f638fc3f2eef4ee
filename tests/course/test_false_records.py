"""The verdict of a step says no to a record in which one of its sentences is false.

Each case names words of a sentence, and changes the record of a real run so that only what these words say is false.
"""

from tests.course.claims_of_pages import sentences_of_step
from tests.course.false_cases import false_cases


def test_a_verdict_says_no_to_a_record_in_which_its_words_are_false(walked):
    lesson, records = walked
    unnoticed = []
    for number, (step, seen) in enumerate(zip(lesson.steps, records, strict=True), start=1):
        assert seen.held, seen.why_not
        on_page = sentences_of_step(lesson, number)
        for case in false_cases(lesson.slug):
            # Sentences that are on the page with another minor only speak of what that minor does.
            if case.step == number and any(words in sentence for words in case.words for sentence in on_page):
                changed = case.change(seen)
                assert changed != seen, (number, case.words)
                try:
                    if step.holds(changed):
                        unnoticed.append((number, case.words))
                except (LookupError, TypeError, ValueError):
                    pass  # a verdict that raises has no ✓ either
    assert unnoticed == []
