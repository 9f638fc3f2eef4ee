"""Deletes all that one visitor of the app has stored: `python -m lessons forget ADDRESS`."""

import argparse
import sys

from lessons.kit.models.providers import active_provider
from lessons.kit.problems.counted import counted
from lessons.kit.stores.opened_stores import erase_stores
from lessons.kit.visitors.forgetting import folders_of, forget, visitor_of
from lessons.kit.visitors.workspace import data_folder, is_visitor, size_of
from lessons.terminal.life_cycle.command import DONE, NOT_SHOWN, REFUSED


def main(arguments: list[str]) -> int:
    """Delete a visitor's folder, and the visitor's rows on servers. Returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m lessons forget", description="Delete all that one visitor of the app has stored."
    )
    parser.add_argument("address", metavar="ADDRESS", help="the address of one of the visitor's pages")
    parser.add_argument("--dry-run", action="store_true", help="say what would be deleted, and change nothing")
    # A visitor's name alone will do too. It can start with "-", as an option does.
    chosen = parser.parse_args([f"?visitor={one}" if is_visitor(one) else one for one in arguments])
    active_provider()  # reads .env, where the data folder and the servers may be named
    visitor = visitor_of(chosen.address)
    if visitor is None:
        return _refused("This address names no visitor: it needs visitor= and 22 characters.")
    folders = folders_of(visitor)
    if not folders:
        return _refused(f"This visitor has stored nothing in {data_folder().name}.")
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    found = f"{counted(len(files), 'file')} with {sum(map(size_of, folders)):,} bytes"
    if chosen.dry_run:
        print(f"{found}, and all that this visitor has stored on servers, would be deleted.")
        return DONE
    try:
        done = forget(visitor, erase_stores)
    except OSError as error:  # its own words name the folder, and with it the visitor
        return _refused(f"The folder cannot be deleted: {error.strerror}.")
    if not done:
        print(
            f"{found} left the data folder. Rows are still on a server: it cannot be reached, or its variable is not set."
        )
        print("Repeat this command when it can be used. The daily clean-up of the app tries again too.")
        return NOT_SHOWN
    print(f"{found} deleted, and all that this visitor had stored on servers.")
    print("Rows in the memory of a running app end with the app, or an hour after their last use.")
    return DONE


def _refused(why: str) -> int:
    print(f"{why} Nothing was deleted.", file=sys.stderr)
    return REFUSED
