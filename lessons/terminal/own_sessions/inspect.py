"""Checks the sessions of your own storage: `python -m lessons inspect PATH_OR_ENV_NAME`. It only reads."""

import argparse
import gc
import os
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lessons.kit.imports import YOUNG_OBJECTS
from lessons.kit.inspect.baseline import known_findings, signature, written_findings
from lessons.kit.inspect.stored import CLASSES, CannotRead, StoredSession, TimeIsUp
from lessons.terminal.ctrl_c import STOPPED, ending_at_once, noting_ctrl_c
from lessons.terminal.own_sessions.compare import compare_in_words
from lessons.terminal.own_sessions.findings_text import FAILING, FORMATS, Upcoming, plain

CLEAN, FOUND, NOT_READ, INCOMPLETE = 0, 1, 2, 3
MOST = 1_000_000_000
"""The most that options with a number take."""
_NAME = 30
"""The most characters of a name that a message repeats: a longer text could be the key itself."""
_COPY = " If the file is a copy, copy the file next to it whose name ends in -wal too: it can hold the newest rows."
_OF_ONE_SESSION = ("next", "what_if", "compare", "replay", "fixture", "page")
_APIS = {"responses": "Responses", "chat-completions": "Chat Completions"}


def main(arguments: list[str]) -> int:
    """Print the findings. Returns the exit status.

    It is 0 if no finding fails, 1 if some do, 2 if the storage could not be read, 3 if not everything was checked, and 130
    after Ctrl+C if there is nothing to report: before the first session, for one session, or for a baseline.
    """
    chosen = _parser().parse_args(arguments)
    with noting_ctrl_c() as stopped:
        try:
            return _checked(chosen, stopped)
        except KeyboardInterrupt:
            print("Stopped. Nothing was written to the storage.", file=sys.stderr)
            return STOPPED


def _checked(chosen: argparse.Namespace, stopped: threading.Event) -> int:
    try:
        settings = _settings(chosen)
        known = known_findings(Path(chosen.baseline)) if chosen.baseline and not chosen.write_baseline else frozenset()
        if chosen.write_baseline and not chosen.baseline:
            raise CannotRead("--write-baseline writes to the file that --baseline names.")
        for name in ("session", "table", "next", "branch", "compare"):
            if not _is_utf8(getattr(chosen, name) or ""):
                raise CannotRead(f"What --{name} names is not UTF-8.")
        return _inspect(chosen, settings, known, stopped)
    except (CannotRead, TimeIsUp) as error:
        if stopped.is_set():  # the error is what Ctrl+C left of a statement
            raise KeyboardInterrupt from None
        print(plain(str(error)), file=sys.stderr)
        return INCOMPLETE if isinstance(error, TimeIsUp) else NOT_READ


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lessons inspect",
        description="Say what is wrong with the sessions of your own storage, and what the next run would send. It only reads.",
        epilog="Exit status: 0 clean, 1 findings (see --fail-on), 2 could not read, 3 incomplete: a limit of time, sessions or "
        "rows was hit, or Ctrl+C, 130 Ctrl+C before a session was checked.",
    )
    parser.add_argument(
        "storage",
        help="a SQLite file, a fixture (.sql or .json), or the variable of the environment that holds the address of a server",
    )
    parser.add_argument("--session", metavar="ID", help="check this session only")
    parser.add_argument(
        "--table", metavar="NAME", help="the table of the items, if several tables have sessions (default: all)"
    )
    parser.add_argument(
        "--since", metavar="WHEN", help="sessions used since: 2026-11-01, 2026-11-01T09:00, or 24h, 7d; UTC"
    )
    parser.add_argument("--sessions", type=_positive, metavar="N", help="check the newest N sessions (1,000)")
    parser.add_argument("--rows", type=_positive, metavar="N", help="read the newest N rows of a session (5,000)")
    parser.add_argument("--seconds", type=_positive, metavar="N", help="stop after this many seconds (600)")
    parser.add_argument(
        "--class",
        dest="class_name",
        metavar="NAME",
        help=f"{', '.join(CLASSES)}; default: the class that fits the tables",
    )
    parser.add_argument("--limit", type=_whole, metavar="N", help="the limit of items that your code sets")
    parser.add_argument(
        "--callback",
        action="store_true",
        help="your code sets a session_input_callback; the check sets one that changes nothing",
    )
    parser.add_argument("--branch", metavar="NAME", help="the branch of an AdvancedSQLiteSession (main)")
    parser.add_argument(
        "--api", choices=sorted(_APIS), default="responses", type=_api, help="which API your model class uses"
    )
    parser.add_argument(
        "--key-env", metavar="NAME", help="the variable that holds the encryption key; it stays in memory"
    )
    parser.add_argument("--ttl", type=_whole, metavar="SECONDS", help="the ttl that your code gives EncryptedSession")
    parser.add_argument(
        "--next",
        metavar="MESSAGE",
        help="for one session: what a run would send, what a call would delete",
    )
    parser.add_argument(
        "--fail-on",
        choices=tuple(FAILING),
        default="error",
        help="the lowest level that counts as a failure, with exit status 1",
    )
    parser.add_argument(
        "--baseline", metavar="FILE", help="a file of known findings: they are not printed, and do not fail"
    )
    parser.add_argument(
        "--write-baseline", action="store_true", help="write the current findings to the file of --baseline"
    )
    parser.add_argument(
        "--what-if",
        metavar="CHANGE",
        help="for one session: which rows limit=20, class=NAME, api=chat-completions, callback=yes, branch=NAME or "
        "python=PATH (one that has another minor of the SDK) treat differently; several with commas between them",
    )
    parser.add_argument("--compare", metavar="ID", help="for one session: how its rows differ from those of this one")
    parser.add_argument(
        "--replay",
        choices=("offline", "chosen"),
        help="for one session: send its messages again, to the offline model or to the one that the environment chooses, "
        "into a session in memory, and compare the rows",
    )
    parser.add_argument(
        "--fixture", metavar="FILE", help="for one session: write it to FILE.sql or FILE.json with every word replaced"
    )
    parser.add_argument("--keep-tool-names", action="store_true", help="leave the names of tools in the fixture")
    parser.add_argument("--page", metavar="FILE", help="for one session: write it as a page of HTML to print")
    parser.add_argument("--format", choices=sorted(FORMATS), default="text")
    return parser


