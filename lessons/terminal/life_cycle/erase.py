"""Erases sessions or rows, and shows that nothing is left: `python -m lessons erase PLACE`."""

import argparse
from dataclasses import asdict
from typing import Any

from lessons.kit.life_cycle.erasing import (
    erase_preview_lines,
    erase_sessions,
    erase_text,
    erased_lines,
    preview_sessions,
    preview_text,
    sessions_with_prefix,
)
from lessons.kit.life_cycle.places.place import Place, refuse
from lessons.kit.life_cycle.progress import Progress
from lessons.terminal.life_cycle.command import ADDRESS, DONE, NOT_SHOWN, Command, place_of, progress_to_stderr


def main(arguments: list[str]) -> int:
    """Erase the named sessions, all with a prefix, or rows with a text. Returns the exit status, 1 if it is not proved."""
    command = Command(
        "erase",
        "Erase sessions, or every row that contains a text, and search the raw bytes of the file for what may be left. "
        "The exit status is 1 if it is erased and that is not proved.",
    )
    command.parser.add_argument("place", metavar="PLACE", help=ADDRESS)
    command.parser.add_argument("session", nargs="*", default=[], help="the ids of the sessions to erase")
    command.parser.add_argument("--prefix", help="erase every session whose id begins with this")
    command.parser.add_argument("--text", help="erase every row that contains this text, in any session")
    command.add_key("with --text, encrypted rows are read with it")
    return command.run(arguments, _erase)


def _erase(chosen: argparse.Namespace) -> tuple[int, Any, list[str]]:
    given = [bool(chosen.session), chosen.prefix is not None, chosen.text is not None]
    if sum(given) != 1:
        raise refuse("It is not clear what is meant.", "Name session ids, or a --prefix, or a --text.")
    place = place_of(chosen, chosen.place, key_variable=chosen.key_env)
    progress = progress_to_stderr(chosen)
    if chosen.dry_run:
        return _preview(chosen, place, progress)
    if chosen.text is not None:
        erased = erase_text(place, chosen.text, progress)
    else:
        erased = erase_sessions(place, chosen.session or sessions_with_prefix(place, chosen.prefix), progress)
    data = {**asdict(erased), "proved": erased.proved}
    return DONE if erased.proved else NOT_SHOWN, data, erased_lines(erased)


def _preview(chosen: argparse.Namespace, place: Place, progress: Progress) -> tuple[int, Any, list[str]]:
    if chosen.text is not None:
        seen = preview_text(place, chosen.text, progress)
    else:
        seen = preview_sessions(place, chosen.session or sessions_with_prefix(place, chosen.prefix), progress)
    return DONE, {**asdict(seen), "dry_run": True}, erase_preview_lines(seen)
