"""What several tests of the course use."""

import pytest

from lessons.course.index import LESSONS, load_lesson
from lessons.kit.models.providers import read_provider
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.course.what_steps_show import records_of


@pytest.fixture
def at(data_folder):
    """`at(slug)` opens a desk of a new visitor for a lesson. All are closed after the test."""
    opened = []

    def open_at(slug):
        opened.append(open_desk(new_visitor(), slug))
        return opened[-1]

    yield open_at
    for desk in opened:
        desk.close()


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(entry.slug, marks=[] if entry.slug == "basic" else [pytest.mark.matrix], id=entry.slug)
        for entry in LESSONS
    ],
)
def walked(request, tmp_path_factory):
    """A lesson, and the records of its steps on its own store: it is walked once for all tests that judge the records.

    The fast part, which walks every lesson in test_every_lesson_on_every_store.py, has one of them.
    """
    lesson = load_lesson(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SESSIONS_DATA_DIR", str(tmp_path_factory.mktemp("walked")))
        return lesson, records_of(lesson, read_provider({"SESSIONS_OFFLINE_SECONDS_PER_WORD": "0"}))
