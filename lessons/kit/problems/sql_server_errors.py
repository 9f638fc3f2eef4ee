"""Says in plain words what a database server refused or why it cannot be reached. Loads no driver."""

from collections.abc import Iterator

Words = tuple[str, str]


class ServerFault(Exception):
    """A database server cannot be used now. `words` say what happened and what to do next."""

    def __init__(self, words: Words) -> None:
        super().__init__(words[0])
        self.words = words


_AGAIN = "Try again when it is back: the next turn connects again."
_UNREACHABLE = (
    "The database server cannot be reached.",
    f"Check that the server runs, and that the host and port in its address are right. {_AGAIN}",
)
_SILENT = ("The database server did not answer in time, so the connection was given up.", _AGAIN)
_GONE = ("The database server closed the connection.", _AGAIN)
_PASSWORD = (
    "The database server refused the user or the password.",
    "Correct the user and the password in the address of the server, and restart the app.",
)
_NO_DATABASE = (
    "The database that the address names does not exist, or this user may not use it.",
    "Create the database, or put another name into the address, and restart the app.",
)
_NOT_ALLOWED = (
    "The database user may not do this.",
    "The app gives every visitor their own schema, named lab_…. Let the user create schemas (PostgreSQL: GRANT CREATE "
    "ON DATABASE; MySQL: GRANT ALL ON `lab\\_%`.*).",
)
_READ_ONLY = (
    "The database is read-only: it stores nothing.",
    "Connect to the primary server, or turn the read-only setting off. The stored rows can be read in the meantime.",
)
_TOO_MANY = (
    "The database server has no free connection.",
    "Wait until other programs have closed their connections, and try again.",
)
_TOO_SLOW = (
    "The database took too long for a statement, so it was cancelled: another program may hold a lock.",
    "Look for the long transaction, and try again.",
)
_TOO_LONG = (
    "A value is longer than its column: the whole batch was refused.",
    "A TEXT column of MySQL holds at most 64 KiB, and a session id is at most as long as its VARCHAR. Make the column longer.",
)
_FULL = ("The disk of the database server is full.", "Free space on it, and try again.")
_NO_TABLES = (
    "The tables do not exist.",
    "Open the session with create_tables=True, or create them with your own migration.",
)

_SQLSTATES: dict[str, Words] = {
    "28": _PASSWORD,
    "3D000": _NO_DATABASE,
    "42501": _NOT_ALLOWED,
    "42P01": _NO_TABLES,
    "25006": _READ_ONLY,
    "53300": _TOO_MANY,
    "53100": _FULL,
    "57014": _TOO_SLOW,
    "55P03": _TOO_SLOW,
    "57P": _GONE,
    "08": _GONE,
    "22001": _TOO_LONG,
}
"""PostgreSQL: a code of five characters, or the start of one."""

_NUMBERS: dict[int, Words] = {
    1045: _PASSWORD,
    1698: _PASSWORD,
    1044: _NOT_ALLOWED,
    1049: _NO_DATABASE,
    1142: _NOT_ALLOWED,
    1227: _NOT_ALLOWED,
    1146: _NO_TABLES,
    1290: _READ_ONLY,
    1792: _READ_ONLY,
    1836: _READ_ONLY,
    1040: _TOO_MANY,
    1203: _TOO_MANY,
    1205: _TOO_SLOW,
    1969: _TOO_SLOW,
    3024: _TOO_SLOW,
    1406: _TOO_LONG,
    1021: _FULL,
    1114: _FULL,
    2002: _UNREACHABLE,
    2003: _UNREACHABLE,
    2005: _UNREACHABLE,
    2006: _GONE,
    2013: _GONE,
    2014: _GONE,
    2055: _GONE,
}
"""MySQL and MariaDB: the first argument of the driver's error."""

_NAMES = {
    "ConnectionDoesNotExistError": _GONE,
    "InternalClientError": _GONE,
    "QueryCanceledError": _TOO_SLOW,
    "IncompleteReadError": _GONE,
}

