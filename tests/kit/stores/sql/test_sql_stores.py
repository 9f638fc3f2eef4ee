"""SQLAlchemySession in every dialect: tables, order, isolation, custom tables, locks, the pool."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DataError

from lessons.kit.background import background
from lessons.kit.stores.registry import usable_kinds
from lessons.kit.stores.session_list import PAGE_SIZE
from lessons.kit.stores.sql import live_pool as pool_live
from lessons.kit.stores.sql import sqlite_store
from lessons.kit.stores.sql.dialects import dialects
from lessons.kit.stores.sql.server_store import DatabaseServerStore
from lessons.kit.stores.sql.sqlite_store import SQLAlchemySQLiteStore
from tests.support.stores import opened_store
from tests.support.turns import do, stored, tell, user

KINDS = [name for name in ("sqlalchemy_sqlite", "postgresql", "mysql") if name in usable_kinds()]
SERVERS = [name for name in KINDS if name != "sqlalchemy_sqlite"]
run = background().run


@pytest.fixture(params=KINDS)
def store(request, tmp_path):
    with opened_store(request.param, tmp_path / "one") as opened:
        yield opened


@pytest.fixture(params=SERVERS)
def server_store(request, tmp_path):
    with opened_store(request.param, tmp_path / "one") as opened:
        yield opened


def words(page):
    return [row.data.partition('"content":"')[2].removesuffix('"}') for row in page.rows]


def test_ids_that_differ_in_case_are_two_sessions(store):
    run(store.open_session("Alice").add_items([user("mine")]))
    run(store.open_session("alice").add_items([user("yours")]))
    assert words(store.page("Alice")) == ["mine"]
    assert run(store.open_session("alice").get_items()) == [user("yours")]


def test_two_visitors_on_one_server_share_nothing_and_one_can_be_erased(server_store, tmp_path):
    other = usable_kinds()[server_store.name].open(tmp_path / "other")
    for one in (server_store, other):
        run(one.open_session("alice").add_items([user("hello")]))
    assert server_store.page("alice").total == 1
    other.erase()
    assert other.page("alice").rows == ()
    assert words(server_store.page("alice")) == ["hello"]


def test_rows_are_read_in_the_order_of_the_sdk(server_store):
    """created_at first: with several writers a higher id can be the older row."""
    session = server_store.open_session("alice")
    for number in range(5):
        run(session.add_items([user(str(number))]))
    earlier = "created_at - INTERVAL '1 day'" if server_store.medium == "PostgreSQL" else "created_at - INTERVAL 1 DAY"
    with server_store.server.writer().begin() as connection:
        table = f"{server_store.schema_name}.agent_messages"
        connection.execute(text(f"UPDATE {table} SET created_at = {earlier} WHERE id = 5"))
    order = ["4", "0", "1", "2", "3"]
    assert [item["content"] for item in run(session.get_items())] == order
    page = server_store.page("alice")
    assert words(page) == order
    newest = server_store.page("alice", limit=2)
    assert (words(newest), newest.has_older, newest.has_newer) == (["2", "3"], True, False)
    older = server_store.page("alice", before=newest.rows[0].key, limit=2)
    assert words(older) == ["0", "1"]
    assert words(server_store.page("alice", before=older.rows[0].key)) == ["4"]
    assert words(server_store.page("alice", after=5, limit=2)) == ["0", "1"]


def test_the_list_of_sessions_takes_as_many_statements_for_twenty_as_for_one(server_store):
    """Each statement is a round trip to the server."""
    sent = []

    def note(_connection, _cursor, statement, *_more):
        sent.append(statement)

    def listed():
        sent.clear()
        return {(one.session_id, one.first_line, one.items) for one in server_store.sessions().sessions}

    run(server_store.open_session("chat 0").add_items([user("hello 0"), user("more")]))
    event.listen(server_store.server.reader(), "before_cursor_execute", note)
    try:
        assert listed() == {("chat 0", "hello 0", 2)}
        for_one = len(sent)
        for number in range(1, 20):
            run(server_store.open_session(f"chat {number}").add_items([user(f"hello {number}")]))
        newest = range(20 - PAGE_SIZE, 20)
        assert listed() == {(f"chat {number}", f"hello {number}", 1) for number in newest}
        assert len(sent) == for_one
    finally:
        event.remove(server_store.server.reader(), "before_cursor_execute", note)


def test_a_look_cannot_write(server_store):
    run(server_store.open_session("alice").add_items([user("kept")]))
    with (
        pytest.raises(Exception, match=r"(?i)read.only"),
        server_store.server.reader().connect() as connection,
    ):
        connection.execute(text(f"DELETE FROM {server_store.schema_name}.agent_messages"))
    assert words(server_store.page("alice")) == ["kept"]


def test_rows_of_one_batch_share_their_time_on_a_server(server_store):
    session = server_store.open_session("alice")
    run(session.add_items([user("a"), user("b")]))
    run(session.add_items([user("c"), user("d")]))
    times = [row.created_at for row in server_store.page("alice").rows]
    assert times[0] == times[1] < times[2] == times[3]


def test_custom_tables_come_back_exactly_or_go_again(store, tmp_path):
    own = {"sessions_table": "chat_sessions", "messages_table": "chat_messages"}
    for name in ("before", "with"):
        (tmp_path / name).mkdir()
    run(store.open_session("alice").add_items([user("plain")]))
    store.save_to(tmp_path / "before")
    run(store.open_session("support", **own).add_items([user("own")]))
    store.save_to(tmp_path / "with")
    assert "chat_messages" in store.schema()
    pictured = store.picture("support")
    run(store.open_session("support", **own).clear_session())
    store.restore_from(tmp_path / "with")
    assert store.picture("support") == pictured
    store.restore_from(tmp_path / "before")
    assert "chat_messages" not in store.schema()
    run(store.open_session("support", **own).add_items([user("again")]))  # the tables are made again
    assert run(store.open_session("support", **own).get_items()) == [user("again")]


@pytest.mark.matrix
def test_a_locked_file_is_given_up_after_the_busy_timeout(desk, provider, monkeypatch):
    monkeypatch.setattr(sqlite_store, "BUSY_MILLISECONDS", 20)
    assert do(desk, provider, tell, store="sqlalchemy_sqlite").problem is None
    with closing(sqlite3.connect(desk.store("sqlalchemy_sqlite").path)) as other:
        other.execute("BEGIN IMMEDIATE")
        record = do(desk, provider, tell, store="sqlalchemy_sqlite")
    assert "locked" in record.problem.what
    assert "INSERT" not in record.problem.what
    assert len(stored(desk, "sqlalchemy_sqlite")) == 2


def test_an_async_session_is_closed_also_from_the_loop_that_it_belongs_to(tmp_path):
    store = usable_kinds()["async_sqlite"].open(tmp_path)
    session = store.open_session("alice")

    async def add_and_close():
        await session.add_items([user("hello")])
        store.close()
        for _ in range(100):
            await asyncio.sleep(0.01)
            try:
                await session.get_items()
            except RuntimeError as error:
                return str(error)
        return "still open"

    assert "closed" in run(add_and_close())
    assert store.page("alice").total == 1


def test_sessions_share_one_engine_and_engine_kwargs_make_another(store):
    one, other = store.open_session("alice"), store.open_session("bob")
    small = store.open_session("alice", engine_kwargs={"pool_size": 1, "max_overflow": 0, "pool_timeout": 5})
    given = store.open_session("carol", engine=small.engine)
    assert one.engine is other.engine
    assert small.engine is not one.engine
    assert small.engine.pool.size() == 1
    assert given.engine is small.engine


@pytest.mark.parametrize("kind", KINDS)
def test_ten_runs_end_on_a_pool_of_one(kind):
    live = pool_live.start(kind, pool_size=1, max_overflow=0)
    live._ended.result(60)
    use = live.use()
    assert live.problem is None
    assert (use.done, use.highest, use.opened, use.in_use) == (10, 1, 1, 0)
    assert use.calls >= 30


@pytest.mark.parametrize("kind", KINDS)
def test_the_tables_of_ten_runs_are_deleted(kind, monkeypatch):
    found = []
    for place in (SQLAlchemySQLiteStore, DatabaseServerStore):

        def watched(store, erase=place.erase):
            found.append(store.page("guest_0").total)
            erase(store)
            found.append(store.page("guest_0").total)

        monkeypatch.setattr(place, "erase", watched)
    pool_live.start(kind, pool_size=2, max_overflow=0)._ended.result(60)
    assert found == [2, 0]


@pytest.mark.skipif("mysql" not in KINDS, reason="no MySQL or MariaDB")
def test_a_text_column_of_mysql_holds_65_535_bytes(tmp_path):
    async def insert(engine, characters):
        async with engine.begin() as connection:
            await connection.execute(text("DROP TEMPORARY TABLE IF EXISTS test.narrow"))
            await connection.execute(text("CREATE TEMPORARY TABLE test.narrow (held TEXT)"))
            for words in ("fits", "x" * characters):
                await connection.execute(text("INSERT INTO test.narrow VALUES (:words)"), {"words": words})

    with opened_store("mysql", tmp_path) as store:
        engine = store.open_session("alice").engine
        run(insert(engine, 65_535))
        with pytest.raises(DataError, match="Data too long"):
            run(insert(engine, 65_536))


@pytest.mark.skipif("mysql" not in KINDS, reason="no MySQL or MariaDB")
def test_the_usual_collation_of_mysql_takes_two_ids_that_differ_in_case_for_one(tmp_path):
    async def found(engine):
        async with engine.begin() as connection:
            usual = (
                await connection.execute(
                    text(
                        "SELECT default_collate_name FROM information_schema.character_sets"
                        " WHERE character_set_name = 'utf8mb4'"
                    )
                )
            ).scalar()
            asked = "SELECT CONVERT('Alice' USING utf8mb4) COLLATE {0} = CONVERT('alice' USING utf8mb4) COLLATE {0}"
            return [(await connection.execute(text(asked.format(one)))).scalar() for one in (usual, "utf8mb4_bin")]

    with opened_store("mysql", tmp_path) as store:
        assert run(found(store.open_session("alice").engine)) == [1, 0]


def test_mysql_alone_refuses_the_definition_of_the_sdk():
    sqlite, postgresql, mysql = dialects()
    assert (sqlite.fault, postgresql.fault) == ("", "")
    assert "VARCHAR requires a length" in mysql.fault
    assert "LONGTEXT" in mysql.statements


def test_tables_that_are_made_while_a_page_looks_are_not_called_lost(server_store, monkeypatch):
    look, failed = server_store._do, []

    def made_after_the_first_table(engine, work):
        try:
            return look(engine, work)
        except Exception:
            failed.append(work)
            if len(failed) == 2:  # the page found no table, and the look for the first table neither
                run(server_store.open_session("alice").add_items([user("hello")]))
            raise

    monkeypatch.setattr(server_store, "_do", made_after_the_first_table)
    assert words(server_store.page("alice")) == []
    assert len(failed) == 2
    assert words(server_store.page("alice")) == ["hello"]
