"""Takes a visitor through a lesson: steps, step back, challenges. The page, the terminal and the tests all walk with this."""

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, replace
from typing import Any

from lessons.frame.lesson import Attempt, Challenge, Code, Lesson, StoredItem
from lessons.frame.own_turns import is_of_steps
from lessons.frame.why_not import changed_by_others, why_not
from lessons.kit.imports import load_sdk
from lessons.kit.items import handoffs_in, read
from lessons.kit.ledger.session_methods import REMOVING_METHODS
from lessons.kit.models.providers import Provider
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.records import TurnRecord
from lessons.kit.stores.kind import LASTING
from lessons.kit.stores.registry import store_kinds
from lessons.kit.stores.rows import ReadBack
from lessons.kit.stores.store import RowReader
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.planned_turn import PlannedTurn, drop_every_handle
from lessons.kit.turns.running_work import RunningTurn
from lessons.kit.turns.session_operations import Call
from lessons.kit.turns.snapshots.one_snapshot import snapshot_of_step

CHECKED_SESSIONS = 20
MESSAGE_LIMIT = 20_000
"""Characters of one message. A model reads about 5,000 words of them."""
TITLE_LIMIT = 200
"""Characters of an operation's code that its record keeps: items can be of any size."""

MESSAGE_TITLE = "Your message"
"""The title of the record of a learner's own message."""


@dataclass(frozen=True)
class Walk:
    """One visitor in one lesson, and what the next turn uses: the kind of store by its name, and the provider of the model."""

    lesson: Lesson
    desk: Desk
    store: str
    provider: Provider


def start_steps(walk: Walk, first: int, last: int, left_out: Container[int] = ()) -> RunningTurn:
    """Begin the steps `first` to `last` (from 0), each when the one before is done and its verdict is stored.

    Those in `left_out` are not run. A step that fails, is stopped or cannot be judged ends them. Raises Refused for the first;
    a later one that is refused has a record that says so. Raises ValueError if no step is left to run.
    """
    planned = None
    for index in range(last, first - 1, -1):
        if index not in left_out:
            planned = _planned_step(walk, index, following=planned)
    if planned is None:
        raise ValueError(f"no step lies between {first} and {last}")
    return walk.desk.start(planned)


def start_step(walk: Walk, index: int) -> RunningTurn:
    """Begin step `index` (from 0), after a snapshot to which `step_back` returns. Raises Refused."""
    return walk.desk.start(_planned_step(walk, index))


def _planned_step(walk: Walk, index: int, following: PlannedTurn | None = None) -> PlannedTurn:
    step = walk.lesson.steps[index]
    return PlannedTurn(
        step.title,
        step.run,
        step.session_id or walk.lesson.session_id,
        step.store or walk.store,
        walk.provider,
        walk.lesson.make_agent,
        snapshot=snapshot_of_step(index),
        step=index,
        holds=lambda seen: not changed_by_others(seen, step.deletes_in_storage) and step.holds(seen),
        why_not=lambda seen: changed_by_others(seen, step.deletes_in_storage) or why_not(step.holds, seen),
        walk_store=walk.store,
        following=following,
    )


def step_back(desk: Desk) -> bool:
    """Undo the last step, done or failed, and all that came after it: the same rows, ids included.

    False if there is nothing to undo.
    """
    done = desk.progress.steps_done
    return desk.restore(snapshot_of_step(done)) or (done > 0 and desk.restore(snapshot_of_step(done - 1)))


def start_message(walk: Walk, message: str, session_id: str, *, with_session: bool = True) -> RunningTurn:
    """Send a learner's message. Raises Refused for a message that cannot be sent."""
    check_message(message)
    load_sdk()  # with the first turn, and not with the first page
    from lessons.kit.turns.chat_run import ask, ask_without_session

    run = ask(message) if with_session else ask_without_session(message)
    planned = _planned(walk, MESSAGE_TITLE, run, session_id)
    return walk.desk.start(
        replace(planned, message=message, is_in_the_way=with_session and is_of_steps(walk.lesson.entry, session_id))
    )


def can_ask_again(record: TurnRecord) -> bool:
    """Whether it is a learner's message to a session, which failed or was stopped before it was answered."""
    failed = record.problem is not None or record.stopped
    return failed and record.title == MESSAGE_TITLE and bool(record.message) and record.session_id is not None


def start_again(walk: Walk, record: TurnRecord) -> RunningTurn:
    """Go on with a message that failed: it is stored once, and no tool that has answered is called again. Raises Refused."""
    from lessons.kit.turns.chat_run import ask_again

    session_id, store = record.session_id or walk.lesson.session_id, walk.desk.store(record.store)
    asked = [row.key for row in record.added_rows if row.session_id == session_id]
    # The first row that a message adds is the message itself.
    found = store.page(session_id, after=asked[0] - 1, limit=1).rows if asked else ()
    is_stored = bool(found) and found[0].key == asked[0]
    planned = _planned(
        replace(walk, store=record.store), MESSAGE_TITLE, ask_again(record.message, is_stored=is_stored), session_id
    )
    return walk.desk.start(
        replace(planned, message=record.message, is_in_the_way=is_of_steps(walk.lesson.entry, session_id))
    )


