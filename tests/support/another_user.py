"""Acts as a user who is not root, in this process: root may read and write everything."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65_534


@contextmanager
def as_another_user(folder: Path) -> Iterator[None]:
    """Give `folder` and all that is in it to a user without rights, and be that user, in all threads of this process.

    The folders above it must be open to everybody. Where the tests do not run as root, they are such a user already.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        yield
        return
    for one in (folder, *folder.rglob("*")):
        os.chown(one, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
