"""Storage that somebody has damaged: the page is drawn, names what is damaged, and Start over takes it away."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text as sql
from streamlit.testing.v1 import AppTest

from lessons.course.index import LESSONS, entry, load_lesson
from lessons.frame import walk
from lessons.kit.models.providers import Provider
from lessons.kit.problems.disk_errors import damaged
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.stores.redis.store import RedisStore
from lessons.kit.stores.registry import store_kinds
from lessons.kit.stores.sql.server_store import DatabaseServerStore
from lessons.kit.stores.store import Store
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor, open_workspace
from tests.support.damage import JSON_FILE, SQLITE_FILE, damages_of, settle
from tests.support.drawn import html, names, open_lesson, press, say, words

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
"""The lesson of each store that draws most from it."""
EVERY_DAMAGE = ("sqlite_file", "sqlalchemy_sqlite", "json_files", "hosted_emulated")
"""The fullest lesson of each of these stores is drawn with every damage, and every other page with one.

A page gets every damage as a Refused. One test asks that of each way to read a store, and another that each page draws it.
"""
READING = ("read_back", "sessions", "session_ids", "page", "newest_rows", "picture", "schema", "size", "look")
"""How a page reads a store."""
QUICK = {("analytics", "text"), ("multi_session", "named pipe"), ("hosted", "other shape"), ("encrypted", "folder")}

CASES = [
    pytest.param(slug, store, file, damage, marks=() if (slug, damage) in QUICK else pytest.mark.matrix)
    for slug, store in OFFERED
    for file in FILES[store]
    for damage in (SQLITE_FILE if file.endswith(".db") else JSON_FILE)
    if (slug == FULLEST[store] and store in EVERY_DAMAGE) or damage == "text"
]


def turn(visitor: str, slug: str, store: str, provider: Provider) -> Path:
    """Store two rows at a desk that the app has not opened, as an earlier process would. Returns the desk's folder."""
    desk = Desk(open_workspace(visitor), slug)
    here = walk.Walk(load_lesson(slug), desk, store, provider)
    record = walk.start_message(here, "My name is Alice", SESSION).result(60)
    assert record is not None
    assert record.problem is None
    desk.close()
    return desk.folder


def alerts(app: AppTest) -> list[str]:
    return [words(element.value) for element in app.get("html") if 'role="alert"' in element.value]


def start_over(app: AppTest, key: str) -> AppTest:
    press(app, key)
    return press(app, "confirm-start-over")


@pytest.mark.parametrize(("slug", "store", "pattern", "damage"), CASES)
def test_a_damaged_file_is_named_and_start_over_takes_it_away(
    slug: str, store: str, pattern: str, damage: str, data_folder: Path, provider: Provider
):
    visitor = new_visitor()
    folder = turn(visitor, slug, store, provider)
    (path,) = folder.rglob(pattern)
    settle(path)
    damages_of(path)[damage](path)
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


def refusals(store: Store) -> list[Problem]:
    """The problems with which the ways to read the store are refused. Any other error is raised."""
    found = []
    for read in (
        lambda: store.page(SESSION),
        lambda: store.page(SESSION, after=1),
        store.sessions,
        store.session_ids,
        store.newest_rows,
        lambda: store.picture(SESSION),
        lambda: store.read_back(SESSION, {1: "{}"}),
        store.schema,
        store.size,
    ):
        try:
            read()
        except Refused as error:
            found.append(error.problem)
    return found


@pytest.mark.parametrize(
    ("store", "pattern"),
    [
        pytest.param(store, file, marks=() if store == "json_files" else pytest.mark.matrix)
        for store in FILES
        for file in FILES[store]
    ],
)
def test_every_damage_of_every_store_is_refused_whichever_way_it_is_read_and_can_be_erased(
    store: str, pattern: str, data_folder: Path, provider: Provider, tmp_path: Path
):
    visitor, slug = new_visitor(), FULLEST[store]
    folder = turn(visitor, slug, store, provider)
    (path,) = folder.rglob(pattern)
    settle(path)
    shutil.copytree(folder, tmp_path / "whole")
    for name, damage in damages_of(path).items():
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "whole", folder)
        damage(path)
        opened = store_kinds()[store].open(folder)
        refused = refusals(opened)
        opened.erase()  # what starting over does with it
        left = refusals(opened)
        opened.close()
        assert refused, name
        assert all(problem.start_over and path.name in problem.what for problem in refused), (name, refused)
        assert not left, (name, left)
        assert not path.exists(), name


