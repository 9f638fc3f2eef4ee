"""What the commands on stored sessions share: their addresses, their output, and how they end."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from typing import Any, cast

from lessons.kit.life_cycle.places.addresses import CLASSES, PREFIX, open_place
from lessons.kit.life_cycle.places.json_place import JSON_FILES
from lessons.kit.life_cycle.places.place import Place, refuse
from lessons.kit.life_cycle.places.sealed_place import Key, SealedPlace
from lessons.kit.life_cycle.progress import Progress
from lessons.kit.models.providers import active_provider
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.table_names import Tables
from lessons.terminal.ctrl_c import STOPPED, noting_ctrl_c
from lessons.terminal.walk import plain

DONE, NOT_SHOWN, REFUSED = 0, 1, 2
"""The exit statuses, besides STOPPED: done; done, but something was not equal or not proved; refused, so nothing was done."""

ADDRESS = "the path of a SQLite file or of a folder of JsonFileSession, or the name of an environment variable that holds a URL"


class Command:
    """One command: its parser, with the options that all of them have."""

    def __init__(self, name: str, description: str, *, changes: bool = True) -> None:
        self.parser = argparse.ArgumentParser(prog=f"python -m lessons {name}", description=description)
        if changes:
            self.parser.add_argument(
                "--dry-run", action="store_true", help="say what would be done, and change nothing"
            )
        self.parser.add_argument("--json", action="store_true", help="print the result as JSON")
        self.parser.add_argument("--sessions-table", default=Tables().sessions, help="default: %(default)s")
        self.parser.add_argument("--messages-table", default=Tables().messages, help="default: %(default)s")
        self.parser.add_argument("--key-prefix", default=PREFIX, help="of Redis; default: %(default)s")

    def add_sessions(self, what: str) -> None:
        """Take session ids: named ones, or all of them."""
        self.parser.add_argument("session", nargs="*", default=[], help=f"the ids of the sessions to {what}")
        self.parser.add_argument("--all", action="store_true", help=f"{what} every session")

    def add_target(self) -> None:
        """Take the class of a new target, and what to do with a session that the target already has."""
        self.parser.add_argument(
            "--as", dest="session_class", choices=(*CLASSES, JSON_FILES), help="the class of a new file or folder"
        )
        self.parser.add_argument(
            "--if-exists",
            choices=("refuse", "keep", "rename", "merge"),
            default="refuse",
            help="for an id that the target has: refuse all, keep the target's own, rename or merge the new one",
        )

    def add_key(self, said: str, option: str = "--key-env") -> None:
        """Take the name of the variable with the key of EncryptedSession, and say what it is for."""
        self.parser.add_argument(option, metavar="NAME", help=f"the variable with the key of EncryptedSession: {said}")

    def run(self, arguments: list[str], work: Callable[[argparse.Namespace], tuple[int, Any, list[str]]]) -> int:
        """Do the work, which returns the status, the result as data, and lines for a person. Returns the exit status."""
        chosen = self.parser.parse_args(arguments)
        active_provider()  # reads .env, where a server may be named
        try:
            with noting_ctrl_c() as chosen.stop:
                status, data, lines = work(chosen)
        except Refused as refused:
            if chosen.stop.is_set():
                return _stopped()
            problem = refused.problem
            if chosen.json:
                print(json.dumps({"refused": problem.what, "kept": problem.kept, "next": problem.next}))
            print(plain(f"{problem.what} {problem.kept} {problem.next}"), file=sys.stderr)
            return REFUSED
        except KeyboardInterrupt:
            return _stopped()
        if chosen.json:
            print(json.dumps(_data(data)))
        else:
            print("\n".join(map(plain, lines)))
        return status


def _stopped() -> int:
    print("Stopped. Nothing is half done: what was not committed is undone.", file=sys.stderr)
    return STOPPED


def place_of(
    chosen: argparse.Namespace,
    address: str,
    *,
    session_class: str | None = None,
    must_exist: bool = True,
    key_variable: str | None = None,
) -> Place:
    """The place at an address of the command line. With `key_variable`, its rows are encrypted with the key in that variable.

    Raises Refused, also if the place must exist and does not.
    """
    try:
        tables = Tables(chosen.sessions_table, chosen.messages_table)
    except ValueError as error:
        raise refuse(f"{error}.", "Use letters, digits and _.") from error
    place = open_place(address, session_class=session_class, tables=tables, prefix=chosen.key_prefix)
    if must_exist and not os.environ.get(address) and _is_nowhere(address):
        raise refuse(
            f"{address!r} is neither a file nor a folder nor a variable of the environment.",
            "Check the spelling, and export the variable.",
        )
    if must_exist and not place.exists():
        raise refuse(
            f"There are no sessions in {place.label}.", "Check the address, the names of the tables and the prefix."
        )
    return place if key_variable is None else _with_key(place, key_variable)


def _is_nowhere(path: str) -> bool:
    """Whether nothing is at this path. False if the path cannot be read: the place reports that itself."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        pass
    return False


def _with_key(place: Place, variable: str) -> Place:
    secret = os.environ.get(variable, "")
    if not secret:
        raise refuse(f"The variable {variable} is not set.", "Set it to the key, or name another one.")
    return cast("Place", SealedPlace(f"{place.label}, encrypted", lambda: Key(secret), place))


def chosen_sessions(chosen: argparse.Namespace, place: Place) -> list[str]:
    """The ids that the command line names. Raises Refused if it names none, or ids and --all."""
    if bool(chosen.session) == chosen.all:
        raise refuse("It is not clear which sessions are meant.", "Name their ids, or write --all.")
    if chosen.session:
        return list(dict.fromkeys(chosen.session))
    with place.reading():
        return [info.session_id for info in place.sessions()]


def progress_to_stderr(chosen: argparse.Namespace) -> Progress:
    """Says on one line what is being done, once a second, on a terminal. Ctrl+C stops it, inside a long statement too."""
    last = time.monotonic()

    def said(what: str, done: int, total: int) -> None:
        nonlocal last
        if sys.stderr.isatty() and time.monotonic() - last > 1:
            last = time.monotonic()
            of = f" of {total:,}" if total else ""
            print(f"\r{done:,}{of} {what}", end=" ", file=sys.stderr, flush=True)

    return Progress(said, chosen.stop)


def _data(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
