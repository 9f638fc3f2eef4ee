"""Opening the stores that are tested."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lessons.kit.stores.registry import usable_kinds
from lessons.kit.stores.store import Store
from tests.support.database_servers import is_on_a_server

ENCRYPTED_IN_FAST_PART = "encrypted_sqlite_file"
"""The kind that stands for all encrypted ones in the fast part: they only add the key to another store."""


def all_kinds_in_two_parts() -> list[Any]:
    """Two parameters for a test that uses many stores at once: the kinds of the fast part, and all others."""
    kinds = sorted(usable_kinds())
    encrypted = {kind for kind in kinds if kind.startswith("encrypted_")} - {ENCRYPTED_IN_FAST_PART}
    others = [kind for kind in kinds if kind in encrypted or is_on_a_server(kind)]
    marks = [pytest.mark.matrix, *([pytest.mark.servers] if any(map(is_on_a_server, others)) else [])]
    return [
        pytest.param([kind for kind in kinds if kind not in others], id="fast"),
        pytest.param(others, id="others", marks=marks),
    ]


@contextmanager
def opened_store(kind: str, folder: Path) -> Iterator[Store]:
    """The store of this kind on `folder`. Its rows are erased afterwards: rows on a server would outlive the folder."""
    store = usable_kinds()[kind].open(folder)
    try:
        yield store
    finally:
        store.erase()
        store.close()
