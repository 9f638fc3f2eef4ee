"""What the emulated service stores: conversations with their items. Each conversation is one JSON file."""

import json
import secrets
import shutil
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lessons.kit.deleting import discard
from lessons.kit.files import read_file, sync, sync_all, write_file
from lessons.kit.problems.disk_errors import JSON_ERRORS, unreadable

ID_PREFIX = "conv_emulated_"
_NUMBERING = "numbering.json"


class NotFound(KeyError):
    """The conversation or the item does not exist. The argument is its id."""


@dataclass(frozen=True)
class StoredItem:
    """One item as a service returns it. `number` is its row key.

    The emulated service numbers all its items and uses no number twice. For OpenAI's own, it is the place in the conversation.
    """

    number: int
    item: dict[str, Any]


@dataclass(frozen=True)
class Conversation:
    """One conversation and its items in order. `created_at` is in seconds since 1970."""

    id: str
    created_at: int
    metadata: dict[str, Any]
    items: tuple[StoredItem, ...]

    def shown(self) -> dict[str, Any]:
        """The conversation object of the API, which does not have the items."""
        return {"id": self.id, "object": "conversation", "created_at": self.created_at, "metadata": self.metadata}


class Conversations:
    """The conversations of one emulated account, in a folder. Any thread can use it. Reading changes nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._guard = threading.RLock()
        self._known: dict[str, tuple[tuple[int, ...], Conversation]] = {}

    def create(self, metadata: dict[str, Any], items: Iterable[dict[str, Any]]) -> Conversation:
        with self._guard:
            made = Conversation(f"{ID_PREFIX}{secrets.token_hex(8)}", int(time.time()), metadata, self._numbered(items))
            self._write(made)
            return made

    def get(self, conversation_id: str) -> Conversation:
        """The conversation with this id. Raises NotFound, and Refused if its file is damaged."""
        path = self._path(conversation_id)
        try:
            found = path.stat()
            state, known = (found.st_mtime_ns, found.st_size, found.st_ino), self._known.get(conversation_id)
            if known is None or known[0] != state:
                known = self._known[conversation_id] = state, _load(path)
            return known[1]
        except FileNotFoundError:
            raise NotFound(conversation_id) from None

    def add(self, conversation_id: str, items: Iterable[dict[str, Any]]) -> tuple[StoredItem, ...]:
        """Append items, which must have the form in which the service stores them. Raises NotFound."""
        with self._guard:
            old = self.get(conversation_id)
            added = self._numbered(items)
            self._write(Conversation(old.id, old.created_at, old.metadata, (*old.items, *added)))
            return added

    def delete_item(self, conversation_id: str, item_id: str) -> Conversation:
        """Delete one item. Returns the conversation as it was before. Raises NotFound."""
        with self._guard:
            old = self.get(conversation_id)
            kept = tuple(one for one in old.items if one.item["id"] != item_id)
            if len(kept) == len(old.items):
                raise NotFound(item_id)
            self._write(Conversation(old.id, old.created_at, old.metadata, kept))
            return old

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation with its items. Raises NotFound."""
        with self._guard:
            try:
                self._path(conversation_id).unlink()
            except FileNotFoundError:
                raise NotFound(conversation_id) from None

    def erase(self) -> None:
        with self._guard:
            discard(self.folder)

    def save_to(self, folder: Path) -> None:
        with self._guard:
            if self.folder.exists():
                shutil.copytree(self.folder, folder)

    def restore_from(self, folder: Path) -> None:
        with self._guard:
            part = self.folder.with_name(f"{self.folder.name}.part")
            discard(part)
            if folder.exists():
                shutil.copytree(folder, part)  # before anything is deleted, since the disk can be full
                sync_all(part)
            self.erase()
            if part.exists():
                part.rename(self.folder)
                sync(part.parent)

    def _path(self, conversation_id: str) -> Path:
        # An id comes from outside. Only an id in the form of this service becomes a file name.
        known = conversation_id.startswith(ID_PREFIX) and conversation_id.removeprefix(ID_PREFIX).isalnum()
        return self.folder / (f"{conversation_id}.json" if known else "no such conversation")

    def _numbered(self, items: Iterable[dict[str, Any]]) -> tuple[StoredItem, ...]:
        path = self.folder / _NUMBERING
        last = _last_number(path)
        numbered = tuple(StoredItem(number, item) for number, item in enumerate(items, start=last + 1))
        if numbered:
            _replace(path, numbered[-1].number)
        return numbered

    def _write(self, conversation: Conversation) -> None:
        items = [[one.number, one.item] for one in conversation.items]
        content = {"created_at": conversation.created_at, "metadata": conversation.metadata, "items": items}
        _replace(self._path(conversation.id), content)


def _replace(path: Path, content: Any) -> None:
    write_file(path, json.dumps(content).encode())


def _load(path: Path) -> Conversation:
    try:
        return _as_conversation(path.stem, json.loads(read_file(path)))
    except FileNotFoundError:
        raise
    except (OSError, *JSON_ERRORS) as error:
        raise unreadable(path, error) from error


def _as_conversation(id_: str, content: Any) -> Conversation:
    match content:
        case {"created_at": int(created_at), "metadata": dict(metadata), "items": list(items)}:
            return Conversation(id_, created_at, metadata, tuple(map(_as_item, items)))
    raise ValueError("not a conversation")


def _as_item(content: Any) -> StoredItem:
    match content:
        case [int(number), {"id": str()} as item]:
            return StoredItem(number, item)
    raise ValueError("not an item of a conversation")


def _last_number(path: Path) -> int:
    try:
        number = json.loads(read_file(path))
        if not isinstance(number, int):
            raise ValueError("not a number")
        return number
    except FileNotFoundError:
        return 0
    except (OSError, *JSON_ERRORS) as error:
        raise unreadable(path, error) from error
