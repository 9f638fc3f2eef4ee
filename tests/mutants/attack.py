"""Runs every changed version of a lesson's steps, solutions and wrong attempts, and says which of them were caught."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.frame.lesson import Challenge, Lesson, Step
from lessons.kit.models.providers import read_provider
from lessons.kit.records import TurnRecord
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.mutants.changed_code import Changed, changed_versions

PATIENCE = 60
HANGS_AFTER = "6"
"""Seconds after which a changed version counts as one that waits for ever. The unchanged code has the app's own limit."""
BY_HAND = "the rows added by hand, and no run"
READ_AND_BY_HAND = "the session read, the rows added by hand, and no run"


@dataclass(frozen=True)
class Outcome:
    """What came of one changed version. `place` is a step or a challenge; `caught` says by what, '' if it survived."""

    lesson: str
    place: str
    function: str
    words: str
    caught: str

    def __str__(self) -> str:
        return f"{self.lesson}, {self.place}, {self.function}: {self.words}"


def attack_steps(lesson: Lesson) -> Iterator[Outcome]:
    """Attack each step from the state in which the steps before it leave the store."""
    desk = open_desk(new_visitor(), lesson.slug)
    try:
        for index, step in enumerate(lesson.steps):
            genuine = _run_step(lesson, desk, index, step)
            if not genuine.held:
                raise AssertionError(f"{lesson.slug}: step {index + 1} itself does not pass: {genuine.problem}")
            rows = _added(desk, genuine, step.store or lesson.walk_stores[0]) if genuine.requests else []
            _back(desk, index)
            for changed in _versions(lesson, step.run, step.store, rows):
                with _impatient():
                    record = _run_step(lesson, desk, index, replace(step, run=changed.run))
                caught = "" if record.held else "error" if record.problem else "verdict"
                yield Outcome(lesson.slug, f"step {index + 1}", changed.function, changed.words, caught)
                _back(desk, index)
            _run_step(lesson, desk, index, step)
    finally:
        desk.close()


def attack_challenges(lesson: Lesson) -> Iterator[Outcome]:
    """Attack the solution of each challenge, and its wrong attempts, each on empty tables."""
    desk = open_desk(new_visitor(), lesson.slug)
    try:
        for number, challenge in enumerate(lesson.challenges):
            attempts = [("solution", challenge.solution, challenge.store)]
            for at, wrong in enumerate(challenge.wrong_attempts, start=1):
                attempts.append((f"wrong attempt {at}", wrong.run, wrong.store or challenge.store))
            for name, code, store in attempts:
                yield from _attack_attempt(lesson, desk, number, challenge, name, code, store)
    finally:
        desk.close()


def _attack_attempt(
    lesson: Lesson, desk: Desk, number: int, challenge: Challenge, name: str, code: Any, store: str | None
) -> Iterator[Outcome]:
    place = f"challenge {number + 1}, {name}"
    rows: list[Any] = []
    if name == "solution":
        genuine = _run_attempt(lesson, desk, code, store)
        reason = walk.check(desk, challenge, number, store or lesson.walk_stores[0])
        if reason is not None:
            raise AssertionError(f"{lesson.slug}: {place} itself is refused: {reason}")
        rows = _added(desk, genuine, store or lesson.walk_stores[0])
    for changed in _versions(lesson, code, store, rows):
        with _impatient():
            record = _run_attempt(lesson, desk, changed.run, store)
        reason = walk.check(desk, challenge, number, store or lesson.walk_stores[0])
        caught = "" if reason is None else "error" if record.problem else "verdict"
        yield Outcome(lesson.slug, place, changed.function, changed.words, caught)


@contextmanager
def _impatient() -> Iterator[None]:
    os.environ["SESSIONS_TURN_SECONDS"] = HANGS_AFTER
    try:
        yield
    finally:
        del os.environ["SESSIONS_TURN_SECONDS"]


def _versions(lesson: Lesson, code: Any, store: str | None, rows: list[Any]) -> Iterator[Changed]:
    yield from changed_versions(code, encrypted=(store or lesson.walk_stores[0]).startswith("encrypted_"))
    if rows:
        yield Changed(code.__name__, BY_HAND, _adding(rows, read=False))
        yield Changed(code.__name__, READ_AND_BY_HAND, _adding(rows, read=True))


def _adding(rows: list[tuple[str, list[Any]]], *, read: bool) -> Callable[..., Any]:
    async def add_by_hand(open_session: Any) -> None:
        for session_id, items in rows:
            session = open_session(session_id)
            if read:
                await session.get_items()
            await session.add_items(items)

    return add_by_hand


def _added(desk: Desk, record: TurnRecord, store_name: str) -> list[tuple[str, list[Any]]]:
    """The items that the turn has added, session by session, as the session returns them."""
    store, found = desk.store(store_name), []
    for table in record.item_changes:
        keys = {row.key for row in table.added}
        stored = {row.key: row.data for row in store.page(table.session_id).rows if row.key in keys}
        made = store.read_back(table.session_id, stored)
        texts = [one.data for one in made.values() if one.data is not None]
        items = [json.loads(text) for text in texts if text.lstrip().startswith("{") and text.rstrip().endswith("}")]
        if items:
            found.append((table.session_id, items))
    return found


def _run_step(lesson: Lesson, desk: Desk, index: int, step: Step) -> TurnRecord:
    steps = (*lesson.steps[:index], step, *lesson.steps[index + 1 :])
    here = walk.Walk(replace(lesson, steps=steps), desk, lesson.walk_stores[0], read_provider(_OFFLINE))
    record = walk.start_step(here, index).result(PATIENCE)
    assert record is not None
    return record


def _back(desk: Desk, index: int) -> None:
    if not desk.restore(f"step-{index + 1}"):
        raise AssertionError(f"{desk.lesson}: step {index + 1} could not be taken back")


def _run_attempt(lesson: Lesson, desk: Desk, code: Any, store: str | None) -> TurnRecord:
    here = walk.Walk(lesson, desk, store or lesson.walk_stores[0], read_provider(_OFFLINE))
    record = walk.start_attempt(here, "Attempt", code).result(PATIENCE)
    assert record is not None
    return record


_OFFLINE = {"SESSIONS_OFFLINE_SECONDS_PER_WORD": "0"}


TMPFS = Path("/dev/shm")
PARTS = {"steps": attack_steps, "challenges": attack_challenges}


def attack(slug: str, part: str) -> list[Outcome]:
    """All outcomes of one part of a lesson, on storage that is deleted afterwards."""
    folder = tempfile.mkdtemp(prefix="mutants-", dir=TMPFS if os.access(TMPFS, os.W_OK) else None)
    os.environ["SESSIONS_DATA_DIR"] = folder
    try:
        return list(PARTS[part](load_lesson(slug)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
