"""Sessions as Markdown, to be read by people."""

import json
from collections.abc import Iterator, Sequence

from lessons.kit.items import read
from lessons.kit.life_cycle.export_file import WRITTEN
from lessons.kit.life_cycle.places.place import Source, refuse
from lessons.kit.life_cycle.progress import Progress

_QUIET = Progress()


def as_markdown(source: Source, session_ids: Sequence[str], progress: Progress = _QUIET) -> Iterator[str]:
    """The lines of a document with what a new handle of each session returns. Raises Refused."""
    with source.reading():
        total, done = source.count(session_ids), 0
        for session_id in session_ids:
            info = source.session(session_id)
            if info is None:
                raise refuse(f"{source.label} has no session {session_id!r}.", "Name one that it has.")
            yield f"# Session {_plain(session_id)}\n"
            if info.created_at:
                yield f"Made {info.created_at}, last used {info.updated_at or 'at a time that is not known'} (UTC).\n"
            for row in progress.each(source.visible(session_id), WRITTEN, total, done):
                done += 1
                item = read(row.data)
                key = f" · row {row.key}" if row.key is not None else ""
                yield f"## {item.kind.capitalize()}{key}\n"
                yield f"{_quoted(item.text)}\n"
                if item.length > len(item.text):
                    yield f"The first {len(item.text):,} of {item.length:,} characters.\n"


def _quoted(text: str) -> str:
    """The text as a block of code, so that nothing in it becomes a heading, a link or HTML.

    No fence in it is as long as its own.
    """
    longest = max((len(run) for run in _fences(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _fences(text: str) -> list[str]:
    return ["`" * len(part) for part in "".join(c if c == "`" else " " for c in text).split()]


def _plain(session_id: str) -> str:
    return json.dumps(session_id, ensure_ascii=False).replace("<", "&lt;")
