"""Stand-ins for the servers of session types, in memory: MongoDB, Dapr, Redis (fakeredis) and OpenAI's conversations.

They do what the SDK asks of the real ones, and no more. The SDK's classes themselves are the installed ones.
"""

import copy
import itertools
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


class Mongo:
    """An AsyncMongoClient: databases of collections."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.collections: dict[str, Collection] = {}

    def append_metadata(self, _: Any) -> None: ...

    def __getitem__(self, _: str) -> "_Database":
        return _Database(self)

    async def close(self) -> None: ...


class _Database:
    def __init__(self, client: Mongo) -> None:
        self.client = client

    def __getitem__(self, name: str) -> "Collection":
        return self.client.collections.setdefault(name, Collection())


class Collection:
    def __init__(self) -> None:
        self.documents: list[dict[str, Any]] = []
        self.indexes: list[Any] = []
        self._ids = itertools.count()

    def with_options(self, **_: Any) -> "Collection":
        return self

    async def create_index(self, keys: Any, **_: Any) -> None:
        self.indexes.append(keys)

    def find(self, query: dict[str, Any]) -> "Cursor":
        return Cursor([one for one in self.documents if matches(one, query)])

    async def insert_one(self, document: dict[str, Any]) -> None:
        self.documents.append({**document, "_id": next(self._ids)})

    async def delete_many(self, query: dict[str, Any]) -> None:
        self.documents = [one for one in self.documents if not matches(one, query)]

    async def delete_one(self, query: dict[str, Any]) -> None:
        first = next((one for one in self.documents if matches(one, query)), None)
        self.documents = [one for one in self.documents if one is not first]

    async def find_one_and_update(
        self, query: dict[str, Any], update: Any, upsert: bool = False, return_document: bool = False, sort: Any = ()
    ) -> dict[str, Any] | None:
        found = [one for one in self.documents if matches(one, query)]
        for key, direction in sort:
            found.sort(key=lambda one, key=key: one[key], reverse=direction < 0)
        if not found:
            if not upsert:
                return None
            await self.insert_one({**query, **update["$setOnInsert"]})
            found = self.documents[-1:]
        before = copy.deepcopy(found[0])
        if isinstance(update, list):  # the one pipeline that the SDK uses: take the last one off the list
            found[0]["message_data"] = found[0]["message_data"][:-1]
        else:
            found[0].update(update.get("$set", {}))
            for name, more in update.get("$inc", {}).items():
                found[0][name] = found[0].get(name, 0) + more
        return found[0] if return_document else before


class Cursor:
    def __init__(self, documents: list[dict[str, Any]]) -> None:
        self.documents = documents

    def sort(self, key: str, direction: int) -> "Cursor":
        return Cursor(sorted(self.documents, key=lambda one: one[key], reverse=direction < 0))

    def limit(self, count: int) -> "Cursor":
        return Cursor(self.documents[:count])

    async def to_list(self) -> list[dict[str, Any]]:
        return copy.deepcopy(self.documents)


def matches(document: dict[str, Any], query: dict[str, Any]) -> bool:
    return all(
        any(matches(document, one) for one in wanted)
        if name == "$or"
        else _fits(document.get(name), name in document, wanted)
        for name, wanted in query.items()
    )


def _fits(value: Any, there: bool, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return value == wanted
    tests = {
        "$in": lambda asked: value in asked,
        "$ne": lambda asked: value != asked,
        "$lt": lambda asked: value is not None and value < asked,
        "$exists": lambda asked: there is asked,
    }
    return all(tests[name](asked) for name, asked in wanted.items())


class Dapr:
    """A DaprClient whose state store checks the etag of conditional writes. `saved` are all values that were written."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.state: dict[str, tuple[bytes, str]] = {}
        self.saved: list[tuple[str, Any, dict[str, str]]] = []
        self._etags = itertools.count(1)

    async def get_state(self, store_name: str, key: str, state_metadata: Any = None) -> Any:
        data, etag = self.state.get(key, (b"", ""))
        return types.SimpleNamespace(data=data, etag=etag)

    async def save_state(
        self,
        store_name: str,
        key: str,
        value: str,
        etag: str | None = None,
        state_metadata: Any = None,
        options: Any = None,
    ) -> None:
        if etag and etag != self.state.get(key, (b"", ""))[1]:
            raise RuntimeError("etag mismatch")
        self.saved.append((key, value, state_metadata))
        self.state[key] = value.encode(), str(next(self._etags))

    async def delete_state(self, store_name: str, key: str, options: Any = None) -> None:
        self.state.pop(key, None)

    async def close(self) -> None: ...


