"""Redis sessions on a real server and on fakeredis: keys, expiry, prefixes, and servers that fail."""

import json
import os
import subprocess
import sys
import time
from urllib.parse import unquote

import pytest
from agents import Runner
from agents.extensions.memory import RedisSession
from redis import Redis

from lessons.kit.background import background
from lessons.kit.models.providers import HIDDEN, redact
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.registry import store_kinds, usable_kinds
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.support.redis_server import Wire, free_port
from tests.support.stores import opened_store
from tests.support.turns import ask_name, do, start, tell

run = background().run
KINDS = [name for name in ("redis_fake", "redis") if name in usable_kinds()]
LONGEST = 30
"""Seconds that anything may take before it says so.

The limits of the stores are 3 and 4, so this tells giving up from waiting for ever, also on a busy machine.
"""


def user(text):
    return {"role": "user", "content": text}


@pytest.fixture(params=KINDS)
def store(request, tmp_path):
    with opened_store(request.param, tmp_path) as opened:
        yield opened


def add(store, session_id, *texts, **options):
    run(store.open_session(session_id, **options).add_items([user(text) for text in texts]))


def keys(store):
    return {key.name.removeprefix(f"{store.namespace}:"): key for key in store.keys()[0]}


def ends(store, name="agents:session:alice:messages"):
    return keys(store)[name].expires_at


def raw(store):
    """The content of every key, and the seconds that it has left, rounded to ten, as a plain client sees them."""
    client = store.server.sync_client()
    read = {b"hash": client.hgetall, b"list": lambda name: client.lrange(name, 0, -1), b"string": client.get}
    names = sorted(client.scan_iter(match=f"{store.namespace}:*"))
    return {name: (read[client.type(name)](name), round(client.pttl(name) / 1000, -1)) for name in names}


# Layout.


def test_the_keys_are_those_of_the_sdk_after_the_visitors_own_prefix(store):
    add(store, "alice", "one", "two")
    found = keys(store)
    assert list(found) == ["agents:session:alice", "agents:session:alice:messages"]
    assert [key.type for key in found.values()] == ["hash", "list"]
    assert [name for name, _ in found["agents:session:alice"].fields] == ["session_id", "created_at", "updated_at"]
    assert found["agents:session:alice:messages"].entries == 2
    assert json.loads(found["agents:session:alice:messages"].newest[-1]) == user("two")
    assert type(store.open_session("alice")) is RedisSession  # the SDK treats subclasses otherwise


def test_two_visitors_share_no_key_and_erasing_one_leaves_the_other(store, tmp_path):
    other = usable_kinds()[store.name].open(tmp_path / "other")
    add(store, "alice", "mine")
    add(other, "alice", "yours")
    assert [json.loads(row.data)["content"] for row in store.page("alice").rows] == ["mine"]
    store.erase()
    assert store.keys() == ([], 0)
    assert other.page("alice").total == 1
    other.erase()


def test_a_folder_with_signs_that_stand_for_others_reaches_no_other_key(store):
    add(store, "a", "kept")
    add(store, "[ab]*?", "other")
    assert sorted(store.session_ids()) == ["[ab]*?", "a"]
    run(store.open_session("[ab]*?").clear_session())
    assert store.session_ids() == ["a"]


def test_the_same_id_under_two_prefixes_is_two_sessions_and_the_page_shows_both(store):
    add(store, "dana", "password", key_prefix="support")
    assert run(store.open_session("dana", key_prefix="sales").get_items()) == []
    assert run(store.open_session("dana").get_items()) == []
    assert "support:dana:messages" in keys(store)
    assert any(":support:dana" in key for key in store.picture("dana")[1].rows)


# Expiry.


def test_the_ttl_slides_on_add_and_not_on_read_or_pop(store):
    add(store, "alice", "zero", "one", ttl=600)
    first = ends(store)
    session = store.open_session("alice", ttl=600)
    run(session.get_items())
    run(session.pop_item())
    add(store, "alice", "two", ttl=None)
    assert ends(store) == first
    time.sleep(0.002)  # the expiry is in milliseconds
    add(store, "alice", "three", ttl=600)
    assert ends(store) > first
    assert ends(store) == ends(store, "agents:session:alice")


def test_a_chosen_ttl_holds_for_the_handles_that_are_opened_then(store):
    add(store, "alice", "one")
    assert ends(store) is None
    store.ttl = 30
    add(store, "alice", "two")
    assert 29_000 < keys(store)["agents:session:alice"].milliseconds_left <= 30_000


