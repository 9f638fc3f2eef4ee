"""A store of the app as a place: its sessions can be exported, moved, cleaned up and erased like those of any database."""

import json
import os
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, cast

from lessons.kit.life_cycle.places.addresses import CLASSES, redis_place, server_place, sqlite_place
from lessons.kit.life_cycle.places.copied_place import CopiedPlace, Kept
from lessons.kit.life_cycle.places.json_place import json_place
from lessons.kit.life_cycle.places.place import Place, is_json
from lessons.kit.life_cycle.places.redis_place import RedisPlace
from lessons.kit.life_cycle.places.sealed_place import Key, SealedPlace
from lessons.kit.life_cycle.places.sql_place import PLAIN, SqlPlace
from lessons.kit.stores.encrypted.store import EncryptedStore
from lessons.kit.stores.hosted.accounts import EmulatedAccount
from lessons.kit.stores.hosted.compaction_store import CompactionStore
from lessons.kit.stores.hosted.conversations_store import ConversationsStore
from lessons.kit.stores.hosted.emulation.stored_item import is_item, without_its_id
from lessons.kit.stores.json_files.store import JsonFilesStore
from lessons.kit.stores.redis.keys import SDK_PREFIX
from lessons.kit.stores.redis.store import RedisStore
from lessons.kit.stores.sql.database_url import configured
from lessons.kit.stores.sql.server_store import DatabaseServerStore
from lessons.kit.stores.sqlite.memory_store import SQLiteMemoryStore
from lessons.kit.stores.store import Store
from lessons.kit.stores.table_names import Tables

IN_MEMORY = "The rows were in the memory of this process, which cannot be looked through."
AT_A_SERVICE = (
    "A service cannot be searched. OpenAI's reference says that deleting a conversation does not delete its items."
)


def store_place(store: Store) -> Place:
    """The sessions of a store.

    Raises Refused if its file is of another class or is not a database, and TypeError if the store is not a place.
    """
    label = f'"{store.label}" ({store.session_type})'
    match store:
        case SQLiteMemoryStore():
            kept = Kept(frozenset({"keys", "times", "form"}), lambda data: True, str, why_no_proof=IN_MEMORY)
            return CopiedPlace(label, store, kept, _in_memory)
        case JsonFilesStore():
            return json_place(store, label)
        case ConversationsStore(account=EmulatedAccount()):
            kept = Kept(frozenset(), _is_kept_by_a_service, _as_a_service_keeps_it, why_no_proof=AT_A_SERVICE)
            return CopiedPlace(label, store, kept, _conversation(store))
        case RedisStore():
            return _redis(store, label)
        case DatabaseServerStore(server=server):
            return _labelled(server_place(configured(server.dialect), store.label, Tables(), store.schema_name), label)
        case EncryptedStore(inner=inner):
            return cast(
                "Place", SealedPlace(label, lambda: Key(store.keys.key.secret, store.keys.ttl), store_place(inner))
            )
        case CompactionStore():
            place = _labelled(sqlite_place(store.path, PLAIN, label=store.label), label)
            place.after_writing = store.close  # its handles keep a copy of the rows
            return place
    path = getattr(store, "path", None)
    session_class = PLAIN if store.session_type == "AsyncSQLiteSession" else store.session_type
    if isinstance(path, Path) and session_class in CLASSES:
        tables = getattr(store, "tables", Tables())
        return _labelled(sqlite_place(path, session_class, tables, label=store.label), label)
    raise TypeError(f"{store.name} is not a place")


def _labelled(place: SqlPlace, label: str) -> SqlPlace:
    place.label, place.makes_folder = label, True
    return place


def _redis(store: RedisStore, label: str) -> RedisPlace:
    prefix = f"{store.namespace}:{SDK_PREFIX}"
    if store.server.in_memory:
        return RedisPlace(store.label, prefix, store.server.sync_client, store.server.async_client)
    # Other clients than those of the store, which belong to the background loop.
    return redis_place(os.environ["REDIS_URL"], store.label, prefix)


@asynccontextmanager
async def _in_memory(session_id: str, place: CopiedPlace) -> Any:
    """A session on a copy: the handle that has the rows belongs to the app."""
    from agents import SQLiteSession

    with place.copy() as path, closing(SQLiteSession(session_id, path)) as session:
        yield session


def _conversation(store: ConversationsStore) -> Any:
    @asynccontextmanager
    async def opened(session_id: str, place: CopiedPlace) -> Any:
        from agents import OpenAIConversationsSession

        client = store.account.client(lambda request, answer: None)
        try:
            known = store.conversation_id(session_id)
            yield OpenAIConversationsSession(conversation_id=known, openai_client=client)
        finally:
            await client.close()

    return opened


def _is_kept_by_a_service(data: str) -> bool:
    return is_json(data) and is_item(json.loads(data))


def _as_a_service_keeps_it(data: str) -> str:
    return json.dumps(without_its_id(json.loads(data)))
