"""The same dry run in another interpreter, which has another minor of the SDK.

The person who runs the app or the command names the interpreter. A visitor of a page never does.
"""

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lessons.kit.inspect.comparing.side import Side, side_of
from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.stored import CannotRead, StoredSession

PROJECT = Path(__file__).parents[4]
MODULE = "lessons.kit.inspect.comparing.elsewhere"


def side_elsewhere(
    python: str,
    stored: StoredSession,
    settings: Settings,
    seconds: float,
    stopped: Callable[[], bool] = lambda: False,
) -> Side:
    """The side that the interpreter `python` computes. Raises CannotRead if it fails, takes too long or is stopped.

    The rows and the key reach the other process through its standard input.
    """
    command = [python, "-m", MODULE]
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=PROJECT
        )
    except OSError as error:
        raise CannotRead(f"{python} cannot be run ({type(error).__name__}).") from None
    with process:
        answer, said = _communicate(process, pickle.dumps((stored, settings)), seconds, stopped)
    if process.returncode or not answer:
        last = (said.decode(errors="replace").strip().splitlines() or ["nothing was printed"])[-1]
        raise CannotRead(f"{python} could not make the dry run: {last[:200]}")
    side = pickle.loads(answer)
    assert isinstance(side, Side)
    return side


def _communicate(
    process: "subprocess.Popen[bytes]", given: bytes, seconds: float, stopped: Callable[[], bool]
) -> tuple[bytes, bytes]:
    end = time.monotonic() + seconds
    asked: bytes | None = given
    while True:
        try:
            return process.communicate(asked, timeout=_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            asked = None  # communicate() keeps what it was given the first time
            if not stopped() and time.monotonic() < end:
                continue
        process.kill()
        raise CannotRead("It was stopped." if stopped() else f"The other Python took longer than {seconds:g} seconds.")


_LOOK_SECONDS = 0.2


def main() -> None:
    """Read a session and settings from standard input, and write the side to standard output, all pickled."""
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not be part of the answer
    stored, settings = pickle.load(sys.stdin.buffer)
    with answer:
        pickle.dump(side_of(stored, settings, None), answer)


if __name__ == "__main__":
    main()
