"""The code of a step on its card: the line that calls the SDK is marked."""

import pytest

from lessons.course.index import LESSONS, load_lesson
from lessons.frame.lesson import own_first, shown_source, source
from lessons.ui.widgets.code import code_html


@pytest.mark.parametrize("slug", [one.slug for one in LESSONS])
def test_the_sdk_call_of_each_step_is_marked_and_its_own_function_comes_first(slug):
    for step in load_lesson(slug).steps:
        shown = own_first(step.run)
        assert shown.startswith(source(step.run))
        assert sorted(filter(None, shown.split("\n"))) == sorted(filter(None, shown_source(step.run).split("\n")))
        assert '<mark class="sdk">' in code_html(shown, step.run), step.title
