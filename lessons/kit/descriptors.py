"""The descriptors of this process, which are its open files and sockets: how to allow more, use few, and answer without any.

An ordinary machine allows a process 256 of them (macOS) or 1,024 (Linux).
"""

import asyncio
import errno
import logging
import os
import selectors
import socket
import sys
import time
from contextlib import suppress
from functools import cache
from typing import Any

from lessons.kit.problems.problem import Problem

SPARE = 30
"""When fewer descriptors are left, no further visitor is let in: what is open needs some too."""

NO_ROOM = Problem(
    "This server has no room for another page: the system allows it no more open files.",
    "What is stored is kept, and the pages that are open go on.",
    "Reload in a minute. Whoever runs the server can raise the limit: ulimit -n 4096.",
)

NO_MORE_FILES = (
    "The server could not open another file: the system allows it no more of them.",
    "Try again in a minute. Whoever runs the server can raise the limit: ulimit -n 4096.",
)

_NONE_LEFT = (errno.EMFILE, errno.ENFILE)
_NOT_ACCEPTED = "socket.accept() out of system resource"
_REFUSED = "ASGI callable returned without completing handshake."
"""What uvicorn logs for each tab that was refused with words."""
_RESERVE = 2
"""How many descriptors it takes to refuse a visitor."""


@cache
def prepare_process() -> None:
    """Raise the limit of descriptors, use few of them, and answer new visitors with words when none are left.

    Does nothing from the second call on.
    """
    raise_limit()
    _wait_without_a_descriptor()
    logging.getLogger("asyncio").addFilter(_Doorkeeper().take_over)
    sparing = _Sparing()
    logging.getLogger("uvicorn.error").addFilter(sparing.of_record)
    sys.unraisablehook = sparing.of_unraisable


def raise_limit() -> None:
    """Raise the soft limit of descriptors to the hard one. Windows has no such limit."""
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS calls the hard limit infinite, and refuses that
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def left() -> int:
    """How many descriptors the process can open. sys.maxsize if the system does not tell."""
    if sys.platform == "win32":
        return sys.maxsize
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        return sys.maxsize if soft == resource.RLIM_INFINITY else soft - len(os.listdir("/dev/fd"))
    except FileNotFoundError:
        return sys.maxsize
    except OSError as error:
        return 0 if ran_out(error) else sys.maxsize


def are_scarce() -> bool:
    """Whether fewer descriptors than SPARE are left."""
    return left() < SPARE


def ran_out(error: OSError) -> bool:
    """Whether `error` says that no descriptor is left."""
    return error.errno in _NONE_LEFT


def _wait_without_a_descriptor() -> None:
    """Make event loops wait with poll(), which needs no descriptor. Streamlit makes a loop for each tab and never runs it."""
    if hasattr(selectors, "PollSelector") and sys.version_info < (3, 14):  # 3.14 warns of policies

        class Policy(asyncio.DefaultEventLoopPolicy):
            def new_event_loop(self) -> asyncio.AbstractEventLoop:
                return asyncio.SelectorEventLoop(selectors.PollSelector())

        asyncio.set_event_loop_policy(Policy())


class _Sparing:
    """Lets through one report a minute of tabs for which no descriptor was left: a browser never stops trying."""

    def __init__(self) -> None:
        self._next, self._left_out = 0.0, 0

    def of_record(self, record: logging.LogRecord) -> bool:
        """A filter of the server's log."""
        if record.msg == _REFUSED:
            return False
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, OSError) or not ran_out(error):
            return True
        if time.monotonic() < self._next:
            self._left_out += 1
            return False
        if self._left_out:
            record.msg = f"{record.msg} ({self._left_out} reports like this one were left out)"
        self._next, self._left_out = time.monotonic() + 60, 0
        return True

    def of_unraisable(self, report: "sys.UnraisableHookArgs") -> None:
        """Leaves out what half-made objects of such a tab report when they are deleted: the cause was logged."""
        if not (time.monotonic() < self._next and isinstance(report.exc_value, AttributeError)):
            sys.__unraisablehook__(report)


class _Doorkeeper:
    """Tells new visitors that there is no room, when the server's loop cannot take their connection.

    Without this, that loop tries 2,048 times a second, and writes a traceback each time: a gigabyte in a minute.
    """

    def __init__(self) -> None:
        self._reserve = [os.open(os.devnull, os.O_RDONLY) for _ in range(_RESERVE)]

    def take_over(self, record: logging.LogRecord) -> bool:
        """Let the first of these records through, and handle what follows on the loop that has written it."""
        if _NOT_ACCEPTED in record.getMessage():
            with suppress(RuntimeError):  # it was not written on a loop
                asyncio.get_running_loop().set_exception_handler(self.handle)
        return True

    def handle(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The exception handler of the server's loop."""
        if context.get("message") != _NOT_ACCEPTED:
            loop.default_exception_handler(context)
            return
        while self._reserve:
            os.close(self._reserve.pop())
        with suppress(OSError):  # nobody waits, or another thread was faster
            _turn_away(context["socket"].fileno())
        with suppress(OSError):
            while len(self._reserve) < _RESERVE:
                self._reserve.append(os.open(os.devnull, os.O_RDONLY))


def _turn_away(listening: int) -> None:
    """Answer the next connection of this socket with words. Raises OSError."""
    with socket.socket(fileno=os.dup(listening)) as door:
        visitor, _ = door.accept()
    with visitor:
        visitor.settimeout(0.05)
        with suppress(TimeoutError):
            visitor.recv(65_536)  # a connection that is closed with something unread loses the answer
        visitor.sendall(_ANSWER)
        visitor.shutdown(socket.SHUT_WR)


NO_ROOM_TEXT = f"{NO_ROOM.what}\n{NO_ROOM.kept}\n{NO_ROOM.next}\n"
_WORDS = NO_ROOM_TEXT.encode()
_ANSWER = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 60\r\n"
    b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(_WORDS)
) + _WORDS