def _settings(chosen: argparse.Namespace) -> Any:
    """The settings that the options name. Raises CannotRead for a class or a variable that does not exist."""
    if chosen.class_name is not None and chosen.class_name not in CLASSES:
        raise CannotRead(
            f"{chosen.class_name} is not one of {', '.join(CLASSES)}. EncryptedSession is found by its rows."
        )
    key = _key_in(chosen.key_env) if chosen.key_env else None
    from lessons.kit.inspect.dry_run import MAIN, NEXT, Settings

    message = chosen.next if chosen.next is not None else NEXT
    return Settings(
        chosen.class_name,
        chosen.limit,
        _APIS[chosen.api],  # type: ignore[arg-type]
        key,
        chosen.ttl,
        message,
        chosen.callback,
        chosen.branch or MAIN,
    )


def _key_in(name: str) -> str:
    """The key in the variable of that name. Raises CannotRead if it is not set. A name that may be the key is not repeated."""
    key = os.environ.get(name, "")
    if not key:
        if len(name) > _NAME or not name.isidentifier():
            raise CannotRead("--key-env takes the name of a variable that holds the key, and not the key itself.")
        raise CannotRead(f"The variable {name} is not set.")
    if key != key.strip():
        print(
            f"The key in {name} begins or ends with white space. That is taken as a part of the key.", file=sys.stderr
        )
    return key


def _inspect(chosen: argparse.Namespace, settings: Any, known: frozenset[Any], stopped: threading.Event) -> int:
    with ending_at_once():
        from lessons.kit.inspect.opening.storage import open_storage
        from lessons.kit.inspect.stored import ROWS_LIMIT
        from lessons.kit.models.providers import disable_tracing_unless_asked

    disable_tracing_unless_asked(os.environ)
    since = _since(chosen.since)
    storage = open_storage(chosen.storage, os.environ)
    with ending_at_once():
        from lessons.kit.inspect.wanted import SECONDS, Report, Wanted, heads_of
        from lessons.terminal.own_sessions.listed import listed_while

    rows, seconds = chosen.rows or ROWS_LIMIT, float(chosen.seconds or SECONDS)
    wanted = Wanted(chosen.session, since, chosen.sessions, rows, seconds, chosen.table)
    seen: list[StoredSession] = []
    keep = any(getattr(chosen, name) is not None for name in _OF_ONE_SESSION)
    other: list[StoredSession] = []
    report = Report()
    try:
        heads = listed_while(_load_sdk, storage, settings, wanted, report)
        from lessons.kit.inspect.check import check_storage
        from lessons.terminal.own_sessions.check_progress import CheckProgress

        progress = CheckProgress(report, stopped)
        with progress.shown():
            look = (lambda one: seen.append(one) if len(seen) < 2 else None) if keep else (lambda one: None)
            check_storage(storage, settings, wanted, look, report, progress, heads)
        if chosen.compare is not None and not stopped.is_set():
            (head, *_) = heads_of(storage, replace(wanted, session=chosen.compare), Report())
            other.append(storage.read(head, wanted.rows))
    finally:
        storage.close()
    if was_stopped := stopped.is_set():
        if keep or chosen.write_baseline or not report.sessions:
            raise KeyboardInterrupt
        progress.stop()
    if len(seen) > 1:
        names = ", ".join(f"--{name}" for name in _OF_ONE_SESSION).replace("_", "-")
        tables = " and ".join(one.pair.messages for one in seen)
        how = f"{chosen.session!r} is in {tables}: choose with --table" if chosen.session else "name it with --session"
        raise CannotRead(f"{names} are for one session: {how}.")
    if seen:
        _take_away(seen[0], settings, chosen)
    if chosen.write_baseline:
        _write(chosen.baseline, written_findings(report.findings))
        print(f"{len(report.findings)} findings are written to {chosen.baseline}.", file=sys.stderr)
        return CLEAN if report.is_complete else INCOMPLETE
    report.findings = [finding for finding in report.findings if signature(finding) not in known]
    for what in report.not_checked:
        print(plain(str(what)), file=sys.stderr)
    if not report.sessions and report.is_complete and not since:
        of_a_file = _COPY if storage.medium == "SQLite" else ""
        print(plain(f"{storage.label} has no session. Is it the storage that you mean?{of_a_file}"), file=sys.stderr)
    upcoming = _upcoming(seen[0], settings) if seen and chosen.next is not None else None
    failing = FAILING[chosen.fail_on]
    _print(FORMATS[chosen.format](report, storage.label, upcoming, failing))
    if seen:
        compare_in_words(seen[0], storage, settings, chosen, other)
    if not was_stopped and any(finding.level in failing for finding in report.findings):
        return FOUND
    return CLEAN if report.is_complete else INCOMPLETE


