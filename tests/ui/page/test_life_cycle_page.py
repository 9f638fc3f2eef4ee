"""The page of Life cycle shows the rows of every step, also of those that are about another class than the lesson's."""

import pytest

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.support.drawn import ledger_words, open_lesson

SEEN = {
    "Rename an encrypted one": ("__enc__", "older than the ttl of 600 seconds"),
    "Upgrade the wrong way": ("no branch holds it",),
    "Upgrade the right way": ("stored by add_items()", "then taken out by pop_item()"),
}


@pytest.mark.parametrize("title", SEEN)
def test_the_rows_of_a_step_are_in_the_ledger(title, data_folder, provider):
    lesson, visitor = load_lesson("life_cycle"), new_visitor()
    number = next(at for at, step in enumerate(lesson.steps) if step.title == title)
    desk = open_desk(visitor, "life_cycle")
    record = walk.start_step(walk.Walk(lesson, desk, "sqlite_file", provider), number).result(60)
    assert record.held
    words = ledger_words(open_lesson("life_cycle", visitor))
    for part in SEEN[title]:
        assert part in words
