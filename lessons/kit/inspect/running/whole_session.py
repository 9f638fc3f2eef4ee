"""The dry run of all rows of a long session, in another process: it can be stopped, and delays nobody.

`python -m lessons.kit.inspect.running.whole_session` is that process. It opens the storage itself, by the name under which the
operator offers it, and tells which step it has reached.
"""

import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.running.page_work import stop_once_closed
from lessons.kit.inspect.stored import CannotRead, TimeIsUp

PROJECT = Path(__file__).parents[4]
ROWS = 1_000_000
SECONDS = 600.0
AT_ONCE = 2
"""How many such processes run at the same time, for all visitors together: each takes a core, and memory for all rows."""
STEPS = (
    "The storage is opened",
    "The rows are read",
    "The Runner makes its request, and the findings are looked for",
    "Done",
)


def is_room() -> bool:
    """Whether one more may begin now."""
    _running[:] = [run for run in _running if not run.ended.is_set()]
    return len(_running) < AT_ONCE


def start_whole_run(
    name: str, session_id: str, messages: str, settings: Settings, is_open: Callable[[], bool] = lambda: True
) -> "WholeRun | None":
    """Start a run. None if AT_ONCE are already running. It is stopped once the tab that wants it is no longer open."""
    with _guard:
        if not is_room():
            return None
        run = WholeRun(name, session_id, messages, settings)
        _running.append(run)
    stop_once_closed(run.stop, run.ended, is_open)
    return run


class WholeRun:
    """One such run, which starts when it is made. `of` says which session and settings it is for."""

    def __init__(self, name: str, session_id: str, messages: str, settings: Settings) -> None:
        self.of = (name, session_id, messages, settings)
        self.began = time.monotonic()
        self.step = 0
        self.failed = ""
        self.picture: Any = None
        self.ended = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lessons.kit.inspect.running.whole_session"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=PROJECT,
        )
        threading.Thread(target=self._follow, name="whole session", daemon=True).start()

    @property
    def is_over(self) -> bool:
        return self.picture is not None or bool(self.failed)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def stop(self) -> None:
        """End the process. Nothing is left of it."""
        self.failed = self.failed or "It was stopped."
        self._process.kill()

    def _follow(self) -> None:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        threading.Thread(target=self._steps, args=(process.stderr,), name="whole session", daemon=True).start()
        try:
            with process.stdin as asked:
                asked.write(pickle.dumps(self.of))
            answer = process.stdout.read()
            process.wait()
            found = pickle.loads(answer) if answer else None
        except (OSError, pickle.PickleError, EOFError):
            found = None
        process.stdout.close()
        if isinstance(found, str):
            self.failed = self.failed or found
        elif found is None:
            self.failed = self.failed or "The process that makes the dry run ended too early."
        elif not self.failed:
            self.picture = found
        self.ended.set()

    def _steps(self, told: Any) -> None:
        with told:
            for line in told:
                if line.startswith(b"step "):
                    self.step = int(line[5:])


_running: list[WholeRun] = []
_guard = threading.Lock()


def main() -> None:
    """Read from standard input what is asked. Write to standard output the picture, or in words why there is none."""
    from lessons.kit.imports import load_sdk
    from lessons.kit.inspect.browse import in_time, look_at
    from lessons.kit.inspect.offered import open_offered
    from lessons.kit.inspect.wanted import check_class, found_pairs

    answer = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    name, session_id, messages, settings = pickle.load(sys.stdin.buffer)
    found: Any
    try:
        load_sdk()
        storage = open_offered(name, os.environ)
        check_class(storage, settings)
        heads = [storage.find(pair, session_id) for pair in found_pairs(storage) if pair.messages == messages]
        head = next(filter(None, heads), None)
        if head is None:
            raise CannotRead(f"{storage.label} has no session {session_id!r}.")
        _tell(1)
        stored = storage.read(head, ROWS)
        _tell(2)
        found = in_time(look_at(stored, settings), SECONDS)
    except (CannotRead, TimeIsUp) as error:
        found = str(error)
    with answer:
        pickle.dump(found, answer)


def _tell(step: int) -> None:
    print(f"step {step}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
