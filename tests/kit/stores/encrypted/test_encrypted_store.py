"""Encrypted stores: what is in the envelopes, who can open them, and what the app refuses to do to them."""

import asyncio
import base64
import json
import sqlite3
import time
from contextlib import closing

import pytest
from agents import SQLiteSession
from agents.extensions.memory import EncryptedSession
from cryptography.fernet import InvalidToken

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.background import background
from lessons.kit.items import NotANumber
from lessons.kit.problems.problem import Refused
from lessons.kit.sdk_version import since
from lessons.kit.stores.encrypted import store as encrypted
from lessons.kit.stores.encrypted.envelope import Envelope, OpensOnce, cipher, derive, open_by_hand, parse
from lessons.kit.stores.encrypted.key_ring import key_ring
from lessons.kit.stores.encrypted.overhead import READ_ROWS, measure_overhead
from lessons.kit.stores.json_files import store as json_files
from lessons.kit.stores.registry import usable_kinds
from lessons.kit.stores.session_list import Metadata
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.turns.session_operations import Operation
from lessons.kit.visitors.workspace import new_visitor
from tests.support.encrypted_rows import add_as_of
from tests.support.stores import opened_store
from tests.support.turns import SilentModel, do, dump, start, tell, user, with_model

ENCRYPTED = sorted(name for name in usable_kinds() if name.startswith("encrypted_"))
KEYS = ("a key", "short", base64.urlsafe_b64encode(b"k" * 32).decode(), "ü" * 9, "A" * 44)


@pytest.fixture(params=ENCRYPTED)
def store(request, tmp_path):
    with opened_store(request.param, tmp_path) as opened:
        yield opened


run = background().run


def add(session, *texts):
    run(session.add_items([user(text) for text in texts]))


def made(store, session_id="alice"):
    rows = {row.key: row.data for row in store.page(session_id).rows}
    return list(store.read_back(session_id, rows).values())


def returned(store, **options):
    return [item["content"] for item in run(store.open_session("alice", **options).get_items())]


@pytest.mark.parametrize("key", KEYS)
def test_the_cipher_of_this_project_is_that_of_the_sdk(key):
    inner = SQLiteSession("alice")
    session = EncryptedSession("alice", inner, encryption_key=key)
    asyncio.run(session.add_items([user("My PIN is 1234")]))
    (stored,) = asyncio.run(inner.get_items())
    assert json.loads(cipher(key, "alice").decrypt(stored["payload"])) == user("My PIN is 1234")
    proof = open_by_hand(parse(json.dumps(stored)), derive(key, "alice"))
    assert (proof.hmac_is_right, json.loads(proof.plaintext)) == (True, user("My PIN is 1234"))
    for other in (derive(key, "bob"), derive("another", "alice")):
        assert open_by_hand(parse(json.dumps(stored)), other).plaintext is None
    inner.close()


def test_the_parts_of_a_token_are_what_fernet_says_they_are(store):
    before = int(time.time())
    add(store.open_session("alice"), "hello")
    envelope = parse(store.page("alice").rows[0].data)
    assert (envelope.version, envelope.kid) == (b"\x80", "hkdf-v1")
    assert [len(part) for part in (envelope.timestamp, envelope.iv, envelope.mac)] == [8, 16, 32]
    assert before <= envelope.written <= time.time()
    least, most = envelope.plaintext_sizes
    assert least <= len(json.dumps(user("hello"), separators=(",", ":"))) <= most


@pytest.mark.parametrize(
    ("data", "is_plain"),
    [
        ("", False),
        ("not JSON", False),
        ("[]", True),
        ('{"__enc__": 1}', True),
        ('{"__enc__":1,"v":1,"kid":"k","payload":"gA=="}', False),
        ('{"__enc__":1,"v":1,"kid":"k","payload":7}', False),
    ],
)
def test_what_is_not_an_envelope_is_read_back_without_an_error(store, data, is_plain):
    assert parse(data) is None
    is_returned = is_plain and since((0, 23), False, before=True)  # 0.22 returns what is not encrypted
    assert (store.read_back("alice", {1: data})[1].why == "") is is_returned


