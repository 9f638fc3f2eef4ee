"""What the table of session types says of DaprSession and MongoDBSession, run with stand-ins for their clients.

Neither a Dapr sidecar nor a MongoDB server is on this machine, and the page says that they were not tried.
"""

import asyncio
import json
import sys
from importlib import import_module
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

ITEMS = [{"role": "user", "content": "One"}, {"role": "assistant", "content": "Two"}]
CLIENTS = {
    "dapr_session": (
        "dapr",
        "dapr.aio",
        "dapr.aio.clients",
        "dapr.clients",
        "dapr.clients.grpc",
        "dapr.clients.grpc._state",
    ),
    "mongodb_session": (
        "pymongo",
        "pymongo.asynchronous",
        "pymongo.asynchronous.collection",
        "pymongo.asynchronous.mongo_client",
        "pymongo.driver_info",
        "pymongo.read_preferences",
    ),
}


@pytest.fixture
def module(request, monkeypatch):
    """A module of the SDK, imported with stand-ins for the packages of its client."""
    name = f"agents.extensions.memory.{request.param}"
    for package in CLIENTS[request.param]:
        monkeypatch.setitem(sys.modules, package, MagicMock())
    monkeypatch.delitem(sys.modules, name, raising=False)
    yield import_module(name)
    sys.modules.pop(name, None)


class Dapr:
    """A client whose state store answers as another program writes first: that many times the etag is an old one."""

    def __init__(self, conflicts=0):
        self.conflicts, self.saved = conflicts, []

    async def get_state(self, **asked):
        return SimpleNamespace(data=b"", etag="1")

    async def save_state(self, **asked):
        self.saved.append(asked)
        if len(self.saved) <= self.conflicts:
            raise RuntimeError("possible etag mismatch")


def dapr_session(module, client, **options):
    return module.DaprSession("alice", state_store_name="chosen by name", dapr_client=client, **options)


@pytest.mark.parametrize("module", ["dapr_session"], indirect=True)
def test_a_dapr_write_is_tried_up_to_five_times_and_then_raises(module, monkeypatch):
    monkeypatch.setattr(module, "_RETRY_BASE_DELAY_SECONDS", 0)
    fourth, always = Dapr(conflicts=4), Dapr(conflicts=100)
    asyncio.run(dapr_session(module, fourth).add_items(ITEMS))
    assert [asked["key"] for asked in fourth.saved] == ["alice:messages"] * 5 + ["alice:metadata"]
    with pytest.raises(RuntimeError, match="etag"):
        asyncio.run(dapr_session(module, always).add_items(ITEMS))
    assert len(always.saved) == 5


@pytest.mark.parametrize("module", ["dapr_session"], indirect=True)
def test_dapr_is_told_the_ttl_and_the_name_of_the_state_store_with_each_write(module):
    client = Dapr()
    asyncio.run(dapr_session(module, client, ttl=60).add_items(ITEMS))
    assert {asked["store_name"] for asked in client.saved} == {"chosen by name"}
    assert [asked["state_metadata"]["ttlInSeconds"] for asked in client.saved] == ["60", "60"]


class Collection:
    """A collection of MongoDB that notes what is inserted."""

    def __init__(self):
        self.inserted = []

    def with_options(self, **options):
        return self

    async def create_index(self, *asked, **options):
        pass

    async def find_one_and_update(self, *asked, **options):
        return {"_seq": len(ITEMS), "_generation": 0}

    async def insert_one(self, document):
        self.inserted.append(document)


@pytest.mark.parametrize("module", ["mongodb_session"], indirect=True)
def test_mongodb_gets_a_whole_batch_as_one_document_through_the_client_of_your_address(module):
    collections = {}
    client = MagicMock()
    client.__getitem__.return_value.__getitem__.side_effect = lambda name: collections.setdefault(name, Collection())
    module.AsyncMongoClient.return_value = client
    session = module.MongoDBSession.from_uri("alice", uri="mongodb://yours:27017")
    assert module.AsyncMongoClient.call_args.args == ("mongodb://yours:27017",)
    asyncio.run(session.add_items(ITEMS))
    (document,) = collections["agent_messages"].inserted
    assert [json.loads(item)["content"] for item in document["message_data"]] == ["One", "Two"]
