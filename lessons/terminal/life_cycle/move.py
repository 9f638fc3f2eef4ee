"""Moves sessions between two places: `python -m lessons move FROM TO`."""

import argparse
from typing import Any

from lessons.kit.life_cycle.copying import report_lines
from lessons.kit.life_cycle.moving import move_sessions
from lessons.kit.problems.counted import counted
from lessons.terminal.ctrl_c import STOPPED
from lessons.terminal.life_cycle.command import (
    ADDRESS,
    DONE,
    NOT_SHOWN,
    Command,
    chosen_sessions,
    place_of,
    progress_to_stderr,
)


def main(arguments: list[str]) -> int:
    """Move the named sessions, or all. Returns the exit status."""
    command = Command(
        "move",
        "Copy sessions to another place, all or none, and compare the next run of each in both places. "
        "They stay where they were unless --remove is given.",
    )
    command.parser.add_argument("source", metavar="FROM", help=ADDRESS)
    command.parser.add_argument("target", metavar="TO", help=ADDRESS)
    command.add_sessions("move")
    command.add_target()
    command.parser.add_argument(
        "--remove", action="store_true", help="then delete them in FROM, if everything is equal"
    )
    command.parser.add_argument("--accept-losses", action="store_true", help="also where TO does not keep everything")
    command.add_key("FROM is decrypted; without it rows are taken as they are stored")
    command.add_key("TO is encrypted; without it rows are stored as they come", "--to-key-env")
    return command.run(arguments, _move)


def _move(chosen: argparse.Namespace) -> tuple[int, Any, list[str]]:
    source = place_of(chosen, chosen.source, key_variable=chosen.key_env)
    target = place_of(
        chosen,
        chosen.target,
        session_class=chosen.session_class,
        must_exist=False,
        key_variable=chosen.to_key_env,
    )
    ids = chosen_sessions(chosen, source)
    moved = move_sessions(
        source,
        target,
        ids,
        chosen.if_exists,
        progress_to_stderr(chosen),
        dry_run=chosen.dry_run,
        remove=chosen.remove,
        accept_losses=chosen.accept_losses,
    )
    lines = report_lines(moved.report, target.label, dry_run=chosen.dry_run)
    if not chosen.dry_run:
        same = len(moved.compared) - len(moved.different)
        lines.append(f"Items and order are equal. The next run is equal in {same} of {len(moved.compared)} sessions.")
    lines += [f"  {loss.session_id}: {loss.what}" for loss in moved.different]
    if moved.removed:
        lines.append(f"{counted(len(moved.removed), 'session')} deleted in {source.label}.")
    if moved.stopped:
        lines.append(f"Stopped after the copy: all is stored in {target.label}, and nothing was deleted.")
        return STOPPED, moved, lines
    return NOT_SHOWN if moved.different else DONE, moved, lines
