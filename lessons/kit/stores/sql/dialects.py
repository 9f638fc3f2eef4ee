"""The tables of SQLAlchemySession in each dialect, and where the SDK's definition fails."""

from dataclasses import dataclass
from functools import cache

from lessons.kit.imports import load_sdk
from lessons.kit.stores.sdk_private import table_definitions
from lessons.kit.stores.sql.tables import DialectName, statements
from lessons.kit.stores.table_names import Tables


@dataclass(frozen=True)
class Dialect:
    """One dialect. `statements` make its tables, and `fault` is the error for the SDK's definition, '' for none.

    `notes` are sentences about what is special in this dialect.
    """

    label: str
    statements: str
    fault: str
    notes: tuple[str, ...]


_LABELS: dict[DialectName, str] = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MySQL or MariaDB"}

_NOTES: dict[DialectName, tuple[str, ...]] = {
    "sqlite": (
        "created_at has whole seconds. Rows of one second are read in the order of their ids.",
        "Foreign keys are not enforced unless every connection asks for it.",
    ),
    "postgresql": (
        "created_at has microseconds and is the time when the transaction began: all rows of one add_items call share it.",
        "No time zone is kept. This app sets the connection to UTC.",
    ),
    "mysql": (
        "VARCHAR(255): without a length MySQL refuses the statement, so the app makes the tables and leaves create_tables "
        "False.",
        "LONGTEXT: the SDK's TEXT ends at 65,535 bytes, and a longer item loses its whole batch.",
        'utf8mb4_bin: with the usual collation "Alice" and "alice" would be one session.',
        "DATETIME(6): microseconds, as in PostgreSQL.",
    ),
}


@cache
def dialects() -> tuple[Dialect, ...]:
    """All dialects. SQLAlchemy compiles the statements without a database."""
    return tuple(
        Dialect(label, ";\n\n".join(statements(Tables(), name)) + ";", _fault(name), _NOTES[name])
        for name, label in _LABELS.items()
    )


def _fault(name: DialectName) -> str:
    """The error that SQLAlchemy raises for the SDK's own definition in this dialect, '' for none."""
    load_sdk()
    from agents.extensions.memory import SQLAlchemySession
    from sqlalchemy.dialects import mysql, postgresql, sqlite
    from sqlalchemy.exc import CompileError
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.schema import CreateTable

    session = SQLAlchemySession("any", engine=create_async_engine("sqlite+aiosqlite://"))
    compiler = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect, "mysql": mysql.dialect}[name]()
    try:
        for table in table_definitions(session).sorted_tables:
            CreateTable(table).compile(dialect=compiler)
    except CompileError as error:
        return str(error)
    return ""
