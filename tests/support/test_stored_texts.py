"""The rows that are read from the storage itself, and from a copy of it, are those that the session stored."""

import json
import os
from uuid import uuid4

import pytest

from lessons.kit.background import background
from lessons.kit.stores.registry import store_kinds, usable_kinds
from tests.support import stored_texts

ITEMS = [{"role": "user", "content": f"Message {number}"} for number in range(12)]
SERVERS = {"postgresql": "POSTGRES_URL", "mysql": "MYSQL_URL", "redis": "REDIS_URL"}


@pytest.mark.parametrize("kind", [*stored_texts.IN_FILES, *SERVERS])
def test_the_items_of_one_session_are_read_in_their_order_from_the_storage_and_from_a_copy(kind, tmp_path, monkeypatch):
    monkeypatch.setenv(stored_texts.KEY_VARIABLE, stored_texts.KEY)
    if kind not in usable_kinds():
        pytest.skip("its server is not there")
    store, session = store_kinds()[kind].open(tmp_path), f"mine {uuid4().hex}"
    try:
        for name in (session, "another session"):
            background().run(store.open_session(name).add_items(ITEMS))
        store.close()
        urls = {name: os.environ[variable] for name, variable in SERVERS.items()}
        texts = stored_texts.texts_of(kind, tmp_path, session, urls)
        assert [json.loads(text)["content"] for text in texts] == [item["content"] for item in ITEMS]
        (tmp_path / "copy" / kind).mkdir(parents=True)
        store.save_to(tmp_path / "copy" / kind)
        assert stored_texts.texts_in_copy(kind, tmp_path / "copy", session, urls) == texts
    finally:
        store.erase()
