"""Which stores were opened on a folder. Some keep their rows elsewhere, and those rows must be deleted with the folder."""

from contextlib import closing, suppress
from pathlib import Path

from lessons.kit.problems.problem import Refused
from lessons.kit.stores.registry import store_kinds, usable_kinds


def opened_folder(folder: Path) -> Path:
    """Where the names of the stores that were opened on `folder` are kept."""
    return folder / "stores"


def mark_opened(folder: Path, kind: str) -> None:
    """Note that the store of this kind was opened on `folder`."""
    opened_folder(folder).mkdir(exist_ok=True)
    (opened_folder(folder) / kind).touch()


def opened_kinds(folder: Path) -> list[str]:
    """The names of the stores that were ever opened on `folder` and can be opened now."""
    kinds = usable_kinds()
    return sorted(path.name for path in opened_folder(folder).glob("*") if path.name in kinds)


def never_opened(folder: Path) -> list[str]:
    """The names of all other kinds of store: nothing can be stored in them."""
    return sorted(set(store_kinds()) - {path.name for path in opened_folder(folder).glob("*")})


def erase_stores(visitor_folder: Path) -> bool:
    """Delete everything that the stores of a visitor hold, wherever they keep it. False if one could not be reached."""
    done = True
    for folder in visitor_folder.glob("*/"):
        for kind in opened_kinds(folder):
            try:
                usable_kinds()[kind].open(folder).erase()
            except Refused:
                done = False
    return done


def bytes_on_servers(visitor_folder: Path) -> int:
    """What the stores of a visitor keep on servers, as these measure it. A server that cannot be reached counts nothing."""
    total = 0
    for folder in visitor_folder.glob("*/"):
        for name in opened_kinds(folder):
            kind = usable_kinds()[name]
            if kind.on_a_server:
                with suppress(Refused), closing(kind.open(folder)) as store:
                    size = store.size()
                    total += size.bytes if size is not None else 0
    return total
