"""The keys of a visitor: in memory only, shown once, and nowhere else."""

import base64
import shutil

import pytest
from agents.extensions.memory import EncryptedSession
from cryptography.fernet import Fernet

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.encrypted import key_ring as module
from lessons.kit.stores.encrypted.key_ring import KEYS_LIMIT, KeyRing, key_ring
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor
from tests.support.turns import do, tell


@pytest.fixture(autouse=True)
def no_key_in_the_environment(monkeypatch):
    monkeypatch.delenv(module.VARIABLE, raising=False)


def test_the_first_key_is_generated_and_as_strong_as_a_fernet_key():
    one, other = KeyRing().key, KeyRing().key
    assert (one.origin, one.is_strong) == ("generated", True)
    assert len(base64.urlsafe_b64decode(one.secret)) == 32
    assert one.secret != other.secret
    Fernet(one.secret)


def test_the_environment_gives_the_first_key_and_it_is_never_shown(monkeypatch):
    monkeypatch.setenv(module.VARIABLE, " a key of this test ")
    ring = KeyRing()
    assert (ring.key.origin, ring.key.secret, ring.key.is_strong) == ("environment", "a key of this test", False)
    assert ring.can_show is False
    assert ring.show_once() is None


def test_a_generated_key_is_shown_once():
    ring = KeyRing()
    assert ring.show_once() == ring.key.secret
    assert ring.can_show is False
    assert ring.show_once() is None
    ring.generate()
    assert ring.show_once() == ring.key.secret


def test_keys_can_be_changed_and_changed_back():
    ring = KeyRing()
    first = ring.key
    second, third = ring.generate(), ring.type_in("short")
    assert ring.keys == (first, second, third)
    assert ring.key is third
    ring.use(first)
    assert ring.key is first
    assert ring.type_in("short") is third  # it is known already
    assert len(ring.keys) == 3
    assert len({key.fingerprint for key in ring.keys}) == 3


def test_an_empty_key_and_one_too_many_are_refused_and_change_nothing():
    ring = KeyRing()
    first = ring.key
    with pytest.raises(Refused, match="The key is empty"):
        ring.type_in("")
    assert ring.keys == (first,)
    for number in range(KEYS_LIMIT - 1):
        ring.type_in(f"key {number}")
    before = ring.key
    with pytest.raises(Refused, match="There are 20 keys already"):
        ring.generate()
    assert (ring.key, len(ring.keys)) == (before, KEYS_LIMIT)


def test_a_key_is_not_in_its_repr():
    ring = KeyRing()
    key = ring.type_in("a secret of this test")
    assert "secret of this" not in f"{key!r} {key} {vars(ring)}"


def test_visitors_do_not_share_keys_and_the_keys_of_a_removed_folder_are_forgotten(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    one = key_ring(tmp_path / "one")
    assert key_ring(tmp_path / "one") is one
    assert key_ring(tmp_path / "other").key != one.key
    shutil.rmtree(tmp_path / "one")
    (tmp_path / "third").mkdir()
    key_ring(tmp_path / "third")
    assert tmp_path / "one" not in module._rings


def test_a_key_and_a_ttl_chosen_before_the_first_message_stay_when_another_visitor_comes(tmp_path):
    """The folder of a visitor is made when something is stored: until then it was taken for one that was removed."""
    ring = key_ring(tmp_path / "not yet")
    ring.ttl = 5
    key_ring(tmp_path / "another")
    assert key_ring(tmp_path / "not yet") is ring


def test_of_visitors_who_stored_nothing_the_oldest_rings_are_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "UNUSED_LIMIT", 2)
    (tmp_path / "stored").mkdir()
    stored = key_ring(tmp_path / "stored")
    for name in ("first", "second", "third", "fourth"):
        key_ring(tmp_path / name)
    assert tmp_path / "first" not in module._rings
    assert tmp_path / "fourth" in module._rings
    assert key_ring(tmp_path / "stored") is stored


def test_no_key_is_in_any_file_record_or_problem_after_a_whole_lesson(data_folder, provider, monkeypatch, caplog):
    """Steps, a challenge, a run that fails, a restart: the whole data folder is read, snapshots and records too."""
    given = "the-key-in-the-environment-of-this-test"
    monkeypatch.setenv(module.VARIABLE, given)
    lesson, desk = load_lesson("encrypted"), open_desk(new_visitor(), "encrypted")
    ring = key_ring(desk.folder)
    ring.type_in("typed-by-the-visitor-of-this-test")
    ring.generate()
    store = "encrypted_sqlite_file"
    for index in range(len(lesson.steps)):
        walk.start_step(walk.Walk(lesson, desk, store, provider), index).result(60)

    async def fail(session):
        raise ValueError(f"{session} {vars(session)}")

    failed = do(desk, provider, fail, store=store)
    assert failed.problem is not None
    walk.start_restart(walk.Walk(lesson, desk, store, provider), "alice").result(60)
    ring.use(ring.keys[0])
    do(desk, provider, tell, store=store)
    walk.start_solution(walk.Walk(lesson, desk, store, provider), lesson.challenges[1]).result(60)
    secrets = [key.secret for key in ring.keys]
    assert len(secrets) == 3
    files = [path for path in data_folder.rglob("*") if path.is_file()]
    assert any("snapshots" in str(path) for path in files)
    assert any("records" in str(path) for path in files)
    for path in files:
        content = path.read_bytes()
        for secret in secrets:
            assert secret.encode() not in content, path.name
    said = repr(desk.records) + caplog.text
    assert not any(secret in said for secret in secrets)
    desk.close()


def test_the_session_itself_keeps_no_key_that_its_repr_could_tell():
    """This is why an exception that names a session cannot give the key away."""
    session = EncryptedSession("alice", None, encryption_key="a secret of this test")
    assert "a secret of this test" not in repr({name: repr(value) for name, value in vars(session).items()})
