"""A folder of JsonFileSession, the session class that this app defines, as a place."""

from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lessons.kit.life_cycle.places.copied_place import CopiedPlace, Kept
from lessons.kit.stores.json_files.session import JsonFileSession
from lessons.kit.stores.json_files.store import JsonFilesStore

JSON_FILES = "JsonFileSession"


def json_place(store: JsonFilesStore, label: str) -> CopiedPlace:
    """The sessions in the folder of a store."""
    return CopiedPlace(label, store, Kept(frozenset({"form"}), files=lambda: _all_files(store)), _opener(store))


def _opener(store: JsonFilesStore) -> Any:
    @asynccontextmanager
    async def opened(session_id: str, place: CopiedPlace) -> Any:
        yield JsonFileSession(session_id, store.folder)

    return opened


def _all_files(store: JsonFilesStore) -> list[Path]:
    return [path for path in sorted(store.folder.rglob("*")) if path.is_file()] if store.folder.exists() else []
