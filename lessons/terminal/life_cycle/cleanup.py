"""Deletes sessions that are not used any more: `python -m lessons cleanup PLACE --older-than 30d`."""

import argparse
import re
from dataclasses import asdict
from typing import Any

from lessons.kit.life_cycle.cleaning import clean_up, preview, preview_lines
from lessons.kit.life_cycle.places.place import refuse
from lessons.kit.problems.counted import counted
from lessons.terminal.ctrl_c import STOPPED
from lessons.terminal.life_cycle.command import ADDRESS, DONE, Command, place_of, progress_to_stderr

_UNITS = {"h": 1 / 24, "d": 1.0, "w": 7.0}


def main(arguments: list[str]) -> int:
    """Delete the sessions to which nothing was added for the given time. Returns the exit status."""
    command = Command(
        "cleanup", "Delete the sessions to which nothing was added for the given time, up to 200 in each transaction."
    )
    command.parser.add_argument("place", metavar="PLACE", help=ADDRESS)
    command.parser.add_argument("--older-than", required=True, metavar="30d", help="30d is 30 days; h hours, w weeks")
    command.parser.add_argument(
        "--even-most", action="store_true", help="also if that is more than half of all sessions"
    )
    return command.run(arguments, _clean)


def _clean(chosen: argparse.Namespace) -> tuple[int, Any, list[str]]:
    days = _days(chosen.older_than)
    place = place_of(chosen, chosen.place)
    progress = progress_to_stderr(chosen)
    seen = preview(place, days, progress)
    lines = preview_lines(seen, chosen.older_than)
    if chosen.dry_run:
        return DONE, {"preview": asdict(seen)}, lines
    done = clean_up(place, days, progress, even_most=chosen.even_most)
    lines.append(f"{counted(done.sessions, 'session')} with {counted(done.rows, 'row')} deleted.")
    if done.used:
        lines.append(f"{done.used} were used in the meantime, and are still there.")
    return STOPPED if done.stopped else DONE, {"preview": asdict(seen), "deleted": asdict(done)}, lines


def _days(text: str) -> float:
    found = re.fullmatch(r"(\d{1,6})([hdw])", text)
    if not found or not int(found[1]):
        raise refuse(f"{text!r} is not an age.", "Write 30d for 30 days, 12h for hours, 8w for weeks.")
    return int(found[1]) * _UNITS[found[2]]
