"""The store with JsonFileSession, the example of a session class that you write yourself. A session is one JSON file."""

import json
import os
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lessons.kit.deleting import discard
from lessons.kit.files import read_file, sync, sync_all
from lessons.kit.problems.disk_errors import JSON_ERRORS, damaged, unreadable
from lessons.kit.problems.problem import Problem
from lessons.kit.stores.as_stored import KeepsOnlyItems
from lessons.kit.stores.json_files.session import JsonFileSession, file_name
from lessons.kit.stores.kind import StoreKind
from lessons.kit.stores.rows import (
    PICTURE_ROWS,
    Row,
    RowPage,
    Size,
    TablePicture,
    page_of,
    picture_of_items,
    size_of_files,
)
from lessons.kit.stores.session_list import Metadata, SessionPage, SessionSummary, Sort, first_line, list_page
from lessons.kit.stores.whole_sessions import WholeSession

_ONLY_ITEMS = Problem(
    "A JSON file of this class holds the items of one id, and nothing else.",
    "Nothing was changed.",
    "Choose a SQLite file, or write a class that keeps more.",
)


class JsonFilesStore(KeepsOnlyItems):
    """Sessions in a folder of JSON files. A row's key is the position of the item in its file, from 1."""

    name = "json_files"
    label = "JSON files (own class)"
    session_type = "JsonFileSession"
    medium = "JSON file"
    only_items = _ONLY_ITEMS

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._replacing = threading.RLock()
        self._sessions: dict[str, JsonFileSession] = {}
        self._known: dict[str, tuple[tuple[int, ...], SessionSummary]] = {}

    def open_session(self, session_id: str) -> JsonFileSession:
        self._finish()
        if session_id not in self._sessions:
            self._sessions[session_id] = JsonFileSession(session_id, self.folder)
        return self._sessions[session_id]

    def opening_code(self, session_id: str) -> str:
        return f'JsonFileSession("{session_id}", "{self.folder.name}")'

    def sessions(self, search: str = "", sort: Sort = "last used", page: int = 1) -> SessionPage:
        return list_page(self._newest_first(), search, sort, page)

    def session_ids(self, limit: int = 100) -> list[str]:
        return [one.session_id for one in self._newest_first()[:limit]]

    def page(self, session_id: str, before: int | None = None, after: int | None = None, limit: int = 50) -> RowPage:
        return page_of(self._rows(session_id), before, after, limit)

    def newest_rows(self, limit: int = 50) -> tuple[Row, ...]:
        # Each session has its own file, and there is no order between files.
        return tuple(row for session_id in self.session_ids() for row in self.page(session_id).rows)[-limit:]

    def picture(self, session_id: str) -> tuple[TablePicture, ...]:
        rows = self._rows(session_id)
        newest = rows[-PICTURE_ROWS:]
        return (TablePicture("items", picture_of_items(newest), complete=len(newest) == len(rows)),)

    def schema(self) -> str:
        return '{"session_id": "…", "items": [ … ]}' if self._files() else ""

    def size(self) -> Size:
        return size_of_files(self._files(), "the JSON files")

    def close(self) -> list[str]:
        dropped = [f"{session_id} in a JSON file" for session_id in self._sessions]
        self._sessions.clear()
        return dropped

    def release(self) -> None:
        pass  # no file stays open between two calls

    def loses_when_closed(self) -> bool:
        return False

    def erase(self) -> None:
        self._finish()  # or a later look would put the sessions back
        self.close()
        discard(self.folder)

    def save_to(self, folder: Path) -> None:
        for path in self._files():
            shutil.copy2(path, folder / path.name)  # with its time, which is the time of the last use

    def restore_from(self, folder: Path) -> None:
        part = self.folder.with_name(f"{self.folder.name}.part")
        discard(part)
        shutil.copytree(folder, part)  # before anything is deleted, since the disk can be full
        sync_all(part)
        self.erase()
        if any(part.iterdir()):
            part.rename(self.folder)
            sync(part.parent)
        else:
            part.rmdir()

    def whole_sessions(self) -> Iterator[WholeSession]:
        for path in self._files():
            with suppress(FileNotFoundError):  # cleared since the folder was listed
                used, (session_id, items) = _time(path.stat().st_mtime), _load(path)
                rows = [Row(at, session_id, json.dumps(item), "") for at, item in enumerate(items, start=1)]
                yield WholeSession(session_id, used, used, rows)

    def replace_sessions(self, changed: Iterable[tuple[str, WholeSession | None]]) -> None:
        """Write all changes to a folder first, rename it when it is complete, then move its files into place.

        If the process is killed after the renaming, the next look at this store continues from the folder.
        """
        with self._replacing:
            discard(self._part)
            try:
                self._part.mkdir(parents=True)
                for session_id, whole in changed:
                    _write_whole(self._part / file_name(session_id), whole)
                sync_all(self._part)
                self._part.rename(self._ready)
            except BaseException:
                discard(self._part)
                raise
            sync(self._ready.parent)
            self._finish()

    @property
    def _part(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.changes.part")

    @property
    def _ready(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.changes")

    def _finish(self) -> None:
        """Move the files that `replace_sessions` has made ready into place."""
        if not self._ready.is_dir():
            return
        with self._replacing:
            self.folder.mkdir(exist_ok=True)
            for path in sorted(self._ready.glob("*.json")) if self._ready.is_dir() else []:
                if path.stat().st_size == 0:  # an empty file stands for a session to delete
                    (self.folder / path.name).unlink(missing_ok=True)
                    path.unlink()
                else:
                    os.replace(path, self.folder / path.name)
            sync(self.folder)
            with suppress(FileNotFoundError):
                self._ready.rmdir()

    def _files(self) -> list[Path]:
        self._finish()
        return sorted(self.folder.glob("*.json"))

    def _rows(self, session_id: str) -> list[Row]:
        self._finish()
        try:
            _, items = _load(self.folder / file_name(session_id))
        except FileNotFoundError:
            return []
        return [Row(number, session_id, json.dumps(item), "") for number, item in enumerate(items, start=1)]

    def _newest_first(self) -> list[SessionSummary]:
        """Every session, the last used first. A file is read again only if it has changed."""
        known = {}
        for path in self._files():
            try:
                found = path.stat()
                state, before = (found.st_mtime_ns, found.st_size, found.st_ino), self._known.get(path.name)
                known[path.name] = (
                    before if before and before[0] == state else (state, _summarise(path, found.st_mtime))
                )
            except FileNotFoundError:
                continue  # cleared since the folder was listed
        self._known = known
        return [summary for _, summary in sorted(known.values(), key=lambda pair: pair[0], reverse=True)]


def _summarise(path: Path, changed: float) -> SessionSummary:
    session_id, items = _load(path)
    used = _time(changed)
    return SessionSummary(
        session_id, first_line(json.dumps(items[0])) if items else "", len(items), used, used, Metadata()
    )


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"


def _write_whole(path: Path, whole: WholeSession | None) -> None:
    """Write the file of a session as JsonFileSession does, with the time of its last use. Writes an empty file for None."""
    if whole is None:
        path.touch()
        return
    items = [json.loads(row.data) for row in whole.rows]
    path.write_text(json.dumps({"session_id": whole.session_id, "items": items}, indent=1), "utf-8")
    with suppress(ValueError):  # without a valid time, the last use is now
        used = datetime.fromisoformat(whole.updated_at).replace(tzinfo=UTC).timestamp()
        os.utime(path, (used, used))


def _load(path: Path) -> tuple[str, list[Any]]:
    """The session id and the items in a file. Raises FileNotFoundError, and Refused if JsonFileSession did not write it."""
    try:
        match json.loads(read_file(path)):
            case {"session_id": str(session_id), "items": list(items)}:
                return session_id, items
    except FileNotFoundError:
        raise
    except (OSError, *JSON_ERRORS) as error:
        raise unreadable(path, error) from error
    raise damaged(f"The file {path.name} does not hold a session_id and items")


KIND: StoreKind = StoreKind(
    JsonFilesStore.name,
    JsonFilesStore.label,
    lambda folder: JsonFilesStore(folder / "json_sessions"),
    columns=("position", "session_id", "element of items"),
)
