"""All kinds of store, and those that can be opened in this environment."""

from collections.abc import Mapping
from functools import cache

from lessons.kit.stores.encrypted import store as encrypted
from lessons.kit.stores.hosted import compaction_store, conversations_store
from lessons.kit.stores.json_files import store as json_files
from lessons.kit.stores.kind import StoreKind
from lessons.kit.stores.redis import servers as redis_servers
from lessons.kit.stores.sql import database_url, mysql, postgresql
from lessons.kit.stores.sql import sqlite_store as sqlalchemy_sqlite
from lessons.kit.stores.sqlite import advanced_store, async_store, file_store, memory_store


@cache
def store_kinds() -> Mapping[str, StoreKind]:
    """Every kind of store, by name."""
    plain = (
        file_store.KIND,
        file_store.CUSTOM_TABLES_KIND,
        memory_store.KIND,
        json_files.KIND,
        advanced_store.KIND,
        redis_servers.FAKE_KIND,
        redis_servers.KIND,
        async_store.KIND,
        sqlalchemy_sqlite.KIND,
        postgresql.KIND,
        mysql.KIND,
        *conversations_store.KINDS,
        *compaction_store.KINDS,
    )
    # EncryptedSession wraps any session. The lesson offers these.
    inside = (
        file_store.KIND,
        memory_store.KIND,
        async_store.KIND,
        advanced_store.KIND,
        sqlalchemy_sqlite.KIND,
        redis_servers.FAKE_KIND,
        postgresql.KIND,
        mysql.KIND,
        redis_servers.KIND,
    )
    return {kind.name: kind for kind in (*plain, *map(encrypted.encrypted, inside))}


def usable_kinds() -> Mapping[str, StoreKind]:
    """The kinds of store that can be opened in this environment, by name."""
    return {name: kind for name, kind in store_kinds().items() if not kind.missing()}


def wrong_addresses() -> list[str]:
    """A sentence for each wrong server address in the environment, without any part of the address.

    A variable that is not set is not wrong.
    """
    return [*database_url.faults(), *filter(None, [redis_servers.fault()])]
