"""Runs a script and prints the ledger of every session that it used: `python -m lessons ledger script.py`."""

import argparse
import concurrent.futures.thread
import contextlib
import json
import runpy
import sys
import threading
import time
import traceback
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lessons.kit.ledger.run_words import words_of_runs
from lessons.terminal.walk import plain

if TYPE_CHECKING:
    from lessons.kit.ledger import Observation


def main(arguments: list[str]) -> int:
    """Run the script as `python script.py` would, observed. Returns its exit status, 1 if it raised, 2 for no such file.

    With --json, what the script prints goes to stderr, so that stdout is JSON alone.
    """
    parser = argparse.ArgumentParser(
        prog="python -m lessons ledger",
        description="Run a script, and print what each of its sessions stored, returned and sent, and why.",
    )
    parser.add_argument("--json", action="store_true", help="print the ledgers as JSON; write it before the script")
    parser.add_argument("script", help="a Python file that uses the OpenAI Agents SDK")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the arguments of the script")
    chosen = parser.parse_args(arguments)

    if not Path(chosen.script).is_file():
        print(f"There is no file {chosen.script}.", file=sys.stderr)
        return 2
    from lessons.kit.ledger import observe  # imports the SDK, which --help does not need

    status = 0
    given, sys.argv = sys.argv, [chosen.script, *chosen.arguments]
    sys.path.insert(0, str(Path(chosen.script).resolve().parent))  # so that it finds its own modules
    printed = contextlib.redirect_stdout(sys.stderr) if chosen.json else contextlib.nullcontext()
    try:
        with observe() as seen, printed:
            before = set(threading.enumerate())
            status = _run(chosen.script)
            _wait_for_threads(before, seen)
    finally:
        sys.argv = given
        del sys.path[0]
    if chosen.json:
        print(json.dumps([_as_data(ledger) for ledger in seen.ledgers], indent=1), flush=True)
        return status
    if not seen.ledgers:
        print("The script used no session and ran no agent.")
    for ledger in seen.ledgers:
        name = f"Session {ledger.session_id}" if ledger.session_id else "Without a session"
        print("", *map(plain, [name, *str(ledger).split("\n")]), sep="\n")
    words = words_of_runs(seen.ledger.runs)
    if words:
        print("", *map(plain, words), sep="\n")
    sys.stdout.flush()  # a thread that never ends keeps Python from doing it
    return status


def _run(script: str) -> int:
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as exit_:
        if isinstance(exit_.code, str):
            print(plain(exit_.code), file=sys.stderr)
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    except KeyboardInterrupt:
        print("The script was interrupted.", file=sys.stderr)
        return 130
    except Exception as error:  # the ledger of what happened before the error is still printed
        traceback.print_exc()
        print(plain(f"The script raised {type(error).__name__}: {error}"), file=sys.stderr)
        return 1
    return 0


IDLE_SECONDS = 5.0
"""How long to wait for a thread that runs no agent and calls no session: a thread of aiosqlite may never end."""


def _wait_for_threads(before: Collection[threading.Thread], seen: "Observation") -> None:
    """Wait for the threads that a Python program waits for at its end: those that are not daemons.

    The workers of executors are left out: they wait for work until Python itself ends.
    """
    workers: Collection[threading.Thread] = concurrent.futures.thread._threads_queues.keys()
    events, since = len(seen.events), time.monotonic()
    while waited_for := [
        thread
        for thread in threading.enumerate()
        if not (thread.daemon or thread in before or thread in workers or thread is threading.current_thread())
    ]:
        if len(seen.events) != events or seen.still_running():
            events, since = len(seen.events), time.monotonic()
        if time.monotonic() - since > IDLE_SECONDS:
            print(plain(f"The thread {waited_for[0].name} still runs: the ledger ends here."), file=sys.stderr)
            return
        try:
            waited_for[0].join(0.1)
        except KeyboardInterrupt:
            print("The script was interrupted.", file=sys.stderr)
            return


def _as_data(ledger: Any) -> dict[str, Any]:
    lines = [{name: value for name, value in asdict(line).items() if name != "value"} for line in ledger.lines]
    return {
        "session_id": ledger.session_id,
        "has_earlier": ledger.has_earlier,
        "runs": [asdict(run) for run in ledger.runs],
        "in_words": words_of_runs(ledger.runs),
        "lines": lines,
    }
