"""Kills an operation before and after each call that can change something, and tells what a restart finds.

`python -m tests.support.kills` is a process that has imported the app, opened nothing and started no thread. It reads scenarios
from its input, and does all work in forks of itself: one fork is one process of the app, and costs milliseconds.
"""

import asyncio
import gc
import importlib
import json
import os
import pickle
import shutil
import signal
import sys
import threading
import time
import traceback
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

KILLED = 9
ITEMS = [{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}]
"""What the operation "add" adds in one call to each session."""
DAY = 86_400
SECONDS = 60
"""A fork that hangs is ended after this time."""

POSIX = {
    "rename",
    "replace",
    "mkdir",
    "rmdir",
    "unlink",
    "remove",
    "utime",
    "open",
    "close",
    "chmod",
    "sendfile",
    "write",
}
FILES = {"write", "close", "flush", "truncate", "__exit__"}
SQLITE = {"connect", "execute", "executemany", "executescript", "commit", "rollback", "backup", "close", "__exit__"}
READING = ("SELECT", "SHOW", "PRAGMA")
IMPORTED = (
    *(
        f"agents.extensions.memory.{name}"
        for name in ("advanced_sqlite_session", "redis_session", "sqlalchemy_session")
    ),
    *(f"sqlalchemy.dialects.{name}" for name in ("sqlite.aiosqlite", "mysql.aiomysql", "mysql.pymysql")),
    *(f"sqlalchemy.dialects.postgresql.{name}" for name in ("asyncpg", "psycopg")),
    *("aiomysql", "asyncpg", "pymysql"),
    *(f"lessons.kit.{name}" for name in ("models.offline.model", "stores.json_files.session")),
    *(f"lessons.kit.turns.{name}" for name in ("open_desks", "run_turn")),
    "tests.support.turns",
)
"""The modules that each fork would import otherwise."""