def test_every_row_is_an_envelope_and_says_what_the_key_makes_of_it(store):
    add(store.open_session("alice"), "My name is Alice")
    (row,) = store.page("alice").rows
    assert "Alice" not in row.data
    assert isinstance(parse(row.data), Envelope)
    (one,) = made(store)
    assert (json.loads(one.data), one.why, one.lifetime) == (user("My name is Alice"), "", 600)
    assert 595 < one.seconds_left <= 601


def test_what_is_said_of_a_row_is_what_the_session_does_with_it(store):
    """Every state that a row can be in is tried, and the boundaries of the TTL."""
    session, now = store.open_session("alice"), int(time.time())
    add(session, "fine")
    add_as_of(session, user("just in time"), now - 595)
    add_as_of(session, user("expired"), now - 602)
    add_as_of(session, user("from the future"), now + 3_600)
    add(store.open_session("alice", encryption_key="another key"), "another key's")
    run(session.underlying_session.add_items([user("plain"), {**parsed(store, 0), "payload": "gAAA"}]))
    whys = [one.why for one in made(store)]
    plain = since((0, 23), "not", before="")  # 0.22 returns what is not encrypted
    assert [why.split(" ")[0] for why in whys] == ["", "", "expired", "from", "wrong", plain, "wrong"]
    assert returned(store) == ["fine", "just in time", *since((0, 23), [], before=["plain"])]
    readable = [json.loads(one.data)["content"] for one in made(store) if not one.why]
    assert readable == returned(store)
    # What has expired is still there, and can be decoded.
    assert json.loads(made(store)[2].data) == user("expired")


def parsed(store, at):
    return json.loads(store.page("alice").rows[at].data)


@pytest.mark.parametrize("ttl", [None, -1, 600, 24 * 3_600])
def test_the_ttl_is_asked_for_by_the_reader(store, ttl):
    add_as_of(store.open_session("alice"), user("an hour ago"), time.time() - 3_600)
    store.keys.ttl = ttl
    expected = ["an hour ago"] if ttl is None or ttl > 3_600 else []
    assert returned(store) == expected
    assert [one.why == "" for one in made(store)] == [bool(expected)]
    assert store.page("alice").total == 1


def test_another_key_takes_effect_with_the_next_opening_and_back(store):
    first = store.keys.key
    add(store.open_session("alice"), "one")
    old_handle = store.open_session("alice")
    store.keys.generate()
    assert returned(store) == []
    assert made(store)[0].why.startswith("wrong key or tampered")
    assert made(store)[0].data is None
    add(store.open_session("alice"), "two")
    assert returned(store) == ["two"]  # mixed: each key reads its own
    store.keys.use(first)
    assert returned(store) == ["one"]
    assert store.open_session("alice") is old_handle


def test_handles_of_other_keys_share_one_connection(store):
    handles = [store.open_session("alice", encryption_key=f"key {number}", ttl=number) for number in range(5)]
    assert len({id(handle) for handle in handles}) == 5
    assert len({id(handle.underlying_session) for handle in handles}) == 1
    assert len(store.close()) == 1


def test_a_handle_is_made_again_when_the_inner_one_was_dropped(store):
    add(store.open_session("alice"), "one")
    store.inner.close()
    add(store.open_session("alice"), "two")
    assert returned(store)[-1] == "two"


def test_the_same_envelope_under_another_id_cannot_be_opened(store):
    add(store.open_session("alice"), "one")
    run(store.open_session("bob").underlying_session.add_items([parsed(store, 0)]))
    assert made(store, "bob")[0].why.startswith("wrong key or tampered")
    for ask in (lambda: store.rename("alice", "bob"), lambda: store.describe("alice", Metadata("Alice"))):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.problem.kept == "Nothing was changed."


def test_any_store_can_be_encrypted(tmp_path):
    kind = encrypted.encrypted(json_files.KIND)
    store = kind.open(tmp_path)
    add(store.open_session("alice"), "one")
    assert (kind.name, store.label, store.medium) == (
        "encrypted_json_files",
        f"{json_files.KIND.label}, encrypted",
        "JSON file",
    )
    assert returned(store) == ["one"]
    assert "one" not in store.page("alice").rows[0].data
    store.erase()
    assert list(tmp_path.iterdir()) == []


