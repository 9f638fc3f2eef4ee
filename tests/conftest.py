"""Every test runs offline, without a .env, on its own data folder."""

import os

os.environ["PYTHON_DOTENV_DISABLED"] = "1"
os.environ["SESSIONS_MODEL_PROVIDER"] = "offline"
os.environ["SESSIONS_OFFLINE_SECONDS_PER_WORD"] = "0"
os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"
os.environ.pop("DATABASE_URL", None)  # the variables of tests.support.database_servers name the servers

import gc
import shutil
import signal
from collections.abc import Iterator
from functools import cache
from inspect import isfunction
from pathlib import Path
from uuid import uuid4

import pytest

from lessons.kit.models.providers import Provider, read_provider
from lessons.kit.stores.opened_stores import erase_stores
from lessons.kit.stores.registry import store_kinds
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import is_visitor, new_visitor
from tests.support.database_servers import find_servers, is_on_a_server, not_tested
from tests.support.file_rights import obey_file_rights
from tests.support.stores import ENCRYPTED_IN_FAST_PART

pytest_plugins = [
    "tests.support.forked_scripts",
    "tests.support.full_disk",
    "tests.support.logged",
    "tests.support.redis_server",
    "tests.support.shared_server",
]

obey_file_rights()  # must come before the first thread starts

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell script that starts pytest with `&` makes it ignore Ctrl+C, and also the programs that a test interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)

if "PYTEST_XDIST_WORKER" not in os.environ:  # a worker inherits the environment of the process that looked
    find_servers()

TMPFS, ROOM = Path("/dev/shm"), 2_000_000_000
"""Files in memory, where this machine has them, and the bytes that must be free there."""

if os.access(TMPFS, os.W_OK) and shutil.disk_usage(TMPFS).free >= ROOM:
    # SQLite waits for the disk at every commit, which takes most of the time of a test that stores something.
    # pytest reads the variable when the first test asks for a temporary folder.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(TMPFS))


NEED_A_SERVER = ("test_sql_server_faults", "test_redis_store", "test_redis_page")
"""Every test of these files talks to a database or Redis server. In other files, those that are given such a store do."""


TESTS = Path(__file__).parent
KIT = TESTS / "kit"
TAKES_LONG = {
    tuple(line.split("::")) for line in (TESTS / "takes_long.txt").read_text(encoding="utf-8").splitlines()[1:]
}
"""The tests that the fast part has no time for, each as file::function in the list."""


def pytest_configure() -> None:
    """Imports make hardly any garbage, and collections walk all that they made, which takes a third of their time."""
    gc.disable()


def _asks_for_exhaustive(config: pytest.Config) -> bool:
    return "exhaustive" in config.option.markexpr


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Collector, obj: object) -> list[pytest.Item] | None:
    """Make no tests of a function that is marked exhaustive, unless -m asks for them: making thousands takes a second."""
    marks = getattr(obj, "pytestmark", ()) if isfunction(obj) else ()
    if any(mark.name == "exhaustive" for mark in marks) and not _asks_for_exhaustive(collector.config):
        return []
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that need a server, and those beyond the fast part, so that the fast part can run alone.

    Single cases that are marked exhaustive are left out unless -m asks for them.
    """
    if not _asks_for_exhaustive(config):
        left_out = [item for item in items if item.get_closest_marker("exhaustive")]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if not item.get_closest_marker("exhaustive")]
    on_servers = {kind for kind in store_kinds() if is_on_a_server(kind)}
    for item in items:
        given = getattr(item, "callspec", None)
        params = given.params if given else {}
        # A lesson may have the name of a kind of store, but is walked on its own store.
        kinds = {value for name, value in params.items() if isinstance(value, str) and name not in ("slug", "walked")}
        if item.path.stem in NEED_A_SERVER or kinds & on_servers:
            item.add_marker(pytest.mark.servers)
        long = (_file(item.path), getattr(item, "originalname", "")) in TAKES_LONG
        if long:
            item.add_marker(pytest.mark.long)
        if long or item.get_closest_marker("server"):
            item.add_marker(pytest.mark.matrix)
        encrypted = {kind for kind in kinds if kind.startswith("encrypted_")} - {ENCRYPTED_IN_FAST_PART}
        if encrypted and KIT in item.path.parents:
            item.add_marker(pytest.mark.matrix)


@cache
def _file(path: Path) -> str:
    return path.relative_to(TESTS.parent).as_posix()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores for `-n auto`: the others go on while one waits for a server or a page."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Hide what the imports made from the garbage collector: otherwise each collection, in every test, walks it."""
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason in not_tested:
        terminalreporter.write_line(reason, yellow=True)


@pytest.fixture
def tmp_path(tmp_path: Path) -> Path:
    """A folder with a new name: rows on a server belong to the name of a folder, and a killed run leaves them there."""
    folder = tmp_path / uuid4().hex
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def data_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(autouse=True)
def data_folder(data_folders: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The data folder of one test. What its visitors stored on servers is deleted after the test.

    Only the app makes the folder: most tests store nothing. A test that fails keeps it until the next run.
    """
    folder = data_folders / uuid4().hex / "data"
    monkeypatch.setenv("SESSIONS_DATA_DIR", str(folder))
    failed_before = request.session.testsfailed
    yield folder
    if folder.is_dir():
        for visitor in folder.iterdir():
            if is_visitor(visitor.name):
                erase_stores(visitor)
        if request.session.testsfailed == failed_before:
            shutil.rmtree(folder.parent, ignore_errors=True)


@pytest.fixture
def provider() -> Provider:
    """The offline model, which answers at once instead of word by word."""
    return read_provider({"SESSIONS_OFFLINE_SECONDS_PER_WORD": "0"})


@pytest.fixture
def desk(data_folder: Path):
    """A new visitor's desk at the basic lesson. Its folder is made here; otherwise the first write makes it."""
    opened: Desk = open_desk(new_visitor(), "basic")
    opened.make_folder()
    yield opened
    opened.close()


@pytest.fixture
def told(desk: Desk, provider: Provider) -> Desk:
    """The same desk after a turn that told it a name: two rows of the session "alice" are stored."""
    from tests.support.turns import do, tell  # imports the SDK, which many tests do not need

    do(desk, provider, tell)
    return desk
