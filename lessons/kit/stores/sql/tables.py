"""The two tables of a SQLAlchemySession in each dialect: as the SDK defines them, but on MySQL as they have to be."""

from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from lessons.kit.stores.table_names import Tables

if TYPE_CHECKING:
    from sqlalchemy import ExecutableDDLElement, MetaData, Table

DialectName = Literal["sqlite", "postgresql", "mysql"]


class Defined(NamedTuple):
    """The two tables, for statements of SQLAlchemy Core. They have no schema: the connection sets it."""

    metadata: "MetaData"
    sessions: "Table"
    messages: "Table"


@cache
def define(tables: Tables, dialect: DialectName) -> Defined:
    """The tables with the same names, columns and index as in the SDK.

    MySQL differs where the SDK's own definition fails or loses rows. MySQL needs a length for a VARCHAR, its TEXT ends at
    64 KiB, its timestamps have whole seconds, and its usual collation treats "Alice" and "alice" as the same session.
    """
    from sqlalchemy import TIMESTAMP, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text, text
    from sqlalchemy.dialects.mysql import DATETIME, LONGTEXT

    mysql = dialect == "mysql"
    session_id: Any = String(255) if mysql else String()
    data: Any = LONGTEXT() if mysql else Text()
    time: Any = DATETIME(fsp=6) if mysql else TIMESTAMP(timezone=False)
    now = text("CURRENT_TIMESTAMP(6)" if mysql else "CURRENT_TIMESTAMP")
    options: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
    metadata = MetaData()
    sessions = Table(
        tables.sessions,
        metadata,
        Column("session_id", session_id, primary_key=True),
        Column("created_at", time, server_default=now, nullable=False),
        Column("updated_at", time, server_default=now, nullable=False),
        **options,
    )
    messages = Table(
        tables.messages,
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column(
            "session_id", session_id, ForeignKey(f"{tables.sessions}.session_id", ondelete="CASCADE"), nullable=False
        ),
        Column("message_data", data, nullable=False),
        Column("created_at", time, server_default=now, nullable=False),
        Index(f"idx_{tables.messages}_session_time", "session_id", "created_at"),
        sqlite_autoincrement=True,
        **options,
    )
    return Defined(metadata, sessions, messages)


@cache
def statements(tables: Tables, dialect: DialectName) -> tuple[str, ...]:
    """The statements that create the tables and the index, as SQLAlchemy writes them for this dialect."""
    from sqlalchemy.dialects import mysql, postgresql, sqlite
    from sqlalchemy.schema import CreateIndex, CreateTable

    compiler = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect, "mysql": mysql.dialect}[dialect]()
    defined = define(tables, dialect)
    made: list[ExecutableDDLElement] = [CreateTable(defined.sessions), CreateTable(defined.messages)]
    made += [CreateIndex(index) for index in defined.messages.indexes]
    return tuple(_tidied(str(one.compile(dialect=compiler))) for one in made)


def make_if_missing(tables: Tables, schema: str) -> tuple[str, ...]:
    """The statements that create the tables on MySQL if they do not exist. The index is part of its table."""
    *made, index = statements(tables, "mysql")
    columns = index.partition(f" ON {tables.messages} ")[2]
    made[-1] = made[-1].replace("\n)", f",\n    INDEX idx_{tables.messages}_session_time {columns}\n)", 1)
    return tuple(one.replace("CREATE TABLE ", f"CREATE TABLE IF NOT EXISTS {schema}.", 1) for one in made)


def _tidied(statement: str) -> str:
    lines = [line.rstrip().replace("\t", "    ") for line in statement.strip().splitlines()]
    return "\n".join(line for line in lines if line)
