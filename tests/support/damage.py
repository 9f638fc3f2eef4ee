"""Ways in which something other than the app damages the storage of a session."""

import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

PAGE = 4_096
"""Bytes of a page of the SQLite files that the SDK makes."""


def settle(path: Path) -> None:
    """Move all that is stored into the file itself: SQLite would read a page from the log instead of the damaged one."""
    if path.suffix == ".db":
        with closing(sqlite3.connect(path)) as file:
            assert file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
            file.execute("PRAGMA journal_mode = DELETE")


def text(path: Path) -> None:
    path.write_bytes(b"This is not what the session class has written. " * 400)


def truncated(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def zeroed_page(path: Path) -> None:
    """Zero the root page of the table of items; of a JSON file, the first PAGE bytes."""
    page = _page_of_rows(path) if path.suffix == ".db" else 1
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(b"\0" * min(PAGE, path.stat().st_size))


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "something").write_text("of another program")


def named_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def no_permission(path: Path) -> None:
    """Nobody may read the file. Root could, but see `obey_file_rights`."""
    path.chmod(0)


def foreign_schema(path: Path) -> None:
    """Another program has made tables of the same names."""
    tables = _tables(path)
    path.unlink()
    with closing(sqlite3.connect(path)) as file, file:
        for name in tables:
            file.execute(f"CREATE TABLE {name} (number INTEGER, body TEXT)")
            file.execute(f"INSERT INTO {name} VALUES (1, 'mine')")


def missing_table(path: Path) -> None:
    """The table of the items is gone; the table of the sessions still names a session."""
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(f"DROP TABLE {_items(path)}")


def other_shape(path: Path) -> None:
    path.write_text('[{"session": 1, "rows": {"a": []}}]', "utf-8")


ANY_FILE: Mapping[str, Callable[[Path], None]] = MappingProxyType(
    {
        "text": text,
        "truncated": truncated,
        "zeroed page": zeroed_page,
        "folder": folder,
        "named pipe": named_pipe,
        "no permission": no_permission,
    }
)
SQLITE_FILE = MappingProxyType({**ANY_FILE, "foreign schema": foreign_schema, "missing table": missing_table})
JSON_FILE = MappingProxyType({**ANY_FILE, "other shape": other_shape})


def damages_of(path: Path) -> Mapping[str, Callable[[Path], None]]:
    """The kinds of damage that a file can have, by name."""
    return SQLITE_FILE if path.suffix == ".db" else JSON_FILE


def _tables(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as file:
        found = file.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        return [name for (name,) in found]


def _items(path: Path) -> str:
    return next(name for name in _tables(path) if "messages" in name)


def _page_of_rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as file:
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        return int(file.execute(query, (_items(path),)).fetchone()[0])