class OpenAI:
    """The conversations of an AsyncOpenAI client. `posted` counts the items of each request that adds some."""

    def __init__(self) -> None:
        self.items: dict[str, list[dict[str, Any]]] = {}
        self.posted: list[int] = []
        self._ids = itertools.count(1)
        self.conversations = types.SimpleNamespace(
            create=self._create,
            delete=self._delete,
            items=types.SimpleNamespace(list=self._list, create=self._add, delete=self._delete_item),
        )

    def with_options(self, **_: Any) -> "OpenAI":
        return self

    async def _create(self, items: list[Any]) -> Any:
        name = f"conv_{next(self._ids)}"
        self.items[name] = list(items)
        return types.SimpleNamespace(id=name)

    async def _delete(self, conversation_id: str) -> None:
        del self.items[conversation_id]

    async def _list(self, conversation_id: str, order: str) -> Any:
        found = self.items[conversation_id]
        for item in found if order == "asc" else found[::-1]:
            yield types.SimpleNamespace(model_dump=lambda exclude_unset, item=item: dict(item))

    async def _add(self, conversation_id: str, items: list[Any]) -> None:
        self.posted.append(len(items))
        self.items[conversation_id] += [{**item, "id": f"item_{next(self._ids)}"} for item in items]

    async def _delete_item(self, conversation_id: str, item_id: str) -> None:
        self.items[conversation_id] = [item for item in self.items[conversation_id] if item["id"] != item_id]


@contextmanager
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> Iterator[types.SimpleNamespace]:
    """Every server is a stand-in, whether its package is installed or not: `mongo`, `dapr`, `redis`, `openai`."""
    import fakeredis
    from agents.extensions import memory
    from agents.extensions.memory import redis_session
    from agents.memory import openai_conversations_session

    servers = types.SimpleNamespace(mongo=Mongo(), dapr=Dapr(), redis=fakeredis.FakeAsyncRedis(), openai=OpenAI())
    options = {"DriverInfo": dict, "ReadPreference": types.SimpleNamespace(PRIMARY=None)}
    state = {
        "Concurrency": types.SimpleNamespace(first_write="first_write"),
        "Consistency": types.SimpleNamespace(strong="strong", eventual="eventual"),
        "StateOptions": dict,
    }
    modules = {
        "pymongo": {},
        "pymongo.asynchronous": {},
        "pymongo.asynchronous.collection": {"AsyncCollection": _Subscripted},
        "pymongo.asynchronous.mongo_client": {"AsyncMongoClient": _maker(servers.mongo)},
        "pymongo.driver_info": options,
        "pymongo.read_preferences": options,
        "dapr": {},
        "dapr.aio": {},
        "dapr.aio.clients": {"DaprClient": _maker(servers.dapr)},
        "dapr.clients": {},
        "dapr.clients.grpc": {},
        "dapr.clients.grpc._state": state,
    }
    with monkeypatch.context() as patch:
        for name, members in modules.items():
            module = types.ModuleType(name)
            vars(module).update(members)
            patch.setitem(sys.modules, name, module)
        for name in ("mongodb_session", "dapr_session"):
            patch.delitem(sys.modules, f"agents.extensions.memory.{name}", raising=False)
        _forget_classes(memory)
        patch.setattr(redis_session.redis, "from_url", lambda url, **_: servers.redis)
        patch.setattr(openai_conversations_session, "get_default_openai_client", lambda: servers.openai)
        yield servers
        for name in ("mongodb_session", "dapr_session"):
            sys.modules.pop(f"agents.extensions.memory.{name}", None)
        _forget_classes(memory)


def _forget_classes(memory: Any) -> None:
    """Otherwise the package would return the classes that it has imported before."""
    for name in ("MongoDBSession", "DaprSession", "mongodb_session", "dapr_session"):
        vars(memory).pop(name, None)


class _Subscripted:
    def __class_getitem__(cls, _: Any) -> type:
        return cls


def _maker(server: Any) -> type:
    """A class whose objects are all that one server."""

    class Client(_Subscripted):
        def __new__(cls, *_: Any, **__: Any) -> Any:
            return server

    return Client
