"""Erases sessions or rows, and shows that nothing is left: `python -m lessons erase PLACE`."""

import argparse
from dataclasses import asdict
from typing import Any

from lessons.kit.life_cycle.erasing import Erased, erase_sessions, erase_text, matching_rows, sessions_with_prefix
from lessons.kit.life_cycle.places.place import Place, counted, refuse
from lessons.terminal.life_cycle.command import ADDRESS, DONE, NOT_SHOWN, Command, place_of, progress_to_stderr


def main(arguments: list[str]) -> int:
    """Erase sessions, all with a prefix, or rows with a text. Returns the exit status, 1 where it is not proved."""
    command = Command(
        "erase",
        "Erase sessions, or every row that contains a text, and search the raw bytes of the file for what may be left. "
        "The exit status is 1 if it is erased and that is not proved.",
    )
    command.parser.add_argument("place", metavar="PLACE", help=ADDRESS)
    command.parser.add_argument("session", nargs="*", help="the ids of the sessions to erase")
    command.parser.add_argument("--prefix", help="erase every session whose id begins with this")
    command.parser.add_argument("--text", help="erase every row that contains this text, in any session")
    return command.run(arguments, _erase)


def _erase(chosen: argparse.Namespace) -> tuple[int, Any, list[str]]:
    given = [bool(chosen.session), chosen.prefix is not None, chosen.text is not None]
    if sum(given) != 1:
        raise refuse("It is not clear what is meant.", "Name session ids, or a --prefix, or a --text.")
    place = place_of(chosen, chosen.place)
    if chosen.dry_run:
        return _preview(chosen, place)
    progress = progress_to_stderr()
    if chosen.text is not None:
        erased = erase_text(place, chosen.text, progress)
    else:
        erased = erase_sessions(place, chosen.session or sessions_with_prefix(place, chosen.prefix), progress)
    data = {**asdict(erased), "proved": erased.proved}
    return DONE if erased.proved else NOT_SHOWN, data, _lines(erased)


def _preview(chosen: argparse.Namespace, place: Place) -> tuple[int, Any, list[str]]:
    if chosen.text is not None:
        ids, rows = matching_rows(place, chosen.text)
    else:
        ids = tuple(chosen.session or sessions_with_prefix(place, chosen.prefix))
        with place.reading():
            unknown = [one for one in ids if place.session(one) is None]
            if unknown:
                raise refuse(f"{place.label} has no session {unknown[0]!r}.", "Name one that it has.")
            rows = sum(1 for one in ids for _ in place.rows(one))
    said = f"{counted(rows, 'row')} of {counted(len(ids), 'session')} would be erased: {', '.join(ids[:20])}"
    return DONE, {"sessions": ids, "rows": rows, "dry_run": True}, [said]


def _lines(erased: Erased) -> list[str]:
    lines = [f"Erased: {counted(erased.rows, 'row')} of {counted(len(erased.sessions), 'session')}."]
    if erased.searched:
        lines.append(
            f"Searched for {erased.searched}: {'nothing is left' if not erased.left else 'something is left'}."
        )
    lines += [f"  {one}" for one in erased.left]
    lines.append("This proves that it is erased." if erased.proved else "It is not proved that it is erased:")
    lines += [f"  {why}" for why in erased.why_not_proved]
    return [*lines, *erased.notes]
