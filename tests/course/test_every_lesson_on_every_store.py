"""Every lesson shows what it promises, on every store that it can be walked on.

The fast part walks each lesson on its own store, and each store with one lesson, and it has the lesson's own solution of each
challenge and the wrong attempts that are told of it. The other pairs, and all other solutions, have the mark `matrix`.
Encrypted rows on a server have the mark `exhaustive`, except for a few lessons.
"""

import inspect

import pytest

from lessons.course.index import LESSONS, entry, load_lesson
from lessons.frame import walk
from lessons.frame.lesson import shown_source, source
from lessons.kit.ledger.cause import Cause
from lessons.kit.stores.registry import store_kinds
from lessons.kit.turns.desk import Desk, Progress
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.turns.planned_turn import Arguments
from lessons.kit.visitors.workspace import new_visitor
from tests.support.database_servers import is_on_a_server
from tests.support.false_alarms import FalseAlarms
from tests.support.turns import dump_desk, key_of

LOADED = {found.slug: load_lesson(found.slug) for found in LESSONS}
PAIRS = [(slug, store) for slug, lesson in LOADED.items() for store in lesson.fitting_stores]
OWN = [(slug, lesson.walk_stores[0]) for slug, lesson in LOADED.items()]
LESSON_OF_STORE = {store: slug for slug, store in (*reversed(PAIRS), *reversed(OWN))}
"""One lesson for each store: the first that was written for it, or else the first that can be walked on it."""


ENCRYPTED_ON_SERVERS = ("encrypted", "approvals", "memory_operations")
"""Lessons that the whole suite walks there: the encrypted one, one with many steps, and one that pops and clears.

The others are walked on the server, and encrypted in a file and in memory: `encrypted_` is the same class everywhere.
"""


def is_in_fast_part(slug, store):
    return (slug, store) in OWN or LESSON_OF_STORE.get(store) == slug


def pairs_to_run_again():
    """One for each lesson and each store that is not on a server, beyond the fast part where there is such a pair."""
    found = []
    for slug, store in sorted(PAIRS, key=lambda pair: is_in_fast_part(*pair)):
        is_new = slug not in {one for one, _ in found} or store not in {other for _, other in found}
        if is_new and not is_on_a_server(store):
            found.append((slug, store))
    return found


AGAIN = pairs_to_run_again()


def on(slug, store, *more):
    """The arguments of a test of a lesson on a store, with the marks of that pair."""
    marks = []
    if not is_in_fast_part(slug, store):
        marks.append(pytest.mark.matrix)
    if is_on_a_server(store):
        marks.append(pytest.mark.servers)
        if store.startswith("encrypted_") and not is_in_fast_part(slug, store) and slug not in ENCRYPTED_ON_SERVERS:
            marks.append(pytest.mark.exhaustive)
    return pytest.param(slug, store, *more, marks=marks)


CHALLENGES = [
    on(slug, store, number)
    for slug, lesson in LOADED.items()
    for number, challenge in enumerate(lesson.challenges)
    for store in dict.fromkeys(challenge.store or store for store in lesson.fitting_stores)
]


@pytest.fixture
def at(data_folder):
    """Opens a new visitor's desk at a lesson."""
    opened = []

    def open_at(slug: str) -> Desk:
        opened.append(open_desk(new_visitor(), slug))
        return opened[-1]

    yield open_at
    for desk in opened:
        desk.close()


def walk_one(desk, lesson, index, store, provider):
    record = walk.start_step(walk.Walk(lesson, desk, store, provider), index).result(60)
    assert record.problem is None, (index, record.problem)
    assert record.held, (index, lesson.steps[index].title, record)
    assert record.step == index
    return record


def state(desk):
    return dump_desk(desk), desk.records, desk.progress


def assert_agreement(record, code):
    """What the ledgers say about a row is what the requests and the tables say.

    If a step deletes rows by SQL, the ledger says that no call removed them; every other line has a cause. Rows that a step
    stores with its own handle are there when the ledger looks first, and were not there before the turn.
    """
    by_sql = "DELETE FROM" in shown_source(code)
    by_own_handle = "SQLiteSession(session.session_id, session.db_path)" in shown_source(code)
    lines = record.ledger.lines
    every = [line for ledger in (record.ledger, *record.other_ledgers) for line in ledger.lines]
    for number, request in enumerate(record.requests, start=1):
        assert len([line for line in every if number in line.sent]) == request.count, (record.step, number)
    gone = [line for line in lines if line.mark == "removed" and ", then " not in line.why]
    assert by_own_handle or {key_of(line) for line in gone} <= {row.key for row in record.removed}
    explained = [line for line in every if not (by_sql and line.mark == "removed")]
    assert not [line for line in explained if line.cause is Cause.UNKNOWN], record.step
    # If the model was not asked, an item that was returned needs no cause.
    whole = [line for line in lines if line.returned and (line.sent or not record.requests)]
    assert all(line.why for line in lines if line.row is None or line not in whole), record.step


def assert_same_again(again, first):
    # Sorted: the order of runs at the same time differs.
    assert sorted(row.key for row in again.added) == sorted(row.key for row in first.added)
    # Of two runs at the same time, the later may read the question of the other without its answer.
    assert set(again.sent_kinds) == set(first.sent_kinds)


