"""Storage that somebody has damaged: the page is drawn, names what is damaged, and Start over takes it away."""

from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import text as sql
from streamlit.testing.v1 import AppTest

from lessons.course.index import LESSONS, entry, load_lesson
from lessons.frame import walk
from lessons.kit.models.providers import Provider
from lessons.kit.stores.redis.store import RedisStore
from lessons.kit.stores.sql.server_store import DatabaseServerStore
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor, open_workspace
from tests.support.another_user import as_another_user
from tests.support.damage import JSON_FILE, SQLITE_FILE, damages_of, settle
from tests.support.drawn import open_lesson, press, say, words

SESSION = "my_chat"

FILES = {
    "sqlite_file": ("chat.db",),
    "sqlite_custom_tables": ("own_tables.db",),
    "json_files": ("my_chat-*.json",),
    "encrypted_sqlite_file": ("chat.db",),
    "encrypted_sqlalchemy_sqlite": ("sqlalchemy.db",),
    "advanced_sqlite": ("branches.db",),
    "compaction_emulated": ("compacted.db",),
    "sqlalchemy_sqlite": ("sqlalchemy.db",),
    "async_sqlite": ("async.db",),
    "hosted_emulated": ("sessions.json", "conv_emulated_*.json"),
}
"""The files of each store that keeps its rows in files, as patterns."""


def _parts(slug: str) -> int:
    return len(entry(slug).panels) + len(entry(slug).sections)


OFFERED = [(lesson.slug, store) for lesson in LESSONS for store in lesson.offered_stores if store in FILES]
FULLEST = {store: max((slug for slug, offered in OFFERED if offered == store), key=_parts) for _, store in OFFERED}
"""The lesson of each store that draws most from it: there the store has every kind of damage, in the others one."""
QUICK = {("analytics", "text"), ("multi_session", "named pipe"), ("hosted", "other shape"), ("encrypted", "folder")}

CASES = [
    pytest.param(slug, store, file, damage, marks=() if (slug, damage) in QUICK else pytest.mark.matrix)
    for slug, store in OFFERED
    for file in FILES[store]
    for damage in (SQLITE_FILE if file.endswith(".db") else JSON_FILE)
    if slug == FULLEST[store] or damage == "text"
]


def turn(visitor: str, slug: str, store: str, provider: Provider) -> Path:
    """Store two rows at a desk of which the app knows nothing, as a process that has ended. Returns the desk's folder."""
    desk = Desk(open_workspace(visitor), slug)
    here = walk.Walk(load_lesson(slug), desk, store, provider)
    record = walk.start_message(here, "My name is Alice", SESSION).result(30)
    assert record is not None
    assert record.problem is None
    desk.close()
    return desk.folder


def alerts(app: AppTest) -> list[str]:
    return [words(element.value) for element in app.get("html") if 'role="alert"' in element.value]


def start_over(app: AppTest, key: str) -> AppTest:
    press(app, key)
    return press(app, "confirm-start-over")


@pytest.fixture
def open_folder(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder below no folder of this user alone: the one of the other tests is."""
    with TemporaryDirectory() as folder:
        monkeypatch.setenv("SESSIONS_DATA_DIR", folder)
        yield Path(folder)


@pytest.mark.parametrize(("slug", "store", "pattern", "damage"), CASES)
def test_a_damaged_file_is_named_and_start_over_takes_it_away(
    slug: str, store: str, pattern: str, damage: str, open_folder: Path, provider: Provider
):
    visitor = new_visitor()
    folder = turn(visitor, slug, store, provider)
    (path,) = folder.rglob(pattern)
    settle(path)
    damages_of(path)[damage](path)
    with as_another_user(open_folder) if damage == "no permission" else nullcontext():
        app = open_lesson(slug, visitor, store=store)
        told = [alert for alert in alerts(app) if path.name in alert]
        assert told, alerts(app)
        assert "It is kept as it is." in told[0]
        assert "start the lesson over" in told[0]
        start_over(app, "start-over-1")
        assert alerts(app) == []
        say(app, "My name is Bob")
        assert alerts(app) == []
        desk = open_desk(visitor, slug)
        assert len(desk.store(store).page(SESSION).rows) == 2
        desk.close()


@pytest.mark.parametrize("store", ["redis_fake", "redis"])
@pytest.mark.parametrize("end", ["", ":messages", ":counter"])
def test_a_redis_key_of_another_type_is_named_and_start_over_deletes_it(store: str, end: str):
    visitor = new_visitor()
    kept = open_desk(visitor, "redis").store(store)
    assert isinstance(kept, RedisStore)
    key = f"{kept.namespace}:agents:session:{SESSION}{end}"
    with closing(kept._server.sync_client()) as client:
        client.zadd(key, {"a member of a set": 1})
        app = open_lesson("redis", visitor, store=store)
        (told,) = alerts(app)
        assert told.startswith(f"The key {key} is a zset")
        assert "start the lesson over" in told
        start_over(app, "start-over-1")
        assert alerts(app) == []
        say(app, "My name is Bob")
        assert alerts(app) == []
        assert client.type(key) != b"zset"
        assert len(kept.page(SESSION).rows) == 2


@pytest.mark.parametrize("store", ["postgresql", "mysql"])
@pytest.mark.parametrize("damage", ["foreign schema", "missing table"])
def test_damaged_tables_on_a_server_are_named_and_start_over_drops_them(store: str, damage: str, provider: Provider):
    visitor = new_visitor()
    turn(visitor, "databases", store, provider)
    kept = open_desk(visitor, "databases").store(store)
    assert isinstance(kept, DatabaseServerStore)
    with kept.server.writer().begin() as server:
        table = f"{kept.schema_name}.agent_messages"
        server.execute(sql(f"DROP TABLE {table}"))
        if damage == "foreign schema":
            server.execute(sql(f"CREATE TABLE {table} (id INTEGER, body TEXT)"))
    app = open_lesson("databases", visitor, store=store)
    (told,) = alerts(app)
    assert kept.schema_name in told
    assert "start the lesson over" in told
    start_over(app, "start-over-1")
    assert alerts(app) == []
    say(app, "My name is Bob")
    assert alerts(app) == []
    assert len(kept.page(SESSION).rows) == 2
