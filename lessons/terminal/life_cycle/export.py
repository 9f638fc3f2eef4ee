"""Writes sessions into a file: `python -m lessons export FROM FILE`."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lessons.kit.life_cycle.export_file import write_export
from lessons.kit.life_cycle.markdown import as_markdown
from lessons.kit.life_cycle.places.place import refuse
from lessons.kit.life_cycle.places.sealed_place import decrypted, unread_lines
from lessons.kit.problems.counted import counted
from lessons.terminal.life_cycle.command import (
    ADDRESS,
    DONE,
    Command,
    chosen_sessions,
    place_of,
    progress_to_stderr,
)


def main(arguments: list[str]) -> int:
    """Export the named sessions, or all. Returns the exit status."""
    command = Command("export", "Write sessions into a new file, as JSON that can be imported, or as Markdown to read.")
    command.parser.add_argument("source", metavar="FROM", help=ADDRESS)
    command.parser.add_argument("file", metavar="FILE", help="the file to write, which must not exist yet")
    command.add_sessions("export")
    command.parser.add_argument("--markdown", action="store_true", help="write Markdown, which cannot be imported")
    command.add_key("with it the file has decrypted texts, without it the encrypted rows as they are stored")
    return command.run(arguments, _export)


def _export(chosen: argparse.Namespace) -> tuple[int, Any, list[str]]:
    place = decrypted(place_of(chosen, chosen.source, key_variable=chosen.key_env))
    ids = chosen_sessions(chosen, place)
    path = Path(chosen.file)
    with place.reading():
        missing = [one for one in ids if place.session(one) is None]
    if missing:
        raise refuse(f"{place.label} has no session {missing[0]!r}.", "Name one that it has.")
    if chosen.dry_run:
        data: dict[str, Any] = {"sessions": ids, "file": str(path), "dry_run": True}
        return DONE, data, [f"{counted(len(ids), 'session')} would be written to {path}: {', '.join(ids[:20])}"]
    if chosen.markdown:
        progress = progress_to_stderr(chosen)
        with progress.interrupting(place.interrupt):
            _write_markdown(path, as_markdown(place, ids, progress))
        lines = [f"{counted(len(ids), 'session')} in {path}, to be read.", *unread_lines(place)]
        return DONE, {"sessions": ids, "file": str(path)}, lines
    done = write_export(place, ids, path, progress_to_stderr(chosen))
    said = f"{counted(done.sessions, 'session')} with {counted(done.rows, 'row')} in {path} ({done.bytes:,} bytes)."
    data = {"sessions": ids, "rows": done.rows, "bytes": done.bytes, "file": str(path)}
    return DONE, data, [said, *unread_lines(place)]


def _write_markdown(path: Path, lines: Iterable[str]) -> None:
    """Write a new file, which appears as a whole or not at all."""
    if path.exists():
        raise refuse(f"The file {path} exists.", "Name a file that does not exist.", "Nothing was written.")
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", errors="replace") as file:
            file.writelines(f"{line}\n" for line in lines)
        part.replace(path)
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise refuse(
            f"The file {path} cannot be written: {said}.", "Name another file.", "Nothing was written."
        ) from error
    finally:
        part.unlink(missing_ok=True)
