"""Connections that only read. A SQL server itself refuses to write. To Redis only commands that read are sent."""

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from lessons.kit.background import background
from lessons.kit.inspect.stored import CannotRead, TimeIsUp
from lessons.kit.problems.sql_server_errors import why_not_connected
from lessons.kit.stores.redis.keys import as_text
from lessons.kit.stores.sql import limits

if TYPE_CHECKING:
    from sqlalchemy import Engine

STATEMENT_SECONDS = 30
"""For one statement. The server itself ends it after that."""

READING = frozenset(("DBSIZE", "EXISTS", "HGET", "HGETALL", "HMGET", "LLEN", "LRANGE", "PTTL", "SCAN", "TYPE"))
GREETING = frozenset(("AUTH", "CLIENT", "HELLO", "PING", "SELECT", "READONLY"))
"""What the client itself sends when it connects."""
REDIS_SECONDS = 3.0


def postgresql(url: str) -> "Engine":
    import psycopg
    from psycopg.conninfo import conninfo_to_dict
    from sqlalchemy import create_engine

    at = url.partition("://")[2]
    settings = {"default_transaction_read_only": "on", "statement_timeout": STATEMENT_SECONDS * 1000, "timezone": "UTC"}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())

    def connect() -> Any:
        whole = math.ceil(limits.CONNECT_SECONDS)  # libpq drops what comes after the point
        asked: dict[str, Any] = conninfo_to_dict(f"postgresql://{at}")
        # The options of the address stay, and come first: a search path, for example, says which tables are meant.
        asked |= {"options": f"{asked.get('options') or ''} {options}", "connect_timeout": whole}
        connection = psycopg.connect(**asked)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        return connection

    engine = create_engine("postgresql+psycopg://", creator=connect, pool_size=1, max_overflow=0)
    _limit(engine)
    return engine


def _limit(engine: "Engine") -> None:
    """End the wait for a server that is gone, in a statement or in the rollback after it: its own limit is gone with it.

    The driver of MySQL has a limit for this.
    """
    from sqlalchemy import event

    from lessons.kit.stores.sql.postgresql import shut

    def begin(connection: Any, *_: Any) -> None:
        if connection.invalidated:
            return  # there is nothing left to wait for
        end(connection)
        seconds = STATEMENT_SECONDS + limits.ANSWER_SECONDS
        connection.info[_TIMER] = background().call_after(
            seconds, partial(shut, connection.connection.dbapi_connection)
        )

    def end(connection: Any, *_: Any) -> None:
        timer = connection.info.pop(_TIMER, None)
        if timer is not None:
            timer.cancel()

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "rollback", begin)
    event.listen(engine, "checkin", lambda _, record: end(record) if record is not None else None)


_TIMER = "no answer"


def mysql(url: str) -> "Engine":
    import pymysql
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url

    from lessons.kit.stores.sql.mysql import connection_arguments

    address = f"mysql://{url.partition('://')[2]}"
    at = make_url(address)

    def connect() -> Any:
        connection = pymysql.connect(
            **connection_arguments(address),
            database=at.database,
            read_timeout=STATEMENT_SECONDS + limits.ANSWER_SECONDS,
            write_timeout=limits.ANSWER_SECONDS,
        )
        connection.query("SET SESSION TRANSACTION READ ONLY")
        connection.query("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.query("SET time_zone = '+00:00'")
        is_mariadb = "mariadb" in str(connection.server_version).lower()  # type: ignore[attr-defined]
        limit = (
            f"max_statement_time = {STATEMENT_SECONDS}"
            if is_mariadb
            else f"max_execution_time = {STATEMENT_SECONDS}000"
        )
        connection.query(f"SET SESSION {limit}")
        return connection

    return create_engine("mysql+pymysql://", creator=connect, pool_size=1, max_overflow=0)


_ENDED = ("statement timeout", "max_statement_time", "maximum statement execution time")


def in_words(label: str, error: BaseException | None) -> Exception:
    """The error in words without any part of the address: the driver's own words can name the user and the host."""
    said = str(error).lower()
    if any(words in said for words in _ENDED):
        return TimeIsUp(f"{label}: a statement took longer than {STATEMENT_SECONDS} seconds.")
    if "read-only" in said or "read only" in said:
        return CannotRead(f"{label}: the server refused a write, since the transaction reads only.")
    told = why_not_connected(error) if error is not None else ""
    return CannotRead(f"{label}: {told or f'the server refused or did not answer ({type(error).__name__})'}.")


class NotRead(Exception):
    """A command that could write was about to be sent. It was not sent."""


def reading_client(url: str) -> Any:
    """A client whose connections raise NotRead for every command that is not known to read."""
    from redis import ConnectionPool, Redis
    from redis.backoff import NoBackoff
    from redis.maint_notifications import MaintNotificationsConfig
    from redis.retry import Retry

    pool = ConnectionPool.from_url(
        url,
        socket_connect_timeout=REDIS_SECONDS,
        socket_timeout=REDIS_SECONDS,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
        retry=Retry(NoBackoff(), 0),
        max_connections=1,
    )
    base: Any = pool.connection_class

    class Reading(base):  # type: ignore[misc]
        def send_command(self, *args: Any, **kwargs: Any) -> Any:
            _check(args)
            return super().send_command(*args, **kwargs)

        def pack_commands(self, commands: Any) -> Any:
            taken = list(commands)
            for command in taken:
                _check(command)
            return super().pack_commands(taken)

    pool.connection_class = Reading
    return Redis(connection_pool=pool)


def _check(command: Any) -> None:
    name = as_text(command[0]).split()[0].upper()
    if name not in READING | GREETING or (
        name == "CLIENT" and as_text(command[1] if len(command) > 1 else "").upper() == "KILL"
    ):
        raise NotRead(f"{name} is not in the list of commands that read.")
