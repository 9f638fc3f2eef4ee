"""Opens storage by its name: the path of a file, or an environment variable that holds an address or a path."""

from collections.abc import Mapping
from pathlib import Path

from lessons.kit.inspect.opening.json_storage import ENDING, JsonStorage
from lessons.kit.inspect.opening.script_storage import ENDING as SCRIPT
from lessons.kit.inspect.opening.script_storage import JSON_ENDING, ScriptStorage, is_json_fixture
from lessons.kit.inspect.opening.sqlite_storage import SQLiteStorage
from lessons.kit.inspect.stored import CannotRead, Storage

_NAMED = 200
"""How many characters of a name an error message repeats."""
_NEXT_TO = ("-wal", "-shm", "-journal")
_SERVERS = ("postgresql", "postgres", "mysql", "mariadb")


def open_storage(named: str, environment: Mapping[str, str]) -> Storage:
    """The storage at a path, or at the address in the variable `named`. Opening writes nothing.

    Addresses come from the environment only, so that no password is in a command line. Raises CannotRead; its words
    have no part of an address.
    """
    if _is_there(named):
        return _file(Path(named))
    url = environment.get(named, "").strip()
    if not url:
        if "://" in named:
            raise CannotRead("Put the address in a variable of the environment, and give the name of the variable.")
        if named in environment:  # what a workflow gets for a secret that does not exist
            raise CannotRead(f"The variable {named[:_NAMED]} is set, and empty. It must hold the address of a server.")
        raise CannotRead(f"{named[:_NAMED] or repr(named)} is neither a file nor a variable of the environment.")
    scheme = url.partition("://")[0].partition("+")[0].lower() if "://" in url else ""
    if scheme == "sqlite":
        path = url.partition("://")[2].removeprefix("/").partition("?")[0]
        if not _is_there(path):
            raise CannotRead(f"{named} holds the address of a file that does not exist.")
        return SQLiteStorage(Path(path))
    if scheme in _SERVERS:
        from lessons.kit.inspect.opening.server_storage import ServerStorage

        try:
            return ServerStorage(named, url)
        except Exception as error:  # an address that is written wrongly
            raise CannotRead(f"{named} does not hold a whole address: {type(error).__name__}.") from error
    if scheme in ("redis", "rediss", "unix"):
        from lessons.kit.inspect.opening.redis_storage import RedisStorage

        try:
            return RedisStorage(named, url)
        except Exception as error:
            raise CannotRead(f"{named} does not hold a whole address: {type(error).__name__}.") from error
    if scheme:
        raise CannotRead(f"{named} holds an address that does not begin with sqlite, postgresql, mysql or redis.")
    if _is_there(url):
        return _file(Path(url))
    raise CannotRead(f"{named} holds neither an address nor the path of a file.")


def _is_there(named: str) -> bool:
    try:
        return bool(named) and Path(named).exists()
    except PermissionError:
        raise CannotRead(f"{Path(named).name} is in a folder that may not be read by this user.") from None
    except OSError:  # such as a name that is too long
        return False


def _file(path: Path) -> Storage:
    if not path.is_file():  # a pipe is never read to its end
        if path.is_dir():
            raise CannotRead(
                f"{path.name or path} is a folder. Name one file in it. For JSON files, see docs/inspect.md."
            )
        raise CannotRead(f"{path.name or path} is not a file.")
    if path.name.endswith(ENDING):
        return JsonStorage(path)
    if path.suffix == JSON_ENDING and not is_json_fixture(path):
        raise CannotRead(
            f"{path.name} is not a fixture. For other JSON, name a file that ends in {ENDING} and says how to read it."
        )
    for end in _NEXT_TO:
        if path.name.endswith(end) and path.name != end:
            database = path.with_name(path.name.removesuffix(end))
            then = "Name that." if database.exists() else "That does not exist, and without it nothing can be read."
            raise CannotRead(f"{path.name} is what SQLite keeps next to the database {database.name}. {then}")
    return ScriptStorage(path) if path.suffix in (SCRIPT, JSON_ENDING) else SQLiteStorage(path)
