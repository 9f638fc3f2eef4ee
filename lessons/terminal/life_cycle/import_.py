"""Brings exported sessions into a place: `python -m lessons import FILE TO`."""

import argparse
from pathlib import Path
from typing import Any

from lessons.kit.life_cycle.copying import copy_sessions, report_lines
from lessons.kit.life_cycle.staged_file import staged
from lessons.terminal.life_cycle.command import ADDRESS, DONE, Command, place_of, progress_to_stderr


def main(arguments: list[str]) -> int:
    """Import the sessions of a file, all of them or none. Returns the exit status."""
    command = Command("import", "Import the sessions of an exported file: all of them, or none if anything is wrong.")
    command.parser.add_argument("file", metavar="FILE", help="a file that export has written")
    command.parser.add_argument("target", metavar="TO", help=ADDRESS)
    command.add_target()
    command.add_key("rows are encrypted, and those that come in envelopes stay as they are", "--to-key-env")
    return command.run(arguments, _import)


def _import(chosen: argparse.Namespace) -> tuple[int, Any, list[str]]:
    progress = progress_to_stderr(chosen)
    with staged(Path(chosen.file), progress) as source:
        wanted = chosen.session_class or source.session_class
        target = place_of(
            chosen,
            chosen.target,
            session_class=_made_as(chosen, wanted),
            must_exist=False,
            key_variable=chosen.to_key_env,
        )
        ids = [info.session_id for info in source.sessions()]
        report = copy_sessions(source, target, ids, chosen.if_exists, progress, dry_run=chosen.dry_run)
    return DONE, report, report_lines(report, target.label, dry_run=chosen.dry_run)


def _made_as(chosen: argparse.Namespace, wanted: str) -> str | None:
    """The class of a new SQLite file: the one that is asked for, or that of the sessions.

    None if the target has its own, or if a SQLite file cannot have that of the sessions.
    """
    from lessons.kit.life_cycle.places.addresses import CLASSES, class_of
    from lessons.kit.stores.table_names import Tables

    path, tables = Path(chosen.target), Tables(chosen.sessions_table, chosen.messages_table)
    if chosen.session_class or path.is_dir() or (path.exists() and class_of(path, tables)):
        return str(chosen.session_class) if chosen.session_class else None
    return wanted if wanted in CLASSES else None
