"""The stores of a visitor at one lesson, and their folder, which is made before something is written in it."""

import threading
from pathlib import Path

from lessons.kit.stores.opened_stores import mark_opened, opened_kinds
from lessons.kit.stores.registry import store_kinds
from lessons.kit.stores.store import Store
from lessons.kit.visitors import storage_limits
from lessons.kit.visitors.workspace import Workspace, cannot_write


class LessonStores:
    """The stores that are open on the folder of a visitor at one lesson. Safe to use from any thread.

    `had_folder` says that the folder has existed: if it does not exist now, it was removed.
    """

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self.had_folder = folder.exists()
        self._workspace, self._folder = workspace, folder
        self._open: dict[str, Store] = {}
        self._guard = threading.Lock()

    def open(self, name: str) -> Store:
        """The store of that name, the same one each time.

        Raises KeyError if no kind has that name, and Refused when it cannot be noted that it was opened.
        """
        with self._guard:
            if name not in self._open:
                opened = store_kinds()[name].open(self._folder)
                if self._folder.is_dir():
                    self._mark([name])
                self._open[name] = opened
            return self._open[name]

    @property
    def lost_their_folder(self) -> bool:
        """Whether the folder existed and was removed."""
        return self.had_folder and not self._folder.exists()

    def all(self) -> list[Store]:
        """The stores that were ever opened on the folder: nothing is stored in the others."""
        with self._guard:
            names = {*self._open, *opened_kinds(self._folder)}
        return [self.open(name) for name in sorted(names)]

    def make_folder(self) -> None:
        """Make the folder if it does not exist, and note which stores are open on it. Raises Refused.

        Looking at pages makes no folder, so that a program which opens thousands of them leaves nothing behind.
        """
        if self._folder.is_dir():
            return
        storage_limits.make_folder(self._workspace)
        with self._guard:
            try:
                self._folder.mkdir(exist_ok=True)
            except OSError as error:
                raise cannot_write(error) from error
            self._mark(list(self._open))
            self.had_folder = True

    def close(self) -> list[str]:
        """Drop every handle. Returns the names of those that were open."""
        return [name for store in self._opened() for name in store.close()]

    def release(self) -> None:
        """Close what is open and not in use, and lose nothing: see `Store.release`."""
        for store in self._opened():
            store.release()

    def loses_when_closed(self) -> bool:
        """Whether `close` would lose something: see `Store.loses_when_closed`."""
        return any(store.loses_when_closed() for store in self._opened())

    def _opened(self) -> list[Store]:
        with self._guard:
            return list(self._open.values())

    def _mark(self, names: list[str]) -> None:
        try:
            for name in names:
                mark_opened(self._folder, name)
        except OSError as error:
            raise cannot_write(error) from error
