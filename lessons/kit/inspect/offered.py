"""The storage that the operator lets visitors look at: files of one folder, and servers whose variables are named."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from lessons.kit.environment import NAMES_TO_INSPECT, named_variables
from lessons.kit.inspect.example import NAME as EXAMPLE
from lessons.kit.inspect.example import example, is_made
from lessons.kit.inspect.opening.json_storage import ENDING
from lessons.kit.inspect.opening.script_storage import ENDING as SCRIPT
from lessons.kit.inspect.opening.script_storage import JSON_ENDING, is_json_fixture
from lessons.kit.inspect.opening.storage import open_storage
from lessons.kit.inspect.stored import CannotRead, Storage

FOLDER = "SESSIONS_FILES_DIR"
"""The environment variable that holds the folder."""
ENDINGS = (".db", ".sqlite", ".sqlite3", ENDING, SCRIPT)
FILES_LIMIT = 200


def offered(environment: Mapping[str, str]) -> tuple[str, ...]:
    """What a visitor can choose: names of files directly in the folder, and of variables. Nobody can name anything else.

    If the operator has chosen nothing, it is the example, once a visitor has asked for that.
    """
    chosen = (*_files(environment), *named_variables(NAMES_TO_INSPECT, environment))
    return chosen or ((EXAMPLE,) if is_made() else ())


def is_example(name: str, environment: Mapping[str, str]) -> bool:
    """Whether it is the example and not a file of that name. All visitors see the example once one has asked for it."""
    return name == EXAMPLE and name not in _files(environment)


def open_offered(name: str, environment: Mapping[str, str]) -> Storage:
    """Open what is offered under this name. Raises CannotRead if the name is not offered, or if it cannot be read."""
    if name in _files(environment):
        return open_storage(str(Path(environment[FOLDER]) / name), {})
    if is_example(name, environment) and name in offered(environment):
        return open_storage(str(example()), {})
    if name in offered(environment):
        return open_storage(name, environment)
    raise CannotRead(f"{name} is not offered here.")


def why_no_files(environment: Mapping[str, str], names: Iterable[str]) -> str:
    """Why no file is among the `names` that are offered; '' if one is, or the operator has chosen no folder."""
    folder = environment.get(FOLDER)
    if not folder:
        return ""
    try:
        if any((Path(folder) / name).is_file() for name in names):
            return ""
        list(_entries(environment))
    except OSError as error:
        if isinstance(error, PermissionError):
            return f"{FOLDER} names a folder that the app may not read: it needs the rights r and x."
        return f"{FOLDER} names a folder that does not exist."
    endings = f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
    return f"The folder that {FOLDER} names has no file that ends in {endings}, and no fixture of JSON."


def _files(environment: Mapping[str, str]) -> tuple[str, ...]:
    if not environment.get(FOLDER):
        return ()
    try:
        return tuple(sorted(entry.name for entry in _entries(environment) if _is_offered(entry))[:FILES_LIMIT])
    except OSError:
        return ()


def _entries(environment: Mapping[str, str]) -> "Iterator[os.DirEntry[str]]":
    # Raises where the files can be listed and not opened: the folder has the right r and not x.
    os.stat(os.path.join(environment[FOLDER], "."))
    # Without links: they could lead out of the folder. Unlike Path.is_file, this does not ask the disk for each file.
    with os.scandir(environment[FOLDER]) as entries:
        yield from (entry for entry in entries if entry.is_file(follow_symlinks=False))


def _is_offered(entry: "os.DirEntry[str]") -> bool:
    return entry.name.endswith(ENDINGS) or (Path(entry.name).suffix == JSON_ENDING and is_json_fixture(Path(entry)))