def test_what_has_expired_is_gone_and_a_picture_says_so(store):
    add(store, "alice", "old")
    add(store, "alice", "code", ttl=1)
    before = store.picture("alice")
    assert len(before[0].rows) == 2
    deadline = time.monotonic() + 60
    while store.page("alice").rows:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert raw(store) == {}
    assert [table.rows for table in store.picture("alice") if table.rows] == []
    assert store.session_ids() == []


def test_rows_that_a_call_removed_have_not_expired(data_folder, provider):
    desk = open_desk(new_visitor(), "redis")

    async def clear(open_session):
        session = open_session("alice", ttl=600)
        await session.clear_session()

    async def fill(open_session):
        await open_session("alice", ttl=600).add_items([user("one")])

    do(desk, provider, fill, store="redis_fake")
    record = do(desk, provider, clear, store="redis_fake")
    assert [line.why for line in record.ledger.lines] == ["taken out by clear_session()"]
    desk.close()


def test_a_copy_comes_back_with_entries_hash_and_remaining_time(store, tmp_path):
    add(store, "alice", "one", "two", ttl=600)
    add(store, "bob", "three")
    add(store, "dana", "four", key_prefix="support")
    store.server.sync_client().set(f"{store.namespace}:agents:session:bob:counter", b"\xff7")
    before, saved = raw(store), tmp_path / "saved"
    saved.mkdir()
    store.save_to(saved)
    add(store, "alice", "later", ttl=60)
    add(store, "carol", "new")
    run(store.open_session("bob").clear_session())
    store.restore_from(saved)
    assert raw(store) == before
    assert raw(store)[f"{store.namespace}:agents:session:alice".encode()][1] == 600


def test_a_copy_gives_back_what_has_expired_since(store, tmp_path):
    add(store, "alice", "one", ttl=1)
    saved = tmp_path / "saved"
    saved.mkdir()
    store.save_to(saved)
    store.server.sync_client().delete(f"{store.namespace}:agents:session:alice:messages")
    store.restore_from(saved)
    assert store.page("alice").total == 1
    assert 0 < keys(store)["agents:session:alice:messages"].milliseconds_left <= 1_000


def test_looking_writes_nothing(store, monkeypatch):
    add(store, "alice", "one", ttl=600)
    looking, commands = store.server.sync_client(), []
    store._sync_client = looking
    send = looking.execute_command
    monkeypatch.setattr(looking, "execute_command", lambda *a, **k: commands.append(a[0]) or send(*a, **k))
    before = raw(store), ends(store)
    store.page("alice"), store.picture("alice"), store.keys(), store.schema(), store.sessions(), store.newest_rows()
    assert (raw(store), ends(store)) == before
    assert set(commands) <= {"SCAN", "LLEN", "LRANGE", "EXISTS", "TYPE", "PTTL"}


def test_a_shared_client_is_not_closed_by_a_session_and_an_own_one_is(own_redis):
    """What the step on close() says of both."""

    async def shared():
        first = RedisSession.from_url("alice", url=own_redis.url)
        session = RedisSession("bob", redis_client=first._redis)
        await session.add_items([user("one")])
        await session.close()
        assert await session.get_items() == [user("one")]
        await first.close()

    run(shared())

    async def own():
        session = RedisSession.from_url("alice", url=own_redis.url)
        await session.add_items([user("one")])
        await session.close()
        with pytest.raises(RuntimeError, match="closed"):
            await session.get_items()

    run(own())


def test_keys_of_another_type_are_named_and_kept(store):
    client = store.server.sync_client()
    client.set(f"{store.namespace}:agents:session:alice:messages", "not a list")
    with pytest.raises(Refused, match=f"The key {store.namespace}:agents:session:alice:messages is a string"):
        store.page("alice")
    assert client.get(f"{store.namespace}:agents:session:alice:messages") == b"not a list"


# Servers that fail.


@pytest.fixture
def at(monkeypatch, data_folder):
    """A new visitor's desk at the Redis lesson, with the server of this address."""
    opened = []

    def open_at(url):
        monkeypatch.setenv("REDIS_URL", url)
        opened.append(open_desk(new_visitor(), "redis"))
        return opened[-1]

    yield open_at
    for desk in opened:
        desk.close()


def timed(work):
    begun = time.monotonic()
    done = work()
    return done, time.monotonic() - begun


def fails(desk, provider, code=tell):
    """The problem of a turn, which must not take long."""
    record, seconds = timed(lambda: do(desk, provider, code, store="redis"))
    assert record.problem is not None
    assert seconds < LONGEST
    return record.problem