def test_nothing_readable_lies_in_the_file(tmp_path):
    store = usable_kinds()["encrypted_sqlite_file"].open(tmp_path)
    add(store.open_session("alice"), "My PIN is 1234")
    store.close()
    assert b"1234" not in store.inner.path.read_bytes()
    assert b"alice" in store.inner.path.read_bytes()  # what anyone can read


# The guard before a pop.


@pytest.fixture(params=ENCRYPTED)
def desk_on(request, data_folder):
    opened = open_desk(new_visitor(), "encrypted")
    yield opened, request.param
    opened.close()


def pop(desk, name, provider):
    lesson = load_lesson("encrypted")
    return walk.start_operation(walk.Walk(lesson, desk, name, provider), Operation("pop_item"), "alice").result(60)


def test_a_pop_with_a_wrong_key_is_refused_and_every_row_stays(desk_on, provider):
    desk, name = desk_on
    do(desk, provider, tell, store=name)
    key_ring(desk.folder).generate()
    before = desk.store(name).page("alice")
    with pytest.raises(
        Refused, match="A pop could delete every row: the key in use cannot decrypt rows 1 to 2"
    ) as refused:
        pop(desk, name, provider)
    assert refused.value.problem.kept == "Nothing was removed."
    assert desk.store(name).page("alice") == before
    key_ring(desk.folder).use(key_ring(desk.folder).keys[0])
    assert [row.key for row in pop(desk, name, provider).removed] == [2]


def test_a_key_that_is_changed_while_a_pop_waits_for_its_turn_is_seen(desk_on, provider):
    desk, name = desk_on
    do(desk, provider, tell, store=name)
    lesson, model = load_lesson("encrypted"), SilentModel()
    other = start(desk, provider, tell, store=name, session_id="bob", make_agent=with_model(model))
    assert model.asked.wait(60)
    waiting = walk.start_operation(walk.Walk(lesson, desk, name, provider), Operation("pop_item"), "alice")
    key_ring(desk.folder).generate()
    other.stop()
    record = waiting.result(60)
    assert record.problem.what.startswith("A pop could delete every row")
    assert "pop_item" not in record.called
    assert desk.store(name).page("alice").total == 2


def test_clearing_needs_no_key(desk_on, provider):
    desk, name = desk_on
    do(desk, provider, tell, store=name)
    key_ring(desk.folder).generate()
    lesson = load_lesson("encrypted")
    record = walk.start_operation(walk.Walk(lesson, desk, name, provider), Operation("clear_session"), "alice").result(
        30
    )
    assert record.problem is None
    assert desk.store(name).page("alice").total == 0


def test_a_pop_that_would_drain_expired_rows_is_refused(desk_on, provider):
    desk, name = desk_on
    store = desk.store(name)
    for text in ("one", "two"):
        add_as_of(store.open_session("alice"), user(text), time.time() - 3_600)
    with pytest.raises(Refused, match="A pop would delete rows 1 to 2 at once"):
        pop(desk, name, provider)
    assert store.page("alice").total == 2
    key_ring(desk.folder).ttl = None
    assert [row.key for row in pop(desk, name, provider).removed] == [2]


def test_a_row_that_was_tampered_with_is_not_popped_away(desk_on, provider):
    desk, name = desk_on
    store = desk.store(name)
    add(store.open_session("alice"), "one")
    run(store.open_session("alice").underlying_session.add_items([{**parsed(store, 0), "payload": "gAAA"}]))
    with pytest.raises(Refused, match="cannot decrypt row 2"):
        pop(desk, name, provider)
    assert store.page("alice").total == 2


