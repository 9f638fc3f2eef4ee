"""One server of the app for all workers of a test run: the app is loaded once, and not once for each worker."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.support.app_server import AppServer, served

LOOK_SECONDS = 0.2


@contextmanager
def shared(workers: pytest.TempPathFactory, name: str, **settings: str) -> Iterator[AppServer]:
    """The app while the block runs in any worker, with these environment variables; `name` tells such servers apart.

    The worker that asks first starts it, and stops it once no other uses it. In this worker it raises AssertionError if the
    log has an uncaught error.
    """
    root = workers.getbasetemp()
    if "PYTEST_XDIST_WORKER" not in os.environ or os.name == "nt":
        with served(workers.mktemp(name), **settings) as server:
            yield server
        return
    folder = root.parent / name  # the parent is the same for all workers of a run
    folder.mkdir(exist_ok=True)
    port = folder / "port"
    with (folder / "users").open("w") as users:
        with _alone(folder):
            started_here = not port.exists()
            server = AppServer(folder, settings, port=None if started_here else int(port.read_text()))
            if started_here:
                server.start()
                port.write_text(str(server.port))
            _lock(users, shared_with_others=True)
        try:
            yield server
        finally:
            while started_here and not _stopped(server, folder, users):
                time.sleep(LOOK_SECONDS)
    assert not started_here or not server.troubles(), server.log.read_text()[-4_000:]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app with a model that answers at once, where a walk and fifteen messages within a minute are not too many."""
    with shared(
        tmp_path_factory, "server", SESSIONS_TURNS_A_MINUTE="1000", SESSIONS_ALL_TURNS_A_MINUTE="1000"
    ) as running:
        yield running


def _stopped(server: AppServer, folder: Path, users: IO[str]) -> bool:
    """Stop the server if no other worker uses it; tells whether it did. A killed worker does not count: its lock is gone."""
    with _alone(folder):
        try:
            _lock(users, shared_with_others=False)
        except BlockingIOError:
            return False
        server.stop()
        (folder / "port").unlink()
        return True


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other worker is in this block at the same time."""
    import fcntl  # Windows does not have it

    with (folder / "starting").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _lock(users: IO[str], *, shared_with_others: bool) -> None:
    """Take part in the use of the server, or be its only user. Raises BlockingIOError when others use it."""
    import fcntl

    fcntl.flock(users, fcntl.LOCK_SH if shared_with_others else fcntl.LOCK_EX | fcntl.LOCK_NB)