@pytest.mark.parametrize(
    ("slug", "store"), [pytest.param(*one, marks=() if one[0] == "basic" else pytest.mark.matrix) for one in OFFERED]
)
def test_a_page_of_which_nothing_can_be_read_says_so_and_offers_to_start_over(
    slug: str, store: str, data_folder: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    visitor = new_visitor()
    turn(visitor, slug, store, provider)
    opened = open_desk(visitor, slug).store(store)

    def refuse(*given: object, **more: object) -> None:
        raise damaged("The file of this test is damaged")

    for reading in [[name] for name in READING if slug == "multi_session"] + [list(READING)]:
        with monkeypatch.context() as patch:
            for name in reading:
                if hasattr(opened, name):
                    patch.setattr(opened, name, refuse)
            app = open_lesson(slug, visitor, store=store)
            if "page" in reading:
                assert [alert for alert in alerts(app) if alert.startswith("The file of this test is damaged.")]
                assert "start-over-1" in names(app)
    open_desk(visitor, slug).close()


@pytest.mark.parametrize("store", ["redis_fake", "redis"])
@pytest.mark.parametrize("end", ["", ":messages", ":counter"])
def test_a_redis_key_of_another_type_is_named_and_start_over_deletes_it(store: str, end: str):
    visitor = new_visitor()
    kept = open_desk(visitor, "redis").store(store)
    assert isinstance(kept, RedisStore)
    key = f"{kept.namespace}:agents:session:{SESSION}{end}"
    with closing(kept.server.sync_client()) as client:
        client.zadd(key, {"a member of a set": 1})
        app = open_lesson("redis", visitor, store=store, tool="script")
        (told,) = alerts(app)
        assert words(html(app, "nothing to download")).startswith("The stored rows cannot be read now")
        assert told.startswith(f"The key {key} is a zset")
        assert "start the lesson over" in told
        start_over(app, "start-over-1")
        assert alerts(app) == []
        say(app, "My name is Bob")
        assert alerts(app) == []
        assert client.type(key) != b"zset"
        assert len(kept.page(SESSION).rows) == 2


def refused_for_the_reason_above():
    from lessons.kit.problems.problem import Problem, Refused
    from lessons.ui.page.refusal_box import draw_refusal, refusal_shown
    from lessons.ui.page.state import PageState

    above, state = Problem("The server cannot be reached.", "The rows are kept.", "Try again."), PageState("redis")
    with refusal_shown(state, "my message"):
        raise Refused(above)
    draw_refusal(state, above)
    draw_refusal(state)


def test_what_is_refused_for_the_reason_that_the_page_says_already_says_so_in_one_line():
    """The same box was there twice."""
    app = AppTest.from_function(refused_for_the_reason_above).run()
    short, whole = (words(element.value) for element in app.get("html"))
    assert short == "That was not done, for the reason above. Not sent my message"
    assert whole.startswith("The server cannot be reached.")


FOREIGN_TABLES = {
    "missing table": "",
    "foreign schema": "id INTEGER, body TEXT",
    "wrong types": "id VARCHAR(9), session_id VARCHAR(255), message_data {binary}, created_at VARCHAR(30)",
    "wrong columns to compare": "id INTEGER, session_id INTEGER, message_data TEXT, created_at INTEGER",
    "empty row": "id INTEGER, session_id VARCHAR(255), message_data TEXT, created_at INTEGER",
}


@pytest.mark.parametrize("store", ["postgresql", "mysql"])
@pytest.mark.parametrize("damage", FOREIGN_TABLES)
def test_damaged_tables_on_a_server_are_named_and_start_over_drops_them(store: str, damage: str, provider: Provider):
    if (store, damage) == ("mysql", "wrong columns to compare"):
        return  # MySQL compares a number with a text, and finds nothing
    visitor = new_visitor()
    turn(visitor, "databases", store, provider)
    kept = open_desk(visitor, "databases").store(store)
    assert isinstance(kept, DatabaseServerStore)
    with kept.server.writer().begin() as server:
        table, columns = f"{kept.schema_name}.agent_messages", FOREIGN_TABLES[damage]
        server.execute(sql(f"DROP TABLE {table}"))
        if columns:
            server.execute(
                sql(f"CREATE TABLE {table} ({columns.format(binary='BYTEA' if store == 'postgresql' else 'BLOB')})")
            )
        if damage == "wrong types":
            server.execute(sql(f"INSERT INTO {table} VALUES ('x', '{SESSION}', 'no text', 'yesterday')"))
        if damage == "empty row":
            server.execute(sql(f"INSERT INTO {table} VALUES (NULL, '{SESSION}', NULL, NULL)"))
    app = open_lesson("databases", visitor, store=store)
    (told,) = alerts(app)
    assert kept.schema_name in told
    assert "Error" not in told
    assert "Undefined" not in told
    assert "start the lesson over" in told
    start_over(app, "start-over-1")
    assert alerts(app) == []
    say(app, "My name is Bob")
    assert alerts(app) == []
    assert len(kept.page(SESSION).rows) == 2


def test_a_table_that_is_changed_while_the_app_runs_can_still_be_read(provider: Provider):
    """psycopg prepares a statement that was used five times, and then that statement failed on its connection for good."""
    visitor = new_visitor()
    turn(visitor, "databases", "postgresql", provider)
    kept = open_desk(visitor, "databases").store("postgresql")
    assert isinstance(kept, DatabaseServerStore)
    for _ in range(10):
        kept.page(SESSION)
    with kept.server.writer().begin() as server:
        server.execute(sql(f"ALTER TABLE {kept.schema_name}.agent_messages ALTER COLUMN id TYPE bigint"))
    assert len(kept.page(SESSION).rows) == 2