@pytest.mark.skipif(since((0, 23), False, before=True), reason="0.22 returns what is not encrypted, so a pop takes it")
def test_a_row_without_encryption_is_not_popped_away_and_a_clear_removes_it(desk_on, provider):
    desk, name = desk_on
    store = desk.store(name)
    add(store.open_session("alice"), "one")
    run(store.open_session("alice").underlying_session.add_items([user("plain")]))
    with pytest.raises(Refused, match="A pop would delete row 2 at once") as refused:
        pop(desk, name, provider)
    assert "only clear_session() removes rows without encryption" in refused.value.problem.next
    assert store.page("alice").total == 2
    clear = Operation("clear_session")
    walk.start_operation(walk.Walk(load_lesson("encrypted"), desk, name, provider), clear, "alice").result(30)
    assert store.page("alice").total == 0


def test_a_plain_store_is_popped_as_before(desk, provider):
    do(desk, provider, tell)
    lesson = load_lesson("basic")
    record = walk.start_operation(
        walk.Walk(lesson, desk, "sqlite_file", provider), Operation("pop_item"), "alice"
    ).result(60)
    assert record.problem is None
    assert len(record.removed) == 1


def test_the_overhead_is_measured_on_both_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    costs = run(measure_overhead())
    assert [cost.unit for cost in costs] == ["ms", "ms", "bytes"]
    assert all(cost.plain > 0 and cost.encrypted > 0 for cost in costs)
    assert costs[1].ratio > 1  # every one of the rows is decrypted
    assert costs[2].encrypted > costs[2].plain
    assert str(READ_ROWS) in costs[1].name
    assert list(tmp_path.iterdir()) == []


def test_a_snapshot_holds_no_plaintext_and_comes_back_exactly(tmp_path):
    store = usable_kinds()["encrypted_sqlite_file"].open(tmp_path)
    add(store.open_session("alice"), "My PIN is 1234")
    before, saved = dump(store.inner.path), tmp_path / "saved"
    saved.mkdir()
    store.save_to(saved)
    with closing(sqlite3.connect(saved / store.inner.path.name)) as copy:
        assert "1234" not in "".join(copy.iterdump())
    run(store.open_session("alice").clear_session())
    store.restore_from(saved)
    assert dump(store.inner.path) == before
    assert returned(store) == ["My PIN is 1234"]
    store.close()


@pytest.mark.parametrize("ttl", [None, 100, 10**9])
@pytest.mark.parametrize("age", [-900, -30, 0, 500])
def test_a_cipher_that_opens_each_token_once_says_what_fernet_says(age, ttl):
    fernet = cipher("k" * 43 + "1", "s")
    token = fernet.encrypt_at_time(b"hi", int(time.time()) - age)
    opener = OpensOnce(fernet)

    def said(by, one):
        try:
            return by.decrypt(one, ttl)
        except InvalidToken:
            return None

    for one in (token, token.decode(), token[:-8] + b"AAAAAAA=", b"no token"):
        assert [said(opener, one), said(opener, one)] == [said(fernet, one)] * 2
    assert opener.extract_timestamp(token) == fernet.extract_timestamp(token)


def test_a_token_and_an_envelope_are_decoded_once_and_an_error_is_raised_each_time():
    fernet = cipher("k" * 43 + "1", "s")
    opener = OpensOnce(fernet)
    token, broken = fernet.encrypt(b'{"a": NaN}'), fernet.encrypt(b"{")
    assert opener.item(token) is opener.item(token)
    assert opener.item(token) == {"a": NotANumber()}
    assert opener.stored('{"a": 1}') is opener.stored('{"a": 1}')
    for one in (broken, b"no token"):
        for _ in range(2):
            with pytest.raises((ValueError, InvalidToken)):
                opener.item(one)


def test_a_token_is_decrypted_once(monkeypatch):
    fernet = cipher("k" * 43 + "1", "s")
    token, opener, asked = fernet.encrypt(b"hi"), OpensOnce(fernet), []
    decrypt = fernet.decrypt
    monkeypatch.setattr(fernet, "decrypt", lambda one: asked.append(one) or decrypt(one))
    assert [opener.decrypt(token), opener.decrypt(token, 600), opener.decrypt(token.decode())] == [b"hi"] * 3
    assert asked == [token]