def start_operation(walk: Walk, operation: Call, session_id: str) -> RunningTurn:
    """Call one method of the session. Raises Refused, also where the call would delete rows that it is not meant to delete."""
    code = operation.code
    title = code if len(code) <= TITLE_LIMIT else f"{code[:TITLE_LIMIT]}…"
    run = operation.function()
    if operation.method in REMOVING_METHODS:
        store = walk.desk.store(walk.store)
        store.check_pop(session_id, operation.method)
        # Again when its turn has come: another tab can have changed what a pop would take.
        run = _checked_first(run, lambda: store.check_pop(session_id, operation.method))
    planned = _planned(walk, title, run, session_id)
    return walk.desk.start(replace(planned, is_in_the_way=is_of_steps(walk.lesson.entry, session_id)))


def _checked_first(run: Code, check: Callable[[], None]) -> Code:
    """The same function of a session, after a check that reads the storage and may raise Refused."""
    from lessons.kit.background import in_blocking_thread

    async def checked(session: Any) -> Any:
        await in_blocking_thread(check)
        return await run(session)

    return checked


def start_restart(walk: Walk, session_id: str) -> RunningTurn:
    """Drop every handle, as the end of the process does. Raises Refused."""
    is_lost = LASTING in store_kinds()[walk.store].lacks
    return walk.desk.start(replace(_planned(walk, "Restart", drop_every_handle, session_id), is_in_the_way=is_lost))


def check_message(message: str) -> None:
    """Raises Refused for a message that is empty or longer than MESSAGE_LIMIT characters."""
    if not message.strip():
        raise Refused(Problem("The message is empty.", "Nothing was stored.", "Type something and send it again."))
    if len(message) > MESSAGE_LIMIT:
        raise Refused(
            Problem(
                f"The message has {len(message):,} characters; the limit is {MESSAGE_LIMIT:,}.",
                "Nothing was stored.",
                "Shorten it, or send it in parts.",
            )
        )


def start_solution(walk: Walk, challenge: Challenge) -> RunningTurn:
    """Set the visitor's rows aside and run the solution on empty tables, in its own store if it has one. Raises Refused."""
    return start_attempt(replace(walk, store=challenge.store or walk.store), "Solution", challenge.solution)


def start_attempt(walk: Walk, title: str, code: Code) -> RunningTurn:
    """Set the visitor's rows aside and run `code` on empty tables. Raises Refused."""
    walk.desk.check_can_start()  # before anything is set aside
    walk.desk.set_aside()
    return walk.desk.start(_planned(walk, title, code, walk.lesson.session_id))


def check(desk: Desk, challenge: Challenge, number: int, store: str) -> str | None:
    """The reason why the challenge is not solved, or None, which is kept in the progress."""
    reason = challenge.check(attempt(desk, challenge.store or store, builds_on_steps=challenge.builds_on_steps))
    if reason is None:
        desk.advance(lambda now: replace(now, solved=tuple(sorted({*now.solved, number}))))
    return reason


def attempt(desk: Desk, store: str, *, builds_on_steps: bool = False) -> Attempt:
    """What a challenge is checked against now: the newest 50 rows of each of the newest sessions, and the records of turns.

    Raises Refused.
    """
    opened = desk.store(store)
    rows = {session_id: _stored_items(opened, session_id) for session_id in opened.session_ids(CHECKED_SESSIONS)}
    if builds_on_steps:
        return Attempt(rows, desk.records)
    own = [record for record in desk.records if record.step is None]
    return Attempt(rows, own, _rows_of_steps(desk.records, store))


def _rows_of_steps(records: Iterable[TurnRecord], store: str) -> frozenset[tuple[str, int | str]]:
    """The rows that steps have stored, by session id and key; a key that was removed and used again is not theirs."""
    found: set[tuple[str, int | str]] = set()
    for record in records:
        added = {(row.session_id, row.key) for row in record.added_rows if row.store == store}
        found -= {(row.session_id, row.key) for row in record.removed_rows if row.store == store}
        found = found - added if record.step is None else found | added
    return frozenset(found)


def _stored_items(store: RowReader, session_id: str) -> list[StoredItem]:
    stored = {row.key: row.data for row in store.page(session_id).rows}
    made = store.read_back(session_id, stored)
    handoffs = handoffs_in(one.data for one in made.values() if one.data is not None)
    return [_stored_item(key, data, made[key], handoffs) for key, data in stored.items()]


def _stored_item(key: int, data: str, made: ReadBack, handoffs: Container[str]) -> StoredItem:
    sealed = made.data is None
    item = read(data if made.data is None else made.data, handoffs)
    return StoredItem(key, item, len(data.encode(errors="replace")), made.why, sealed)


def _planned(walk: Walk, title: str, code: Code, session_id: str) -> PlannedTurn:
    return PlannedTurn(title, code, session_id, walk.store, walk.provider, walk.lesson.make_agent)
