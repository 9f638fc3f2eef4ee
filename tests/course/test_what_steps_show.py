"""Each step shows all that it showed when its words were read: runs, requests, lines with causes, tables, calls and results.

The verdict of a step looks at what its words promise. This looks at everything else that they could speak of.
"""

import agents
import pytest

from lessons.course.index import LESSONS, load_lesson
from tests.course.what_steps_show import SHOWN, walked

pytestmark = pytest.mark.skipif(
    not agents.__version__.startswith("0.24."), reason="written with 0.24: some steps show something else before"
)


@pytest.mark.parametrize("slug", [entry.slug for entry in LESSONS])
def test_a_step_shows_what_it_showed_when_its_words_were_read(slug, provider):
    expected = (SHOWN / f"{slug}.txt").read_text(encoding="utf-8").splitlines()
    again = f"python -m tests.course.what_steps_show {slug}"
    assert walked(load_lesson(slug), provider).splitlines() == expected, f"read the words of the step, then: {again}"