SAID_LIMIT = 200

FOREIGN_TABLE_CODES = ("42703", "42804", "42883", "1054")
"""A table has other columns, or columns of another type."""

ALREADY_MADE_CODES = ("23505", "42P06", "1007")
NO_TABLE_CODES = ("42P01", "3F000", "1146", "1049")


def server_code(error: BaseException) -> str:
    """The code that the server gave: five characters from PostgreSQL, a number from MySQL; '' if there is none."""
    for one in _causes(error):
        if type(one).__module__.partition(".")[0] in ("pymysql", "aiomysql") and one.args:
            return str(one.args[0])
        state = getattr(one, "sqlstate", None) or getattr(one, "pgcode", None)
        if isinstance(state, str):
            return state
    return ""


def server_said(error: BaseException) -> str:
    """What the server says about a statement: the first line, without the statement and the name of the exception."""
    own = next((one for one in _causes(error) if one.args and not hasattr(one, "orig")), error)
    lines = str(own.args[-1] if own.args else own).splitlines()
    return " ".join(lines[0].split())[:SAID_LIMIT].rstrip(".") if lines else ""


def server_words(error: BaseException) -> Words | None:
    """The words for an error of a database server or its driver; None for an error of another kind."""
    fault = next((one for one in _causes(error) if isinstance(one, ServerFault)), None)
    if fault is not None:
        return fault.words
    code = server_code(error)
    if code.isdigit() and len(code) == 4:
        return _NUMBERS.get(int(code))
    for length in (5, 3, 2):
        if code[:length] in _SQLSTATES:
            return _SQLSTATES[code[:length]]
    names = {type(one).__name__ for one in _causes(error)}
    for name, words in _NAMES.items():
        if name in names:
            return words
    if "InterfaceError" in names and any("clos" in str(one) for one in _causes(error)):
        return _GONE
    return _of_psycopg(error)


def connection_words(error: BaseException) -> Words | None:
    """The same for an error while connecting, where an error of the network is one of the server."""
    found = server_words(error)
    if found is not None:
        return found
    if isinstance(error, TimeoutError):
        return "The database server did not answer in time.", _UNREACHABLE[1]
    return _UNREACHABLE if isinstance(error, OSError) else None


def why_not_connected(error: BaseException) -> str:
    """What to correct in the address, as a clause; '' if it is not known, or if there was a connection."""
    words = server_words(error)
    return _NOT_CONNECTED.get(words, "") if words is not None else ""


_NOT_CONNECTED = {
    _PASSWORD: "the server does not accept the user or the password",
    _NO_DATABASE: "the server has no database of this name, or this user may not use it",
    _UNREACHABLE: "no server answers at this host and port",
}


def silent() -> ServerFault:
    """The fault of a server that takes a statement and does not answer."""
    return ServerFault(_SILENT)


def _of_psycopg(error: BaseException) -> Words | None:
    """psycopg gives no code for errors while it connects, only libpq's words."""
    text = next((str(one) for one in _causes(error) if type(one).__module__.startswith("psycopg")), "")
    if any(words in text for words in ("password authentication", "no password supplied", "no pg_hba.conf entry")):
        return _PASSWORD
    if 'role "' in text and "does not exist" in text:
        return _PASSWORD
    if "does not exist" in text and "database" in text:
        return _NO_DATABASE
    if "read-only" in text:
        return _READ_ONLY
    if "timeout" in text:
        return "The database server did not answer in time.", _UNREACHABLE[1]
    if "connection failed" in text or "could not translate" in text or "failed to resolve" in text:
        return _UNREACHABLE
    return _GONE if "closed" in text or "consuming input failed" in text else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, the driver's own error in it, and what those came from."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop(0)
        if one is None or any(one is other for other in seen):
            continue
        seen.append(one)
        yield one
        waiting += [getattr(one, "orig", None), one.__cause__]