def walk_forth_and_back(desk, provider, lesson, store, *, again):
    """Walk every step and take all of them back; with `again` each is also taken back and run again at once."""
    before, alarms = [state(desk)], FalseAlarms(desk, lesson, store)
    for index in range(len(lesson.steps)):
        assert desk.progress.steps_done == index
        first = walk_one(desk, lesson, index, store, provider)
        assert_agreement(first, lesson.steps[index].run)
        after = state(desk)
        alarms.look(lesson.steps[index], after[0])
        if again:
            assert walk.step_back(desk)
            assert state(desk) == before[-1]
            assert_same_again(walk_one(desk, lesson, index, store, provider), first)
            after = state(desk)
        before.append(after)
    assert desk.progress == Progress(len(lesson.steps), store=store)
    for expected in reversed(before[:-1]):
        assert walk.step_back(desk)
        assert state(desk) == expected
    assert walk.step_back(desk) is False


@pytest.mark.parametrize(("slug", "store"), [on(*pair) for pair in PAIRS])
def test_every_step_holds_and_can_be_taken_back_exactly_and_run_again(at, provider, slug, store):
    """The fast part, and each pair that is not among those to run again, goes back to the same state."""
    again = (slug, store) in AGAIN and not is_in_fast_part(slug, store)
    walk_forth_and_back(at(slug), provider, LOADED[slug], store, again=again)


@pytest.mark.matrix
@pytest.mark.parametrize(("slug", "store"), [pair for pair in AGAIN if is_in_fast_part(*pair)])
def test_every_step_can_be_run_again_on_its_own_store(at, provider, slug, store):
    walk_forth_and_back(at(slug), provider, LOADED[slug], store, again=True)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("slug", "store"), [pair for pair in PAIRS if pair not in AGAIN and not is_on_a_server(pair[1])]
)
def test_every_step_can_be_run_again_on_every_store(at, provider, slug, store):
    walk_forth_and_back(at(slug), provider, LOADED[slug], store, again=True)


@pytest.mark.parametrize(("slug", "store", "number"), CHALLENGES)
def test_a_challenge_is_not_solved_by_doing_nothing(at, slug, store, number):
    desk, lesson = at(slug), LOADED[slug]
    assert walk.check(desk, lesson.challenges[number], number, store)
    assert desk.progress.solved == ()


@pytest.mark.parametrize(("slug", "store", "number"), CHALLENGES)
def test_the_solution_of_a_challenge_passes_and_is_remembered(at, provider, slug, store, number):
    desk, lesson = at(slug), LOADED[slug]
    challenge = lesson.challenges[number]
    record = walk.start_solution(walk.Walk(lesson, desk, store, provider), challenge).result(60)
    assert record.problem is None
    assert walk.check(desk, challenge, number, store) is None
    assert desk.progress.solved == (number,)
    assert Desk(desk.workspace, slug).progress.solved == (number,)


WRONG = [
    (slug, number, attempt)
    for slug, lesson in LOADED.items()
    for number, challenge in enumerate(lesson.challenges)
    for attempt in range(len(challenge.wrong_attempts))
]


@pytest.mark.parametrize(("slug", "number", "attempt"), WRONG)
def test_a_wrong_attempt_is_refused_with_its_reason(at, provider, slug, number, attempt):
    desk, lesson = at(slug), LOADED[slug]
    challenge = lesson.challenges[number]
    wrong = challenge.wrong_attempts[attempt]
    store = wrong.store or challenge.store or lesson.walk_stores[0]
    record = walk.start_attempt(walk.Walk(lesson, desk, store, provider), "Attempt", wrong.run).result(60)
    assert record.problem is None
    reason = walk.check(desk, challenge, number, store)
    assert reason is not None
    assert wrong.reason in reason
    assert desk.progress.solved == ()


@pytest.mark.parametrize("slug", LOADED)
def test_a_lesson_is_complete(slug):
    lesson = LOADED[slug]
    assert lesson.entry is entry(slug)
    assert lesson.session_id
    assert set(lesson.walk_stores) <= set(lesson.entry.offered_stores) <= set(store_kinds())
    assert lesson.entry.offered_stores[0] == lesson.walk_stores[0]
    assert all(challenge.wrong_attempts for challenge in lesson.challenges)
    assert len({step.title for step in lesson.steps}) == len(lesson.steps)
    assert (len(lesson.steps), lesson.minutes) == (lesson.entry.steps, lesson.entry.minutes)
    assert all("?" in step.asks and "?" not in step.look_for for step in lesson.steps)
    assert not lesson.steps[0].deeper
    assert lesson.minutes < 15
    assert lesson.entry.session_id not in {lesson.session_id, *(step.session_id for step in lesson.steps)}
    wrong = [attempt.run for challenge in lesson.challenges for attempt in challenge.wrong_attempts]
    for code in [*(step.run for step in lesson.steps), *(one.solution for one in lesson.challenges), *wrong]:
        assert set(inspect.signature(code).parameters) <= Arguments.__required_keys__
        assert source(code).startswith(("async def", "def"))


@pytest.mark.parametrize("slug", LOADED)
def test_agents_are_made_again_for_every_turn(slug):
    """A turn sets its own hooks on them."""

    def reachable(agent):
        found, queue = [], [agent]
        while queue:
            one = queue.pop()
            if one not in found:
                found.append(one)
                queue += [target for target in one.handoffs if hasattr(target, "handoffs")]
        return {id(one) for one in found}

    one, other = LOADED[slug].make_agent(None), LOADED[slug].make_agent(None)
    assert not reachable(one) & reachable(other)
