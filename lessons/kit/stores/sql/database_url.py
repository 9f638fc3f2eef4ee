"""The addresses of database servers. They come only from the environment, so no visitor can make the app connect elsewhere."""

import os
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from lessons.kit.stores.sql.tables import DialectName

SHARED = "DATABASE_URL"
"""The variable for a server of any dialect. The variable of the dialect itself takes precedence."""


@dataclass(frozen=True)
class _Dialect:
    variable: str
    label: str
    schemes: tuple[str, ...]
    options: tuple[str, ...] | None


_DIALECTS: dict[DialectName, _Dialect] = {
    "postgresql": _Dialect(
        "POSTGRES_URL",
        "PostgreSQL",
        ("postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg", "postgresql+psycopg2"),
        None,  # libpq checks its own options
    ),
    "mysql": _Dialect(
        "MYSQL_URL",
        "MySQL or MariaDB",
        ("mysql", "mariadb", "mysql+aiomysql", "mysql+asyncmy", "mysql+pymysql", "mariadb+aiomysql", "mariadb+pymysql"),
        ("charset", "ssl", "ssl_ca", "unix_socket"),
    ),
}


def configured(dialect: DialectName) -> str:
    """The address of the server of this dialect as `dialect://…`, without a driver. '' if none is set."""
    _, url = _found(dialect)
    scheme, _, rest = url.partition("://")
    return f"{dialect}://{rest}" if scheme.lower() in _DIALECTS[dialect].schemes else ""


def missing(dialect: DialectName) -> str:
    """A sentence about what the environment lacks for a server of this dialect, without any part of an address, or ''."""
    known = _DIALECTS[dialect]
    variable, url = _found(dialect)
    if not url:
        return f"Set {known.variable} to the address of a {known.label} server: {dialect}://user@host/database."
    if _scheme(url) not in known.schemes:
        return f"{variable} must begin with {dialect}://; {_named(_scheme(url))}."
    try:
        parts = urlsplit(url)
        complete = bool(parts.hostname or parts.query) and parts.port != 0 and parts.path.strip("/")
    except ValueError:
        complete = False
    if not complete:
        return (
            f"{variable} must be a whole address, {dialect}://user@host:port/database. "
            "In a password, write %40 for @, %2F for / and %3A for :."
        )
    unknown = [name for name, _ in parse_qsl(parts.query) if known.options is not None and name not in known.options]
    if unknown:
        return f"{variable} has an option that is not known here; it may have {', '.join(known.options or ())}."
    return ""


def _found(dialect: DialectName) -> tuple[str, str]:
    """The environment variable that applies to this dialect, and its value."""
    known = _DIALECTS[dialect]
    own = os.environ.get(known.variable, "").strip()
    shared = os.environ.get(SHARED, "").strip()
    if not own and shared.partition("://")[0].lower() in known.schemes:
        return SHARED, shared
    return known.variable, own


def faults() -> list[str]:
    """A sentence for each variable that is set and wrong, without any part of an address."""
    found = [missing(dialect) for dialect in _DIALECTS if _found(dialect)[1]]
    shared = os.environ.get(SHARED, "").strip()
    if shared and not any(_scheme(shared) in known.schemes for known in _DIALECTS.values()):
        schemes = " or ".join(f"{name}://" for name in _DIALECTS)
        found.append(f"{SHARED} must begin with {schemes}; {_named(_scheme(shared))}, so the app does not use it.")
    return [fault for fault in found if fault]


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower() if "://" in url else ""


def _named(scheme: str) -> str:
    """A clause about a wrong scheme. It quotes only what looks like a scheme: a wrong address can begin with a password."""
    return f"{scheme!r} is not supported" if re.fullmatch(r"[a-z0-9+]{1,30}", scheme) else "it has none"