def _print(said: str) -> None:
    """Raises CannotRead if it cannot be written, such as on a full disk: Python's own exit status, 1, would mean findings."""
    try:
        print(said, flush=True)
    except OSError as error:
        # Python would try to write the rest when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise CannotRead(f"The output cannot be written: {error.strerror}.") from None


def _is_utf8(given: str) -> bool:
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


def _load_sdk() -> None:
    """Import the SDK without garbage collection, which takes a tenth of the time and finds nothing. Imports are never freed."""
    gc.disable()
    with ending_at_once():
        import agents  # noqa: F401

        import lessons.kit.inspect.check  # noqa: F401

    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
    gc.enable()


def _take_away(stored: StoredSession, settings: Any, chosen: argparse.Namespace) -> None:
    """Write the files that are asked for. Raises CannotRead if one cannot be made or written."""
    files = {}
    if chosen.fixture is not None:
        from lessons.kit.inspect.taking_away.fixture_file import fixture_of

        kind = Path(chosen.fixture).suffix
        if kind not in (".sql", ".json"):
            raise CannotRead("--fixture writes to a file that ends in .sql or .json.")
        made = fixture_of(stored, settings, chosen.keep_tool_names)
        files[chosen.fixture] = made.as_sql() if kind == ".sql" else made.as_json()
    if chosen.page is not None:
        from lessons.kit.inspect.browse import picture_of
        from lessons.kit.inspect.taking_away.printed_page import printed_page

        files[chosen.page] = printed_page(picture_of(stored, settings))
    for name, text in files.items():
        _write(name, text)
        print(f"{name} is written.", file=sys.stderr)


def _write(name: str, text: str) -> None:
    try:
        Path(name).write_text(text, encoding="utf-8")
    except (OSError, ValueError) as error:  # a name that no file can have is a ValueError
        raise CannotRead(f"{name} cannot be written ({type(error).__name__}).") from None


def _upcoming(stored: StoredSession, settings: Any) -> Upcoming:
    """The dry run of one session under the chosen settings, and what one call would delete from it."""
    from lessons.kit.inspect.dry_run import not_posted
    from lessons.kit.inspect.findings.case import Case
    from lessons.kit.inspect.findings.deletes import what_would_delete
    from lessons.kit.inspect.running.apart import apart

    case = Case(stored, settings)
    run = apart().run(case.run(), timeout=None)
    deletes = tuple(apart().run(what_would_delete(case), timeout=None))
    table = apart().run(case.run_as_table(), timeout=None)
    option = "--key-env" if case.needs_key else "--ttl"
    return Upcoming(run, table, deletes, not_posted(settings.api, run.sent), case.not_known, option)


def _since(given: str | None) -> str:
    """UTC text, from a day, a time, or a number of hours or days before now. Raises CannotRead for anything else."""
    if not given:
        return ""
    unit = {"h": "hours", "d": "days"}.get(given[-1:])
    try:
        if unit is not None and not given.lstrip().startswith("-"):
            return f"{datetime.now(UTC) - timedelta(**{unit: int(given[:-1])}):%Y-%m-%d %H:%M:%S}"
        at = datetime.fromisoformat(given)
        at = at.astimezone(UTC) if at.tzinfo is not None else at
    except (ValueError, OverflowError):
        raise CannotRead(f"--since {given} is not a time: write 2026-11-01, 2026-11-01T09:00, 24h or 7d.") from None
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _positive(text: str) -> int:
    return _whole(text, least=1)


def _whole(text: str, least: int = 0) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if not least <= number <= MOST:
        raise argparse.ArgumentTypeError(f"{text} is not a number from {least} to {MOST:,}")
    return number


def _api(text: str) -> str:
    return text.lower().replace(" ", "-").replace("_", "-")