def stored(desk):
    rows = desk.store("redis").picture("alice")[0].rows.values()
    return [json.loads(row["message_data"])["role"] for row in rows]


def test_an_unreachable_server_is_named_and_nothing_is_stored(at, provider):
    problem = fails(at(f"redis://127.0.0.1:{free_port()}/0"), provider)
    assert problem.what == "The Redis server cannot be reached."
    assert "REDIS_URL" in problem.next


def test_a_server_that_hangs_is_given_up_and_a_page_waits_once(at, provider, own_redis):
    wire = Wire(own_redis.port)
    desk = at(wire.url)
    wire.stall()
    assert fails(desk, provider).what == "The Redis server did not answer within 3 seconds."
    store = desk.store("redis")

    def draw():
        for look in (store.session_ids, lambda: store.page("alice"), store.keys, store.schema):
            with pytest.raises(Refused):
                look()

    _, seconds = timed(draw)
    assert seconds < 5
    wire.restore()
    assert do(desk, provider, tell, store="redis").problem is None
    assert stored(desk) == ["user", "assistant"]
    wire.cut()


@pytest.mark.parametrize("secret", ["wrong-p4ssw0rd", "p%40ss%2Fword-17"])
def test_a_wrong_password_is_refused_and_never_shown(at, provider, make_redis, secret, caplog):
    server = make_redis(requirepass="the-right-one")
    desk = at(f"redis://:{secret}@127.0.0.1:{server.port}/0")
    problem = fails(desk, provider)
    assert problem.what == "The Redis server refused the user or the password."
    kept = "".join(path.read_text() for path in desk.folder.rglob("*.json")) + caplog.text + str(problem)
    for shown in (secret, unquote(secret)):
        assert shown not in kept
    assert HIDDEN in redact(f"redis://:{secret}@127.0.0.1/0")


def test_the_right_password_is_in_no_record_and_no_code(at, provider, make_redis):
    server = make_redis(requirepass="the-right-one")
    desk = at(f"redis://:the-right-one@127.0.0.1:{server.port}/0")
    assert do(desk, provider, tell, store="redis").problem is None
    assert "the-right-one" not in "".join(path.read_text() for path in desk.folder.rglob("*.json"))
    assert "the-right-one" not in desk.store("redis").opening_code("alice") + desk.store("redis").schema()
    desk.reset()


def test_a_read_only_server_can_be_read_and_stores_nothing(at, provider, make_redis):
    server = make_redis(replicaof=f"127.0.0.1 {free_port()}")
    desk = at(server.url)
    problem = fails(desk, provider)
    assert problem.what.startswith("The Redis server is read-only")
    assert problem.kept.startswith("Nothing was stored in this turn")
    assert stored(desk) == []


def test_a_server_at_its_maxmemory_stores_nothing_more_and_keeps_what_it_has(at, provider, make_redis):
    server = make_redis()
    desk = at(server.url)
    assert do(desk, provider, tell, store="redis").problem is None
    with Redis.from_url(server.url) as admin:
        admin.config_set("maxmemory", "1")
        problem = fails(desk, provider)
        assert problem.what == "The Redis server is full: it has reached its maxmemory, and stores nothing more."
        assert stored(desk) == ["user", "assistant"]
        admin.config_set("maxmemory", "0")
    assert do(desk, provider, tell, store="redis").problem is None


def test_a_look_at_a_server_that_is_away_speaks_of_no_turn(at):
    store = at(f"redis://127.0.0.1:{free_port()}/0").store("redis")
    with pytest.raises(Refused) as looked:
        store.page("alice")
    assert looked.value.problem.kept == "The rows there are kept, and cannot be looked at now."
    with pytest.raises(Refused) as deleted:
        store.erase()
    assert deleted.value.problem.kept == "It may be only half done."


def test_a_server_that_was_away_between_two_turns_is_used_again(at, provider, own_redis):
    wire = Wire(own_redis.port)
    desk = at(wire.url)
    do(desk, provider, tell, store="redis")
    wire.cut()
    assert fails(desk, provider, ask_name).what == "The Redis server cannot be reached."
    wire.restore()
    record = do(desk, provider, ask_name, store="redis")
    assert (record.problem, record.reply) == (None, "Your name is Alice.")
    assert stored(desk) == ["user", "assistant", "user", "assistant"]
    wire.cut()


