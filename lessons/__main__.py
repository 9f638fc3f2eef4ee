"""The lessons in a terminal: `python -m lessons` lists them, `python -m lessons basic --store NAME` walks one on a store.

The exit status is 0 when every step showed what it promises, 1 when one did not, 2 for a lesson or store that there is not.
"""

import argparse
import os
import sys
import tempfile

from lessons import contract_command, walk
from lessons.course import LESSONS, entry, load_lesson
from lessons.kit.desk import Desk, open_desk
from lessons.kit.providers import Provider, active_provider
from lessons.kit.records import TurnRecord
from lessons.kit.stores import store_kinds
from lessons.kit.stores.opened import erase_stores
from lessons.kit.workspace import new_visitor
from lessons.lesson import Lesson, Step


def main(arguments: list[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["contract"]:
        return contract_command.main(" ".join(given[1:]))
    parser = argparse.ArgumentParser(
        prog="python -m lessons",
        description="Walk a lesson of the Sessions Lab.",
        epilog="python -m lessons contract package.module:make_session checks a session class of your own.",
    )
    parser.add_argument("lesson", nargs="?", choices=[lesson.slug for lesson in LESSONS], help="none: list them")
    parser.add_argument("--store", metavar="NAME", help="the kind of store to walk it on; the lesson's own without it")
    parser.add_argument(
        "--stores", action="store_true", help="list the stores, and which lesson can be walked on which"
    )
    chosen = parser.parse_args(given)
    provider = active_provider()  # reads .env, where a server may be named
    if chosen.stores:
        return _list_stores()
    if chosen.lesson is None:
        return _list_lessons()
    lesson = load_lesson(chosen.lesson)
    store = chosen.store or lesson.stores[0]
    problem = _cannot_walk(lesson, store)
    if problem:
        parser.error(f"{problem} It can be walked here on: {', '.join(lesson.fitting_stores)}.")
    with tempfile.TemporaryDirectory(prefix="sessions-lab-", ignore_cleanup_errors=True) as folder:
        os.environ["SESSIONS_DATA_DIR"] = folder
        desk = open_desk(new_visitor(), lesson.slug)
        try:
            return _walk(lesson, desk, store, provider)
        finally:
            desk.close()
            if not erase_stores(desk.workspace.folder):
                print("A server could not be reached: what this walk has stored there is still there.", file=sys.stderr)


def _list_lessons() -> int:
    for lesson in LESSONS:
        print(f"{lesson.slug:<20} {lesson.title}: {lesson.question}")
    return 0


def _list_stores() -> int:
    kinds, lessons = store_kinds(), [load_lesson(lesson.slug) for lesson in LESSONS]
    for name, kind in kinds.items():
        fitting = [lesson.slug for lesson in lessons if not lesson.misfit(kind)]
        print(f"{name:<22} {kind.label}\n{'':<22} {kind.missing() or ', '.join(fitting) or 'no lesson'}")
    return 0


def _cannot_walk(lesson: Lesson, store: str) -> str:
    """Why the lesson cannot be walked on the store of that name, '' where it can."""
    kind = store_kinds().get(store)
    if kind is None:
        return f"There is no store {_plain(store)!r}."
    if kind.missing():
        return f"{store} cannot be used here. {kind.missing()}"
    return lesson.misfit(kind)


def _walk(lesson: Lesson, desk: Desk, store: str, provider: Provider) -> int:
    place = entry(lesson.slug)
    print(f"{place.title}: {place.question}\nmodel: {provider.label} · store: {store}")
    if provider.problem:
        print(provider.problem)
    failed = 0
    for index, step in enumerate(lesson.steps):
        record = walk.start_step(desk, lesson, index, store, provider).result()
        failed += not _show(index, step, record, desk)
    print(f"\n{len(lesson.steps) - failed} of {len(lesson.steps)} steps held")
    return 1 if failed else 0


def _show(index: int, step: Step, record: TurnRecord | None, desk: Desk) -> bool:
    if record is None:
        print(f"\nStep {index + 1}: {step.title}\n  it did not run")
        return False
    print(
        f"\nStep {index + 1}: {step.title}\n  you:   {_plain(record.message)}\n  reply: {_plain(record.reply or 'none')}"
    )
    if record.dropped_handles is not None:
        print(f"  handles dropped: {', '.join(record.dropped_handles) or 'none was open'}")
    for line in record.trace.lines:
        where = f"row {line.key}" if line.key is not None else "no row"
        marks = f"{'returned' if line.returned else '-':<9}{'sent' if line.sent else '-':<5}"
        print(f"  {where:<8}{line.mark:<8}{marks}{line.item.kind}: {_plain(line.item.text)[:60]}  {line.why}".rstrip())
    if record.problem is not None:
        print(f"  {record.problem.what} {record.problem.kept} {record.problem.next}")
    print(f"  {'it held' if record.held else 'it did not hold'}: {step.look_for}")
    return bool(record.held)


def _plain(text: str) -> str:
    """On one line, without characters that would steer the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


if __name__ == "__main__":
    sys.exit(main())
