"""Opening the stores that are tested."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lessons.kit.stores.registry import usable_kinds
from lessons.kit.stores.store import Store


@contextmanager
def opened_store(kind: str, folder: Path) -> Iterator[Store]:
    """The store of this kind on `folder`, whose rows are erased afterwards: what is on a server does not go with the folder."""
    store = usable_kinds()[kind].open(folder)
    try:
        yield store
    finally:
        store.erase()
        store.close()