class Points:
    """Counts the moments before and after each call that can change something, and ends the process at one of them.

    `states` has what `look` found on the disk at each moment: two moments in a row with the same state need only one kill.
    """

    def __init__(self, kill_at: int | None, only_servers: bool, look: Callable[[], int] = int) -> None:
        self.seen: list[str] = []
        self.states: list[int] = []
        self._on = False
        self._kill_at, self._only_servers, self._look = kill_at, only_servers, look

    def point(self, name: str) -> None:
        if not self._on:
            return
        if "do_commit" in name and self.seen and "do_commit" in self.seen[-1]:
            return  # nothing is written between two commits in a row
        if self._kill_at == len(self.seen):
            os._exit(KILLED)
        self.seen.append(name)
        if self._kill_at is None:
            sys.setprofile(None)
            self.states.append(self._look())
            if not self._only_servers:
                sys.setprofile(self._called)

    def __enter__(self) -> "Points":
        self._watch_servers()
        self._on = True
        if not self._only_servers:
            sys.setprofile(self._called)
            threading.setprofile(self._called)  # for the threads that start from now on
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)
        self._on = False

    def _called(self, frame: Any, event: str, call: Any) -> None:
        if event in ("c_call", "c_return", "c_exception") and _changes(call):
            self.point(f"{'before' if event == 'c_call' else 'after'} {call.__qualname__}")

    def _watch_servers(self) -> None:
        """SQL statements and commits of SQLAlchemy, and what is sent to Redis and answered."""
        from redis.connection import AbstractConnection
        from sqlalchemy import Engine, event
        from sqlalchemy.engine.default import DefaultDialect

        @event.listens_for(Engine, "before_cursor_execute")
        def before(connection: Any, cursor: Any, statement: str, *_: object) -> None:
            if not statement.lstrip().startswith(READING):
                self.point(f"before {statement.split()[:3]}")

        @event.listens_for(Engine, "after_cursor_execute")
        def after(connection: Any, cursor: Any, statement: str, *_: object) -> None:
            if not statement.lstrip().startswith(READING):
                self.point(f"after {statement.split()[:3]}")

        self._wrap(DefaultDialect, "do_commit")
        self._wrap(AbstractConnection, "send_packed_command")
        self._wrap(AbstractConnection, "read_response")

    def _wrap(self, owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def wrapped(*given: Any, **options: Any) -> Any:
            self.point(f"before {name}")
            done = original(*given, **options)
            self.point(f"after {name}")
            return done

        setattr(owner, name, wrapped)


def _checksum(folder: Path) -> int:
    """A number for all names and contents below the folder."""
    found = 0
    for path in sorted(folder.rglob("*")):
        found = zlib.crc32(str(path).encode() + (path.read_bytes() if path.is_file() else b""), found)
    return found


def _changes(call: Any) -> bool:
    owner = getattr(call, "__self__", None)
    place = getattr(owner, "__name__", None) or type(owner).__module__
    name = call.__name__
    if place == "posix":
        return name in POSIX
    if place in ("sqlite3", "_sqlite3"):
        return name in SQLITE
    return place in ("_io", "io") and (name in FILES or name == "open")


def in_fork(work: Callable[[], Any]) -> tuple[int, Any]:
    """The exit status of a process that does `work`, and what that returned; the traceback if it raised.

    What the work imports is then imported here too, so that no later fork has to.
    """
    known = set(sys.modules)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.alarm(SECONDS)
        try:
            found, status = work(), 0
        except BaseException:
            found, status = traceback.format_exc(), 1
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump((found, [name for name in sys.modules if name not in known]), pipe)
        os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if not data:
        return status, None
    found, imported = pickle.loads(data)
    for name in imported:
        with suppress(ImportError):  # the name of a module that replaces another one in sys.modules
            importlib.import_module(name)
    return status, found


def must(work: Callable[[], Any]) -> Any:
    status, found = in_fork(work)
    if status:
        raise AssertionError(found)
    return found


class Scenario:
    """One visitor at one lesson, whose rows are in the stores `kinds`, and an operation on their desk or their folder.

    The last of the stores is opened after the snapshot. In the state "aside" all of that is set aside, and there are newer
    rows. In "away" the visitor has not come for a long time, and in "removed" their folder is in the trash as well.
    At most `most` kills are made, spread from the first to the last one; None makes all of them.
    """

    def __init__(self, folder: Path, kinds: list[str], state: str, operation: str, most: int | None) -> None:
        from lessons.kit.visitors.workspace import new_visitor

        self.data, self.template = folder / "data", folder / "template"
        os.environ["SESSIONS_DATA_DIR"] = str(self.data)
        self.kinds, self.state, self.operation, self.most = kinds, state, operation, most
        self.visitor = new_visitor()
        self.home = self.data / self.visitor
        self.on_servers = [name for name in kinds if name in ("postgresql", "mysql", "redis")]

    def run(self) -> dict[str, Any]:
        """`points` is the number of moments, and `possible` the number of different kills among them.

        `killed` names the kills that were made, and `wrong` says what each kill lost, a sentence each.
        """
        before = must(self._prepare)
        seen, states, after, self._left_on_servers = must(self._whole_operation)
        killed = [number for number in range(len(seen)) if states[number] != states[number - 1]]
        if self.on_servers:  # the state after one call is the state before the next one
            killed = [number for number, name in enumerate(seen) if not name.startswith("after")]
        possible = len(killed)
        if self.most is not None and possible > self.most:
            killed = [killed[at * (possible - 1) // (self.most - 1)] for at in range(self.most)]
        wrong = [
            f"{number} {seen[number]}: {fault}" for number in killed if (fault := self._fault(number, before, after))
        ]
        self._reset()
        must(lambda: self._desk().reset())
        return {
            "points": len(seen),
            "possible": possible,
            "killed": [seen[number] for number in killed],
            "wrong": wrong,
        }

    def _fault(self, number: int, before: Any, after: Any) -> str:
        """What is lost after a kill at this point; '' where nothing is."""
        self._reset()
        status, found = in_fork(lambda: self._killed(number))
        if status != KILLED:
            return f"not killed, but {status}: {found}"
        status, found = in_fork(self._restarted)
        if status:
            return f"after the restart: {found}"
        at_first, repeated, brought_back = found
        if at_first not in (before, after):
            return f"neither before nor after: {differences(before, at_first)}"
        if repeated is not None and repeated != after:
            return f"after another try: {differences(after, repeated)}"
        if brought_back is not None and brought_back != before:
            return f"brought back: {differences(before, brought_back)}"
        return ""

    def _desk(self) -> Any:
        from lessons.kit.turns.open_desks import open_desk
        from lessons.kit.visitors import clean_up

        clean_up._next_clean_up = float("inf")
        return open_desk(self.visitor, "basic")

    def _prepare(self) -> Any:
        from lessons.kit.visitors.trash import throw_away
        from lessons.kit.visitors.workspace import new_visitor, open_workspace

        desk = self._desk()
        self._turn(desk, self.kinds[:-1])
        desk.exclusively(lambda: desk._snapshots.take("one"))
        self._turn(desk, self.kinds)
        if self.state == "aside":
            desk.set_aside()
            desk.exclusively(lambda: desk._snapshots.take("of the challenge"))
            self._turn(desk, self.kinds[-1:])
        desk.close()
        before = self._dump(desk)
        if self.state in ("away", "removed"):
            other = open_workspace(new_visitor())  # without this visitor the clean-up would doubt the clock
            other.make()
            os.utime(other.folder / "visited", (time.time() - 3_600,) * 2)
            os.utime(self.home / "visited", (time.time() - 40 * DAY,) * 2)
        if self.state == "removed":
            throw_away(self.home, datetime.fromtimestamp(time.time() - 8 * DAY, UTC).date())
        shutil.copytree(self.data, self.template / "data")
        for name in self.on_servers:
            (self.template / name).mkdir()
            desk.store(name).save_to(self.template / name)
        return before

    def _turn(self, desk: Any, kinds: list[str]) -> None:
        from lessons.kit.models.providers import read_provider
        from tests.support.turns import do, tell

        provider = read_provider({"SESSIONS_MODEL_PROVIDER": "offline", "SESSIONS_OFFLINE_SECONDS_PER_WORD": "0"})
        for name in kinds:
            assert do(desk, provider, tell, store=name).problem is None

    def _dump(self, desk: Any) -> Any:
        from tests.support.turns import dump_desk

        if self.operation == "add":  # the other columns have the time, which differs in each run
            return {name: [row.data for row in desk.store(name).page("alice").rows] for name in self.kinds}
        copies = {path.name for path in (desk.folder / "snapshots").glob("*") if self.operation != "take"}
        return dump_desk(desk), desk.records, desk.progress, desk.has_set_aside, copies

    def _sessions_on_servers(self) -> dict[str, list[str]]:
        """The ids of the sessions there, also when the visitor's folder is gone and no desk knows of them any more."""
        from lessons.kit.stores.registry import usable_kinds

        return {name: usable_kinds()[name].open(self.home / "basic").session_ids() for name in self.on_servers}

    def _reset(self) -> None:
        shutil.rmtree(self.data)
        shutil.copytree(self.template / "data", self.data)
        if self.on_servers:
            must(self._reset_servers)

    def _reset_servers(self) -> None:
        from lessons.kit.stores.registry import usable_kinds

        for name in self.on_servers:
            usable_kinds()[name].open(self.home / "basic").restore_from(self.template / name)

    def _operate(self, copies: Any) -> None:
        from lessons.kit.stores.opened_stores import erase_stores
        from lessons.kit.visitors.clean_up import remove_unvisited

        {
            "take": lambda: copies.take("one"),
            "restore": lambda: copies.restore("one"),
            "set aside": lambda: copies.set_aside(),
            "bring back": lambda: copies.bring_back(),
            "start over": lambda: copies.start_over(),
            "clean up": lambda: remove_unvisited(erase_stores),
            "add": lambda: [asyncio.run(session.add_items(ITEMS)) for session in self._sessions],
        }[self.operation]()

    def _opened(self) -> Any:
        """The copies of a desk with an open handle in each store; nothing is opened for the clean-up."""
        if self.operation == "clean up":
            return None
        desk = self._desk()
        # A handle would make an empty file for each store that was set aside.
        opened = self.kinds[-1:] if self.state == "aside" else self.kinds
        self._sessions = [desk.store(name).open_session("alice") for name in opened]
        return desk._snapshots

    def _whole_operation(self) -> Any:
        copies = self._opened()
        with Points(None, bool(self.on_servers), lambda: _checksum(self.data)) as points:
            self._operate(copies)
            points.point("at the end")
        desk = self._desk()
        desk._reload()
        return points.seen, points.states, self._dump(desk), self._sessions_on_servers()

    def _killed(self, number: int) -> None:
        copies = self._opened()
        with Points(number, bool(self.on_servers)) as points:
            self._operate(copies)
            points.point("at the end")

    def _restarted(self) -> Any:
        """What is stored after the restart, after another try, and after what was set aside came back."""
        desk = self._desk()
        at_first, repeated = self._dump(desk), None
        if self.operation == "take":
            assert desk.restore("one"), "the older copy is gone, and the newer one is not there"
            desk.restore("one")  # the older of two, if the newer one was whole
            rows = [len(desk.store(name).page("alice").rows) for name in self.kinds]
            assert rows == [2] * (len(rows) - 1) + [0], f"not the rows of the older copy: {rows}"
        elif not self._is_done(desk):
            if self.operation == "clean up":
                self._operate(None)  # the visitor does not come again, so nothing makes a folder
            else:
                desk.exclusively(lambda: self._operate(desk._snapshots))
            desk = self._desk()
            desk._reload()
            repeated = self._dump(desk)
            left = self._sessions_on_servers()
            assert left == self._left_on_servers, f"on servers: {differences(self._left_on_servers, left)}"
        brought_back = None
        if self.operation == "set aside" and self.state == "told":
            desk.bring_back()
            brought_back = self._dump(desk)
        return at_first, repeated, brought_back

    def _is_done(self, desk: Any) -> bool:
        """Whether the operation is done, so that another try would be a second operation."""
        if self.operation == "restore":
            return not (desk.folder / "snapshots" / "one").exists()
        if self.operation == "set aside" and self.state == "told":
            return bool(desk.has_set_aside)
        if self.operation == "bring back":
            return not desk.has_set_aside
        if self.operation == "add":
            return True  # it would add the items again
        return self.operation == "clean up" and bool(desk.records)  # the visitor has come back, and has everything


def differences(expected: Any, found: Any, name: str = "") -> str:
    """What differs between two dumps, cut."""
    if expected == found:
        return ""
    if isinstance(expected, dict) and isinstance(found, dict):
        parts = [(f"{name}/{key}", expected.get(key), found.get(key)) for key in sorted(expected.keys() | found.keys())]
    elif isinstance(expected, list | tuple) and isinstance(found, list | tuple) and len(expected) == len(found):
        parts = [(f"{name}/{n}", old, new) for n, (old, new) in enumerate(zip(expected, found, strict=True))]
    else:
        return f"{name}: {expected!r:.300} became {found!r:.300}"
    return "; ".join(filter(None, (differences(old, new, place) for place, old, new in parts)))


def _write_in_place() -> None:
    """Plant a fault for the rest of the process: the JSON file is overwritten in place, so for a moment it is incomplete."""
    from lessons.kit.stores.json_files.session import JsonFileSession

    def write(session: Any, items: list[Any]) -> None:
        session.path.parent.mkdir(parents=True, exist_ok=True)
        session.path.write_text(json.dumps({"session_id": session.session_id, "items": items}))

    JsonFileSession._write = write  # type: ignore[method-assign]


def main() -> None:
    for name in IMPORTED:
        importlib.import_module(name)
    import agents

    import lessons.kit.records

    lessons.kit.records._adapter()
    assert agents.SQLiteSession  # the SDK imports it when it is first named
    gc.freeze()
    gc.disable()

    for line in sys.stdin:
        asked = json.loads(line)
        if asked["plant"]:
            _write_in_place()
        try:
            found = Scenario(
                Path(asked["folder"]), asked["kinds"], asked["state"], asked["operation"], asked["most"]
            ).run()
        except BaseException:
            found = {"points": 0, "possible": 0, "killed": [], "wrong": [traceback.format_exc()]}
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
