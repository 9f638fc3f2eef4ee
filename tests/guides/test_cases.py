"""Common mistakes and trouble-shooting: the wrong code does what the page says of it, and the right code runs."""

import asyncio
import importlib.util

import pytest

from lessons.course.index import LESSONS, load_lesson
from lessons.frame.lesson import shown_source
from lessons.guides.cases.index import CASES, MISTAKES
from lessons.guides.cases.troubleshooting import TROUBLE
from lessons.guides.code_runner import run_code
from lessons.guides.search import search

SLUGS = [case.slug for case in CASES]


def case_of(slug):
    return CASES[SLUGS.index(slug)]


def outcome(code):
    """What the code comes to. No outcome names a folder of this machine."""
    found = asyncio.run(run_code(code))
    assert "site-packages" not in found.says
    return found


@pytest.mark.matrix
@pytest.mark.parametrize("slug", SLUGS)
def test_the_wrong_code_comes_to_what_is_said_of_it(slug):
    if slug == "extra" and importlib.util.find_spec("dapr"):
        pytest.skip("the dapr extra is installed here, so nothing is missing")
    case, wrong = case_of(slug), outcome(case_of(slug).wrong)
    assert wrong.raised is (case.raises or slug == "loops")
    assert case.happens in wrong.says if wrong.raised else wrong.says == case.happens


@pytest.mark.matrix
@pytest.mark.parametrize("slug", SLUGS)
def test_the_right_code_runs_and_gives_what_is_said(slug):
    case, right = case_of(slug), outcome(case_of(slug).right)
    assert not right.raised, right.says
    assert right.says.startswith(case.gives) if slug == "extra" else right.says == case.gives


def test_the_two_codes_of_a_case_do_not_come_to_the_same():
    """The tests above show that the codes come to these words; an error is never what the right code comes to."""
    assert [case.slug for case in CASES if not case.raises and case.happens.startswith(case.gives)] == []


@pytest.mark.matrix
def test_a_file_of_a_package_is_named_from_the_package_on():
    assert "(agents/__init__.py)" in outcome(case_of("extension-from-agents").wrong).says


def test_cases_are_told_apart():
    assert len(set(SLUGS)) == len(SLUGS)
    assert len({case.title for case in CASES}) == len(CASES)


@pytest.mark.parametrize("slug", [case.slug for case in CASES if case.step])
def test_the_step_that_a_case_leads_to_is_there(slug):
    lesson, number, title = case_of(slug).step
    assert load_lesson(lesson).steps[number - 1].title == title


def test_the_lessons_that_cases_lead_to_are_those_of_the_course():
    named = {case.lesson for case in CASES if case.lesson}
    assert named <= {lesson.slug for lesson in LESSONS}


def test_the_code_is_short_enough_for_the_page():
    wide = [
        (case.slug, line)
        for case in CASES
        for code in (case.wrong, case.right)
        for line in shown_source(code).splitlines()
        if len(line) > 80
    ]
    assert wide == []


# The search


@pytest.mark.parametrize("slug", [case.slug for case in CASES if case.raises])
def test_an_error_message_finds_its_case(slug):
    same = [case.slug for case in CASES if case.happens == case_of(slug).happens]
    found = [result.case.slug for result in search(case_of(slug).happens).fitting if result.case]
    assert set(same) & set(found[:3])


def test_every_case_is_in_one_group():
    grouped = [case for group in (*MISTAKES.values(), *TROUBLE.values()) for case in group]
    assert grouped == list(CASES)
    assert all((*MISTAKES.values(), *TROUBLE.values()))
