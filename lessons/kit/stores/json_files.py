"""JsonFileSession: the example of a session class of one's own. Every session is one JSON file."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lessons.kit.items import read
from lessons.kit.records import Problem, Refused
from lessons.kit.stores import StoreKind
from lessons.kit.stores.rows import PICTURE_ROWS, Row, RowPage, TablePicture
from lessons.kit.stores.session_list import FIRST_LINE, Metadata, SessionPage, SessionSummary, Sort, cut_page

if TYPE_CHECKING:
    from lessons.kit.json_file_session import JsonFileSession

_ONLY_ITEMS = Problem(
    "A JSON file of this class holds the items of one id, and nothing else.",
    "Nothing was changed.",
    "Choose a SQLite file, or write a class that keeps more.",
)


class JsonFilesStore:
    """Sessions in a folder of JSON files. A row's key is the place of the item in its file, from 1."""

    name = "json_files"
    label = "JSON files (own class)"
    session_type = "JsonFileSession"
    place = "JSON file"
    keeps_metadata = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sessions: dict[str, JsonFileSession] = {}

    def open_session(self, session_id: str) -> "JsonFileSession":
        if session_id not in self._sessions:
            from lessons.kit.json_file_session import JsonFileSession

            self._sessions[session_id] = JsonFileSession(session_id, self.folder)
        return self._sessions[session_id]

    def opening_code(self, session_id: str) -> str:
        return f'JsonFileSession("{session_id}", "{self.folder.name}")'

    def sessions(self, search: str = "", sort: Sort = "last used", page: int = 1) -> SessionPage:
        found = [one for one in self._summaries() if search.casefold() in one.session_id.casefold()]
        newest_first = sort != "session id"
        found.sort(key=lambda one: one.updated_at if newest_first else one.session_id, reverse=newest_first)
        shown, number = cut_page([one.session_id for one in found], page)
        return SessionPage(tuple(one for one in found if one.session_id in shown), len(found), number)

    def rename(self, session_id: str, new_id: str) -> None:
        raise Refused(_ONLY_ITEMS)

    def describe(self, session_id: str, metadata: Metadata) -> None:
        raise Refused(_ONLY_ITEMS)

    def session_ids(self, limit: int = 100) -> list[str]:
        newest_first = sorted(self._summaries(), key=lambda one: one.updated_at, reverse=True)
        return [one.session_id for one in newest_first][:limit]

    def page(self, session_id: str, before: int | None = None, after: int | None = None, limit: int = 50) -> RowPage:
        rows = self._rows(session_id)
        if after is not None:
            shown = [row for row in rows if row.key > after][:limit]
        else:
            shown = [row for row in rows if before is None or row.key < before][-limit:]
        if not shown:
            return RowPage(total=len(rows))
        return RowPage(tuple(shown), len(rows), shown[0].key > 1, shown[-1].key < len(rows))

    def picture(self, session_id: str) -> tuple[TablePicture, ...]:
        rows = self._rows(session_id)
        newest = rows[-PICTURE_ROWS:]
        shown = {row.key: {"session_id": row.session_id, "message_data": row.data, "created_at": ""} for row in newest}
        return (TablePicture("items", shown, complete=len(newest) == len(rows)),)

    def schema(self) -> str:
        return '{"session_id": "…", "items": [ … ]}' if self._files() else ""

    def close(self) -> list[str]:
        dropped = [f"{session_id} in a JSON file" for session_id in self._sessions]
        self._sessions.clear()
        return dropped

    def erase(self) -> None:
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def save_to(self, folder: Path) -> None:
        for path in self._files():
            shutil.copy2(path, folder / path.name)  # with its time: it is the last use

    def restore_from(self, folder: Path) -> None:
        self.erase()
        if any(folder.iterdir()):
            shutil.copytree(folder, self.folder)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.json"))

    def _rows(self, session_id: str) -> list[Row]:
        from lessons.kit.json_file_session import file_name

        items = _items(self.folder / file_name(session_id))
        return [Row(place, session_id, json.dumps(item), None) for place, item in enumerate(items, start=1)]

    def _summaries(self) -> list[SessionSummary]:
        summaries = []
        # The newest first: the times below are of whole seconds, and sorting them keeps this order.
        for path in sorted(self._files(), key=lambda path: path.stat().st_mtime_ns, reverse=True):
            stored = _load(path)
            items = stored.get("items") or []
            used = f"{datetime.fromtimestamp(path.stat().st_mtime, UTC):%Y-%m-%d %H:%M:%S}"
            first = read(json.dumps(items[0])).text[:FIRST_LINE] if items else ""
            summaries.append(SessionSummary(str(stored.get("session_id")), first, len(items), used, used, Metadata()))
        return summaries


def _items(path: Path) -> list[Any]:
    return _load(path).get("items") or [] if path.exists() else []


def _load(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (ValueError, TypeError, OSError) as error:
        raise Refused(
            Problem(
                f"The file {path.name} cannot be read as JSON: {error}.",
                "It is kept as it is.",
                "Repair it, or start the lesson over: that deletes it.",
            )
        ) from error


KIND = StoreKind(JsonFilesStore.name, JsonFilesStore.label, lambda folder: JsonFilesStore(folder / "json_sessions"))
