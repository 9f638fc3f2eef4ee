"""What several tests of the course use."""

import pytest

from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor


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
