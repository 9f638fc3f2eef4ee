"""Ctrl+C in a command that reads or writes a database."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

STOPPED = 130
"""The exit status of a command that Ctrl+C has stopped."""


@contextmanager
def ending_at_once() -> Iterator[None]:
    """While the code of a command is imported, Ctrl+C ends the process: nothing has begun yet.

    An exception in the middle of an import can turn into another one, get lost, or change the exit status.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _end(*_: object) -> None:
    os.write(2, b"Stopped.\n")
    os._exit(STOPPED)


@contextmanager
def noting_ctrl_c() -> Iterator[threading.Event]:
    """An event that Ctrl+C sets at once, before it raises KeyboardInterrupt.

    Python handles Ctrl+C only after a statement of a database has ended. The event is set by a thread that does not wait for
    that. SQLite treats an exception in the middle of a statement as if its time were up, so it can get lost: ask the event.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def interrupt(*_: object) -> NoReturn:
        stop.set()
        raise KeyboardInterrupt

    told, tells = socket.socketpair()
    tells.setblocking(False)
    watcher = threading.Thread(target=_watch, args=(told, stop), name="ctrl-c", daemon=True)
    watcher.start()
    handler, wakeup = (
        signal.signal(signal.SIGINT, interrupt),
        signal.set_wakeup_fd(tells.fileno(), warn_on_full_buffer=False),
    )
    try:
        yield stop
    finally:
        signal.set_wakeup_fd(wakeup)
        signal.signal(signal.SIGINT, handler)
        tells.close()  # ends the watcher
        watcher.join()
        told.close()


def _watch(told: socket.socket, stop: threading.Event) -> None:
    while found := told.recv(1):
        if found[0] == signal.SIGINT:
            stop.set()
