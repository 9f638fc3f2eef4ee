"""Notes which stores were opened on a folder. Some keep rows elsewhere, which have to be deleted with the folder."""

from contextlib import closing, suppress
from pathlib import Path

from lessons.kit.problems.problem import Refused
from lessons.kit.stores.registry import store_kinds, usable_kinds


def opened_folder(folder: Path) -> Path:
    """The folder with a file for each kind of store that was opened on `folder`."""
    return folder / "stores"


def mark_opened(folder: Path, kind: str) -> None:
    """Note that a store of this kind was opened on `folder`. Raises OSError."""
    opened_folder(folder).mkdir(exist_ok=True)
    (opened_folder(folder) / kind).touch()


def opened_kinds(folder: Path) -> list[str]:
    """The names of the kinds of store that were opened on `folder` and can be opened now."""
    return sorted(_marked(folder) & usable_kinds().keys())


def never_opened(folder: Path) -> list[str]:
    """The names of the kinds of store that were never opened on `folder`. Nothing can be stored in them."""
    return sorted(store_kinds().keys() - _marked(folder))


def _marked(folder: Path) -> set[str]:
    """The names of the kinds of store that were ever opened on `folder`."""
    return {path.name for path in opened_folder(folder).glob("*")} & store_kinds().keys()


def erase_stores(visitor_folder: Path) -> bool:
    """Delete everything in a visitor's stores, wherever they keep it.

    False if rows may be left: a server refused, or cannot be used now, because its address or its driver is missing.
    """
    done = True
    for folder in visitor_folder.glob("*/"):
        for kind in map(store_kinds().__getitem__, _marked(folder)):
            try:
                if not kind.missing():
                    kind.open(folder).erase()
                elif kind.on_a_server:
                    done = False
            except Refused:
                done = False
    return done


def bytes_on_servers(visitor_folder: Path) -> int:
    """The bytes that a visitor's stores keep on servers, as the servers measure them. An unreachable server counts as 0."""
    total = 0
    for folder in visitor_folder.glob("*/"):
        for name in opened_kinds(folder):
            kind = usable_kinds()[name]
            if kind.on_a_server:
                with suppress(Refused), closing(kind.open(folder)) as store:
                    size = store.size()
                    total += size.bytes if size is not None else 0
    return total
