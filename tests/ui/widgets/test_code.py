"""The code of a step on its card: the line that calls the SDK is marked."""

import re

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


CALLED = """async def step(session):
    text = await exported(session)
    return length(text)

async def exported(session):
    return str(await session.get_items())

def length(text):
    return len(text)"""


def test_a_call_of_a_function_that_calls_the_sdk_is_marked_and_one_of_another_function_is_not():
    """In Life cycle, the line that exported a session was not marked, and the preparation before it was."""
    marked = [line for line in code_html(CALLED, lambda session: session).split("\n") if "<mark" in line]
    assert ["exported" in line or "get_items" in line for line in marked] == [True, True]


def test_functions_that_call_each_other_are_read_to_the_end():
    source = "def a(session):\n    return b(session)\n\ndef b(session):\n    return a(session) or session.get_items()"
    assert code_html(source, lambda session: session).count("<mark") == 2


def test_a_call_can_break_before_its_arguments():
    """On a phone, a word in the middle of its first argument broke."""
    drawn = code_html(
        "def run(session):\n    session.pop_item()\n    return open_it('chat.db')", lambda session: session
    )
    assert drawn.count("<wbr>") == 2
    assert "pop_item()" in re.sub(r"</?span[^>]*>", "", drawn)
