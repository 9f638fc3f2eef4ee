"""Reads the command line and calls one command: list the lessons or the stores, walk a lesson, check a session class, tell
what a script stored, returned and sent, inspect storage, export, import, move, clean up or erase stored sessions, delete all
that a visitor of the app has stored.

The exit status of a walk is 0 when every step showed what it promises, 1 when one did not, 2 when the lesson or the store does
not exist, or when they do not fit. The other commands say in their own modules what their status means.
"""

import argparse
import sys
from collections.abc import Callable

from lessons.terminal.ctrl_c import ending_at_once

_ON_SESSIONS = ("export", "import", "move", "cleanup", "erase")
"""The commands that work on stored sessions."""
_COMMANDS = ("contract", "ledger", "inspect", *_ON_SESSIONS, "forget")


def main(arguments: list[str] | None = None) -> int:
    """Run the command that `arguments` name (sys.argv without them). Returns the exit status.

    Each command imports only what it needs: to import everything takes a second.
    """
    given = sys.argv[1:] if arguments is None else arguments
    with ending_at_once():
        command = _loaded(given)
    return command(given)


def _loaded(given: list[str]) -> Callable[[list[str]], int]:
    if given[:1] == ["contract"]:
        from lessons.terminal import contract

        return lambda given: contract.main(given[1:])
    if given[:1] == ["ledger"]:
        from lessons.terminal import ledger

        return lambda given: ledger.main(given[1:])
    if given[:1] == ["inspect"]:
        from lessons.terminal.own_sessions import inspect

        return lambda given: inspect.main(given[1:])
    if given[:1] == ["forget"]:
        from lessons.terminal.life_cycle import forget

        return lambda given: forget.main(given[1:])
    if given and given[0] in _ON_SESSIONS:
        from lessons.terminal.life_cycle import cleanup, erase, export, import_, move

        commands = {"export": export, "import": import_, "move": move, "cleanup": cleanup, "erase": erase}
        return lambda given: int(commands[given[0]].main(given[1:]))
    from lessons.terminal import walk  # noqa: F401

    return _walk


def _walk(given: list[str]) -> int:
    from lessons.course.index import LESSONS
    from lessons.kit.models.providers import active_provider
    from lessons.terminal.lesson_list import list_lessons
    from lessons.terminal.store_list import list_stores
    from lessons.terminal.walk import CannotWalk, meant, plain, walk_lesson

    parser = argparse.ArgumentParser(
        prog="python -m lessons",
        description="Walk a lesson of the Sessions Lab.",
        epilog="python -m lessons contract package.module:make_session checks your own session class. "
        "python -m lessons ledger script.py says what the sessions of a script stored, returned and sent. "
        "python -m lessons inspect PATH_OR_ENV_NAME checks the sessions of your own storage. "
        f"{', '.join(_ON_SESSIONS)} work on stored sessions: python -m lessons export --help. "
        "python -m lessons forget ADDRESS deletes all that a visitor of the app has stored.",
    )
    lessons = [lesson.slug for lesson in LESSONS]
    parser.add_argument("lesson", nargs="?", help=f"{', '.join(lessons)}; without it, the lessons are listed")
    parser.add_argument("--store", metavar="NAME", help="the kind of store to walk it on (default: the lesson's own)")
    parser.add_argument(
        "--stores", action="store_true", help="list the stores, and which lesson can be walked on which"
    )
    parser.add_argument("--code", action="store_true", help="print the code of each step before it runs")
    chosen, not_known = parser.parse_known_args(given)
    provider = active_provider()  # reads .env, where a server may be named
    if chosen.stores:
        return list_stores()
    if chosen.lesson is not None and chosen.lesson not in lessons:
        parser.error(
            f"There is no lesson or command {plain(chosen.lesson)!r}.{meant(chosen.lesson, (*lessons, *_COMMANDS))} "
            f"Lessons: {', '.join(lessons)}. Commands: {', '.join(_COMMANDS)}."
        )
    if not_known:
        parser.error(f"unrecognized arguments: {' '.join(not_known)}")
    if chosen.lesson is None:
        if chosen.store is not None:
            parser.error("--store needs a lesson: python -m lessons basic --store NAME. --stores lists the names.")
        if chosen.code:
            parser.error("--code needs a lesson: python -m lessons basic --code")
        return list_lessons()
    try:
        return walk_lesson(chosen.lesson, chosen.store, provider, with_code=chosen.code)
    except CannotWalk as reason:
        parser.error(str(reason))
