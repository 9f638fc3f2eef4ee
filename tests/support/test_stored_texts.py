"""The rows that are read from the storage itself are those that the session stored."""

import json
import os
from uuid import uuid4

import pytest

from lessons.kit.background import background
from lessons.kit.stores.registry import store_kinds, usable_kinds
from tests.support import stored_texts

ITEMS = [{"role": "user", "content": f"Message {number}"} for number in range(12)]
READERS = {
    "sqlite_file": lambda folder, session: stored_texts.in_sqlite(folder, session),
    "sqlite_custom_tables": lambda folder, session: stored_texts.in_sqlite(folder, session),
    "async_sqlite": lambda folder, session: stored_texts.in_sqlite(folder, session),
    "advanced_sqlite": lambda folder, session: stored_texts.in_sqlite(folder, session),
    "sqlalchemy_sqlite": lambda folder, session: stored_texts.in_sqlite(folder, session),
    "json_files": lambda folder, session: stored_texts.in_json_files(folder, session),
    "postgresql": lambda folder, session: stored_texts.in_postgresql(os.environ["POSTGRES_URL"], session),
    "mysql": lambda folder, session: stored_texts.in_mysql(os.environ["MYSQL_URL"], session),
    "redis": lambda folder, session: stored_texts.in_redis(os.environ["REDIS_URL"], session),
}


@pytest.mark.parametrize("kind", READERS)
def test_the_items_of_one_session_are_read_in_their_order(kind, tmp_path):
    if kind not in usable_kinds():
        pytest.skip("its server is not there")
    store, session = store_kinds()[kind].open(tmp_path), f"mine {uuid4().hex}"
    try:
        for name in (session, "another session"):
            background().run(store.open_session(name).add_items(ITEMS))
        store.close()
        texts = READERS[kind](tmp_path, session)
        assert [json.loads(text)["content"] for text in texts] == [item["content"] for item in ITEMS]
    finally:
        store.erase()


def test_encrypted_items_are_opened_with_the_key_of_the_run(tmp_path, monkeypatch):
    key = "Y2hhb3MgcnVuIGNoYW9zIHJ1biBjaGFvcyBydW4gISE="
    monkeypatch.setenv("SESSIONS_ENCRYPTION_KEY", key)
    store = store_kinds()["encrypted_sqlite_file"].open(tmp_path)
    background().run(store.open_session("mine").add_items(ITEMS))
    store.close()
    texts = stored_texts.in_sqlite(tmp_path / "encrypted_sqlite_file", "mine")
    assert "Message" not in " ".join(texts)
    assert [json.loads(text)["content"] for text in stored_texts.decrypted(texts, key, "mine")] == [
        item["content"] for item in ITEMS
    ]
