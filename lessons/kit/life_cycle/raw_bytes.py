"""Looks for texts in the raw bytes of files, and cuts stored texts into pieces that can be looked for."""

import json
import mmap
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lessons.kit.life_cycle.progress import Progress

_QUIET = Progress()

PIECE = 32
"""Bytes of a piece. A text that spans two pages of a file is whole in neither, but most of its pieces are."""

PIECES = 1_000
"""How many pieces are looked for at most. They are chosen evenly."""

SHORTEST = 8
"""How many characters a text must have to be looked for: shorter ones are everywhere."""

_FORM = frozenset({"role", "type", "status", "phase"})
_WORD_OF_FORM = re.compile(r"[a-z_]+")


@dataclass(frozen=True)
class Hits:
    """How often one text is in one file."""

    file: str
    text: bytes
    count: int


def forms_of(text: str) -> tuple[bytes, ...]:
    """The bytes of a text as an item can have it: plain, escaped as JSON, and escaped twice, as in the arguments of a call."""
    found = []
    for ascii_ in (True, False):
        once = json.dumps(text, ensure_ascii=ascii_)[1:-1]
        found += [text, once, json.dumps(once, ensure_ascii=ascii_)[1:-1]]
    return tuple(dict.fromkeys(form.encode("utf-8", "surrogatepass") for form in found))


def contains(data: str, forms: Iterable[bytes]) -> bool:
    """Whether a stored text has any of these forms."""
    raw = data.encode("utf-8", "surrogateescape")
    return any(form in raw for form in forms)


class Pieces:
    """Pieces of the texts that are given one after the other: at most PIECES, evenly chosen, in little memory."""

    def __init__(self) -> None:
        self._kept: dict[bytes, None] = {}
        self._step = 1
        self._seen = 0

    def add(self, data: str) -> None:
        """Add the pieces of what a row says: of its texts, or of the whole row if it has only short ones."""
        for text in _texts(data) or [data]:
            raw = text.encode("utf-8", "surrogateescape")
            for at in range(0, max(len(raw) - PIECE, 0) + 1, PIECE):
                self._add(raw[at : at + PIECE])

    def _add(self, piece: bytes) -> None:
        self._seen += 1
        if self._seen % self._step:
            return
        self._kept[piece] = None
        if len(self._kept) > PIECES:
            self._kept = dict.fromkeys(list(self._kept)[::2])
            self._step *= 2

    @property
    def is_sample(self) -> bool:
        """Whether some were left out."""
        return self._step > 1

    @property
    def all(self) -> tuple[bytes, ...]:
        return tuple(self._kept)


def _texts(data: str) -> list[str]:
    """The texts in an item that are long enough, as they are written in its JSON."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return []
    found = []
    for text in _strings(value):
        for written in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]):
            if len(written) >= SHORTEST and written in data:
                found.append(written)
                break
    return found


def _strings(value: Any) -> Iterator[str]:
    """The texts in a value, without the words of the item's form, such as `assistant`: other items have them too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            if not (key in _FORM and isinstance(part, str) and _WORD_OF_FORM.fullmatch(part)):
                yield from _strings(part)


def search(files: Sequence[Path], texts: Iterable[bytes], progress: Progress = _QUIET) -> list[Hits]:
    """How often each text is in each file, for those that are there at all. Raises OSError, and Refused if it is stopped."""
    wanted, found = tuple(texts), []
    for number, path in enumerate(files):
        if not path.exists() or path.stat().st_size == 0:
            continue
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            for at, text in enumerate(wanted):
                progress("texts searched", number * len(wanted) + at, len(files) * len(wanted))
                count = _count(content, text)
                if count:
                    found.append(Hits(path.name, text, count))
    return found


def _count(content: mmap.mmap, text: bytes) -> int:
    count, at = 0, content.find(text)
    while at >= 0:
        count, at = count + 1, content.find(text, at + 1)
    return count
