"""The items of a session, read from the storage itself or from a copy of it: without the app and the SDK, oldest first."""

import base64
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

KEY_VARIABLE = "SESSIONS_ENCRYPTION_KEY"
KEY = "bG9hZCBhbmQgY2hhb3MgbG9hZCBhbmQgY2hhb3MgISE="
"""The runs set this key: a key that the app makes itself is lost with its process."""
IN_FILES = (
    "sqlite_file",
    "sqlite_custom_tables",
    "async_sqlite",
    "advanced_sqlite",
    "sqlalchemy_sqlite",
    "encrypted_sqlite_file",
    "json_files",
)
"""The kinds of store that can be read without a server."""


def texts_of(store: str, folder: Path, session: str, urls: Mapping[str, str]) -> list[str]:
    """The items of the session in that kind of store.

    `folder` is the visitor's at the lesson; `urls` are those of the servers, by the kind of store.
    """
    if store == "postgresql":
        return in_postgresql(urls[store], session)
    if store == "mysql":
        return in_mysql(urls[store], session)
    if store == "redis":
        return in_redis(urls[store], session)
    if store == "json_files":
        return in_json_files(folder, session)
    if store == "encrypted_sqlite_file":
        return decrypted(in_sqlite(folder / store, session), KEY, session)
    return in_sqlite(folder, session)


def texts_in_copy(store: str, copy: Path, session: str, urls: Mapping[str, str]) -> list[str]:
    """The items of the session in a copy that the app has taken, such as the one before a step."""
    folder = copy / store
    if store in ("postgresql", "mysql"):
        return in_copied_tables(folder / "rows.json", session)
    if store == "redis":
        return in_copied_keys(folder / "keys.json", session, urls[store])
    if store == "json_files":
        return in_json_files(copy, session)
    texts = in_sqlite(folder, session)
    return decrypted(texts, KEY, session) if store == "encrypted_sqlite_file" else texts


def in_sqlite(folder: Path, session: str) -> list[str]:
    """The items of the session in every table with items, of every SQLite file in the folder."""
    texts = []
    for path in sorted(folder.glob("*.db")):
        with closing(sqlite3.connect(path)) as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                columns = {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}
                if {"id", "session_id", "message_data"} <= columns:
                    asked = f'SELECT message_data FROM "{table}" WHERE session_id = ? ORDER BY id'
                    texts += [text for (text,) in connection.execute(asked, (session,))]
    return texts


def in_json_files(folder: Path, session: str) -> list[str]:
    texts = []
    for path in sorted(folder.glob("*/*.json")):
        stored = json.loads(path.read_bytes())
        if isinstance(stored, dict) and stored.get("session_id") == session and "items" in stored:
            texts += map(json.dumps, stored["items"])
    return texts


_TABLES = "SELECT table_schema, table_name FROM information_schema.columns WHERE column_name = 'message_data'"


def in_postgresql(url: str, session: str) -> list[str]:
    import psycopg

    texts = []
    with psycopg.connect(url, autocommit=True) as connection:
        for schema, table in connection.execute(_TABLES).fetchall():
            asked = f'SELECT message_data FROM "{schema}"."{table}" WHERE session_id = %s ORDER BY id'
            with suppress(psycopg.errors.UndefinedTable):  # another test that runs now has dropped its table
                texts += [text for (text,) in connection.execute(asked, (session,))]
    return texts


_DROPPED = (1049, 1146)
"""MySQL's codes for a database and a table that are not there: another test that runs now has dropped its own."""


def in_mysql(url: str, session: str) -> list[str]:
    import pymysql
    from sqlalchemy.engine import make_url

    at = make_url(url)
    texts = []
    connection = pymysql.connect(host=at.host, port=at.port or 3306, user=at.username, password=at.password or "")
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(_TABLES)
        for schema, table in cursor.fetchall():
            asked = f"SELECT message_data FROM `{schema}`.`{table}` WHERE session_id = %s ORDER BY id"
            try:
                cursor.execute(asked, (session,))
                texts += [text for (text,) in cursor.fetchall()]
            except pymysql.err.MySQLError as error:
                if error.args[0] not in _DROPPED:
                    raise
    return texts


def in_redis(url: str, session: str) -> list[str]:
    from redis import Redis

    with Redis.from_url(url, decode_responses=True) as redis:
        lists = sorted(name for name in redis.scan_iter(f"*{session}*") if redis.type(name) == "list")
        return [text for name in lists for text in redis.lrange(name, 0, -1)]


def in_copied_tables(path: Path, session: str) -> list[str]:
    """A row is the id, the session, the item and the time."""
    copied = json.loads(path.read_text()) if path.exists() else {}
    return [row[2] for tables in copied.values() for row in tables["messages"] if row[1] == session]


def in_copied_keys(path: Path, session: str, url: str) -> list[str]:
    """The copy has the format of Redis's DUMP, which a server must read: it restores each key for a moment under a new name."""
    from redis import Redis

    texts = []
    with Redis.from_url(url, decode_responses=True) as redis:
        for copied in json.loads(path.read_text()) if path.exists() else ():
            if base64.b64decode(copied["key"]).decode().endswith(f":{session}:messages"):
                name = f"unpacked {uuid4().hex}"
                redis.restore(name, 60_000, base64.b64decode(copied["content"]))
                texts += redis.lrange(name, 0, -1)
                redis.delete(name)
    return texts


def decrypted(texts: list[str], encryption_key: str, session: str) -> list[str]:
    """The texts in the envelopes of EncryptedSession. Raises InvalidToken if this key does not open one."""
    from lessons.kit.stores.encrypted.envelope import cipher

    opener = cipher(encryption_key, session)
    return [opener.decrypt(json.loads(text)["payload"]).decode() for text in texts]
