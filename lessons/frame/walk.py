"""Takes a visitor through a lesson: steps, step back, challenges. The page, the terminal and the tests all walk with this."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lessons.frame.lesson import Attempt, Challenge, Code, Lesson, Step, StoredItem
from lessons.kit.items import read
from lessons.kit.models.providers import Provider
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.records import TurnRecord
from lessons.kit.stores.rows import ReadBack
from lessons.kit.stores.store import Store
from lessons.kit.turns.desk import Desk, Progress
from lessons.kit.turns.running_work import RunningTurn
from lessons.kit.turns.session_operations import REMOVING, Call

CHECKED_SESSIONS = 20
MESSAGE_LIMIT = 20_000
"""Characters of one message. A model reads about 5,000 words of them."""
TITLE_LIMIT = 200
"""Characters of an operation's code that its record keeps: items can be of any size."""


def start_steps(desk: Desk, lesson: Lesson, first: int, last: int, store: str, provider: Provider) -> RunningTurn:
    """Begin the steps `first` to `last` (from 0), each when the one before is done. A failed or stopped one ends them.

    Raises Refused for the first of them.
    """

    def go_on() -> None:
        if first < last:
            start_steps(desk, lesson, first + 1, last, store, provider)

    return start_step(desk, lesson, first, store, provider, then=go_on)


def start_step(
    desk: Desk,
    lesson: Lesson,
    index: int,
    store: str,
    provider: Provider,
    *,
    then: Callable[[], object] = lambda: None,
) -> RunningTurn:
    """Begin step `index` (from 0), after a snapshot to which `step_back` returns. Raises Refused.

    `then` is called when the step was done, whether it held or not.
    """
    step = lesson.steps[index]

    def judge(record: TurnRecord) -> TurnRecord:
        if record.problem is not None or record.stopped:
            return replace(record, step=index)
        desk.advance(lambda now: replace(now, steps_done=index + 1))
        then()
        return replace(record, step=index, held=bool(step.holds(record)))

    return _start(
        desk,
        lesson,
        step.title,
        step.run,
        step.session_id or lesson.session_id,
        step.store or store,
        provider,
        snapshot=_snapshot_name(index),
        judge=judge,
    )


def step_back(desk: Desk) -> bool:
    """Undo the last step, done or failed, and all that came after it: the same rows, ids included.

    False if there is nothing to undo.
    """
    done = desk.progress.steps_done
    return desk.restore(_snapshot_name(done)) or (done > 0 and desk.restore(_snapshot_name(done - 1)))


def start_message(
    desk: Desk,
    lesson: Lesson,
    message: str,
    session_id: str,
    store: str,
    provider: Provider,
    *,
    with_session: bool = True,
) -> RunningTurn:
    """Send a message of the learner's own. Raises Refused for a message that cannot be sent."""
    check_message(message)
    from lessons.kit.turns.turn import Work, ask, ask_without_session

    turn = RunningTurn("Your message", message, session_id, store)
    run = (ask if with_session else ask_without_session)(message, turn.say)
    work = Work("Your message", run, session_id, message)
    desk.start(work, store, provider, lesson.make_agent, turn=turn)
    return turn


def start_operation(
    desk: Desk, lesson: Lesson, operation: Call, session_id: str, store: str, provider: Provider
) -> RunningTurn:
    """Call one method of the session. Raises Refused, also where it would take more rows than those that are meant."""
    if operation.method in REMOVING:
        desk.store(store).check_pop(session_id, operation.method)
    code = operation.code
    title = code if len(code) <= TITLE_LIMIT else f"{code[:TITLE_LIMIT]}…"
    run = operation.function()
    if operation.method in REMOVING:
        # Again when its turn has come: another tab can have changed what a pop would take.
        run = _checked_first(run, lambda: desk.store(store).check_pop(session_id, operation.method))
    return _start(desk, lesson, title, run, session_id, store, provider)


def _checked_first(run: Code, check: Callable[[], None]) -> Code:
    """The same function of a session, after a check that reads the storage and may raise Refused."""
    from lessons.kit.background import in_thread

    async def checked(session: Any) -> Any:
        await in_thread(check)
        return await run(session)

    return checked


def start_restart(desk: Desk, lesson: Lesson, session_id: str, store: str, provider: Provider) -> RunningTurn:
    """Drop every handle, as the end of the process does. Raises Refused."""
    from lessons.kit.turns.turn import drop_every_handle

    return _start(desk, lesson, "Restart", drop_every_handle, session_id, store, provider)


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


def start_solution(desk: Desk, lesson: Lesson, challenge: Challenge, store: str, provider: Provider) -> RunningTurn:
    """Set the visitor's rows aside and run the solution on empty tables. Raises Refused."""
    return start_attempt(desk, lesson, "Solution", challenge.solution, challenge.store or store, provider)


def start_attempt(desk: Desk, lesson: Lesson, title: str, code: Code, store: str, provider: Provider) -> RunningTurn:
    """Set the visitor's rows aside and run `code` on empty tables. Raises Refused."""
    desk.workspace.check_room()  # before anything is set aside
    desk.set_aside()
    return _start(desk, lesson, title, code, lesson.session_id, store, provider)


def check(desk: Desk, challenge: Challenge, number: int, store: str) -> str | None:
    """The reason why the challenge is not solved, or None, which is kept in the progress."""
    reason = challenge.check(attempt(desk, challenge.store or store))
    if reason is None:
        desk.advance(lambda now: replace(now, solved=tuple(sorted({*now.solved, number}))))
    return reason


def attempt(desk: Desk, store: str) -> Attempt:
    """What the rows and the turns say now: the newest 50 rows of the newest sessions. Raises Refused."""
    opened = desk.store(store)
    rows = {session_id: _stored_items(opened, session_id) for session_id in opened.session_ids(CHECKED_SESSIONS)}
    return Attempt(rows, desk.records)


def _stored_items(store: Store, session_id: str) -> list[StoredItem]:
    stored = {row.key: row.data for row in store.page(session_id).rows}
    made = store.read_back(session_id, stored)
    return [_stored_item(key, data, made[key]) for key, data in stored.items()]


def _stored_item(key: int, data: str, made: ReadBack) -> StoredItem:
    sealed = made.data is None
    item = read(data if made.data is None else made.data)
    return StoredItem(key, item, len(data.encode(errors="replace")), made.why, sealed)


def place(lesson: Lesson, progress: Progress) -> tuple[Step | None, Step | None]:
    """The last step that was done and the next one; None where there is none."""
    done, steps = min(progress.steps_done, len(lesson.steps)), lesson.steps
    return (steps[done - 1] if done else None), (steps[done] if done < len(steps) else None)


def _start(
    desk: Desk,
    lesson: Lesson,
    title: str,
    code: Code,
    session_id: str,
    store: str,
    provider: Provider,
    snapshot: str | None = None,
    judge: Callable[[TurnRecord], TurnRecord] = lambda record: record,
) -> RunningTurn:
    # kit.turn brings the SDK, so it is loaded with the first turn and not with the first page.
    from lessons.kit.turns.turn import Work

    turn = RunningTurn(title, "", session_id, store)
    work = Work(title, code, session_id)
    desk.start(work, store, provider, lesson.make_agent, turn=turn, snapshot=snapshot, judge=judge)
    return turn


def _snapshot_name(index: int) -> str:
    return f"step-{index + 1}"