def test_a_server_that_was_restarted_between_two_turns_costs_no_turn(at, provider, own_redis):
    """The connections that were open are dead, and a turn must not fail for that."""
    desk = at(own_redis.url)
    do(desk, provider, tell, store="redis")
    own_redis.stop()
    own_redis.start()
    assert do(desk, provider, tell, store="redis").problem is None
    assert stored(desk) == ["user", "assistant"]  # this server keeps nothing over a restart


def test_a_server_that_goes_away_in_a_turn_leaves_the_question_and_the_page_says_what_is_known(at, provider, own_redis):
    wire = Wire(own_redis.port)
    desk = at(wire.url)

    async def lose_the_server(agent, session):
        session_items = session.add_items

        async def add_then_cut(items):
            await session_items(items)
            wire.cut()

        session.add_items = add_then_cut
        try:
            return await Runner.run(agent, "My name is Alice", session=session)
        finally:
            session.add_items = session_items

    problem = fails(desk, provider, lose_the_server)
    assert problem.what == "The Redis server cannot be reached."
    assert "cannot be read until the storage is back" in problem.kept
    assert "add_items() stored 1 item." in problem.kept
    wire.restore()
    assert stored(desk) == ["user"]
    record = do(desk, provider, ask_name, store="redis")
    assert (record.problem, record.reply) == (None, "Your name is Alice.")
    assert [call.method for call in record.calls] == ["get_items", "add_items", "add_items"]
    wire.cut()


def test_a_step_back_that_cannot_reach_the_server_changes_nothing(at, provider, own_redis):
    wire = Wire(own_redis.port)
    desk = at(wire.url)
    start(desk, provider, tell, store="redis", snapshot="one").result(60)
    wire.cut()
    with pytest.raises(Refused, match="cannot be reached"):
        desk.restore("one")
    wire.restore()
    assert stored(desk) == ["user", "assistant"]
    assert desk.restore("one")
    assert stored(desk) == []
    wire.cut()


# REDIS_URL.


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:6379",
        "http://127.0.0.1:6379",
        "redis://",
        "redis://:pa/ss17word@host:6379/0",
        "redis://:pa#ss17word@host/0",
        "redis://host:port/0",
        "redis://host/zero",
        "redis://ho st/0",
        "redis://host:6379/0?password=ss17word",
        "redis://host:6379/0?socket_timeout=900",
        "unix://",
    ],
)
def test_a_variable_without_a_usable_address_is_named_without_repeating_it(monkeypatch, url):
    monkeypatch.setenv("REDIS_URL", url)
    missing = store_kinds()["redis"].missing()
    assert "REDIS_URL" in missing
    assert "ss17word" not in missing
    assert "redis" not in usable_kinds()


@pytest.mark.parametrize(
    "url", ["redis://h", "redis://h:6379/3", "rediss://u:p%23w@h:6380/0?ssl_cert_reqs=none", "unix:///tmp/redis.sock"]
)
def test_an_address_of_a_server_is_taken(monkeypatch, url):
    monkeypatch.setenv("REDIS_URL", url)
    assert store_kinds()["redis"].missing() == ""


def test_without_an_address_the_variable_is_named(monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)
    assert store_kinds()["redis"].missing() == "Set REDIS_URL to the address of a Redis server."
    assert "redis_fake" in usable_kinds()


def test_the_emulation_lives_as_long_as_a_store_on_it(tmp_path):
    kind = store_kinds()["redis_fake"]
    one, other = kind.open(tmp_path), kind.open(tmp_path)
    add(one, "alice", "one")
    one.close()
    assert other.page("alice").total == 1
    one.erase()
    assert other.page("alice").total == 0


ENDS = """
import atexit, sys
from pathlib import Path

from redis.asyncio.connection import Connection

opened = []
connect = Connection.connect


async def noted(connection):
    opened.append(connection)
    await connect(connection)


Connection.connect = noted
atexit.register(lambda: print("still open:", sum(one.is_connected for one in opened), "of", len(opened)))

from lessons.kit.background import background
from lessons.kit.stores.redis.servers import KIND

session = KIND.open(Path(sys.argv[1])).open_session("alice")
background().run(session.get_items())
"""


def test_no_connection_is_open_when_the_process_has_ended(own_redis, tmp_path):
    """Each was closed by the garbage collector, which printed an error of the client after the last words of the app."""
    ended = subprocess.run(
        [sys.executable, "-c", ENDS, str(tmp_path)],
        env={**os.environ, "REDIS_URL": own_redis.url},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert (ended.stdout, ended.stderr) == ("still open: 0 of 1\n", "")
