"""Common mistakes and trouble-shooting: the wrong code does what the page says of it, and the right code runs."""

import asyncio
import importlib.util

import pytest

from lessons.course.index import LESSONS, load_lesson
from lessons.frame.lesson import shown_source
from lessons.guides.cases.index import CASES, MISTAKES
from lessons.guides.cases.troubleshooting import TROUBLE
from lessons.guides.code_runner import Outcome, run_code
from lessons.guides.search import search

SLUGS = [case.slug for case in CASES]


@pytest.fixture(scope="module")
def outcomes() -> dict[str, tuple[Outcome, Outcome]]:
    """Every wrong and every right code, run at the same time: one of them waits five seconds for a lock."""

    async def run_all():
        async def both(case):
            return await asyncio.gather(run_code(case.wrong), run_code(case.right))

        return await asyncio.gather(*map(both, CASES))

    return dict(zip(SLUGS, asyncio.run(run_all()), strict=True))


def case_of(slug):
    return CASES[SLUGS.index(slug)]


@pytest.mark.matrix
@pytest.mark.parametrize("slug", SLUGS)
def test_the_wrong_code_comes_to_what_is_said_of_it(outcomes, slug):
    if slug == "extra" and importlib.util.find_spec("dapr"):
        pytest.skip("the dapr extra is installed here, so nothing is missing")
    case, (wrong, _) = case_of(slug), outcomes[slug]
    assert wrong.raised is (case.raises or slug == "loops")
    assert case.happens in wrong.says if wrong.raised else wrong.says == case.happens


@pytest.mark.matrix
@pytest.mark.parametrize("slug", SLUGS)
def test_the_right_code_runs_and_gives_what_is_said(outcomes, slug):
    case, (_, right) = case_of(slug), outcomes[slug]
    assert not right.raised, right.says
    assert right.says.startswith(case.gives) if slug == "extra" else right.says == case.gives


@pytest.mark.matrix
def test_the_two_codes_of_a_case_do_not_come_to_the_same(outcomes):
    assert [slug for slug, (wrong, right) in outcomes.items() if wrong == right] == []


@pytest.mark.matrix
def test_no_outcome_names_a_folder_of_this_machine(outcomes):
    said = [outcome.says for pair in outcomes.values() for outcome in pair]
    assert any("agents/__init__.py" in words for words in said)
    assert not [words for words in said if "site-packages" in words]


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
