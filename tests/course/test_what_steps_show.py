"""Each step shows what it showed when its words were last read: runs, requests, lines with causes, tables, calls, results.

The verdict of a step looks at what its words promise. This test looks at everything else that they could be about.
"""

import pytest

from tests.course.what_steps_show import NEWEST, SHOWN, differences, kept_differences, minor, text_of

pytestmark = pytest.mark.skipif(
    minor() != NEWEST and not (SHOWN / minor()).is_dir(), reason="nothing is kept of what this minor shows"
)


def test_a_step_shows_what_it_showed_when_its_words_were_read(walked):
    lesson, records = walked
    again = f"python -m tests.course.what_steps_show {lesson.slug}"
    assert differences(lesson.slug, text_of(lesson, records)) == kept_differences(lesson.slug), (
        f"read the words of the step, then: {again}"
    )
