"""next_run changes nothing on a server.

The counters of PostgreSQL, the checksums of MySQL, the bytes and the end of each key of Redis, and the HTTP log show it.
"""

import asyncio
import os
from uuid import uuid4

import pytest
from agents import OpenAIConversationsSession
from agents.extensions.memory import RedisSession, SQLAlchemySession

from lessons.kit.ledger import next_run
from lessons.kit.stores.hosted.accounts import emulated_client
from lessons.kit.stores.hosted.emulation.conversations import Conversations
from lessons.kit.stores.hosted.emulation.service import EmulatedService
from tests.support.scripted import assistant, make_agent, user

PAIR = [user("I am Ann"), assistant("Hello Ann")]
NAME = f"next_run_{uuid4().hex[:12]}"
MYSQL_TABLES = (
    f"CREATE TABLE {NAME}_s (session_id VARCHAR(255) PRIMARY KEY, created_at TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6), "
    "updated_at TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6))",
    f"CREATE TABLE {NAME}_m (id INT AUTO_INCREMENT PRIMARY KEY, session_id VARCHAR(255), message_data LONGTEXT, "
    "created_at TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6))",
)
COUNTERS = {
    # Of these tables alone: other tests use the server at the same time.
    "POSTGRES_URL": f"SELECT sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del) FROM pg_stat_user_tables "
    f"WHERE relname IN ('{NAME}_m', '{NAME}_s')",
    "MYSQL_URL": f"CHECKSUM TABLE {NAME}_m, {NAME}_s",
}
DRIVERS = {"POSTGRES_URL": "postgresql+asyncpg", "MYSQL_URL": "mysql+aiomysql"}


@pytest.mark.servers
@pytest.mark.parametrize("variable", sorted(DRIVERS))
def test_a_database_server_has_counted_no_write(variable):
    if not os.environ.get(variable):
        pytest.skip(f"{variable} names no server")

    from sqlalchemy import text
    from sqlalchemy.engine import make_url
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(make_url(os.environ[variable]).set(drivername=DRIVERS[variable]))
    is_mysql = variable == "MYSQL_URL"

    async def counted():
        async with engine.connect() as connection:
            if not is_mysql:
                await connection.execute(text("SELECT pg_stat_force_next_flush()"))
                await connection.commit()
            numbers = (await connection.execute(text(COUNTERS[variable]))).all()
            rows = (await connection.execute(text(f"SELECT * FROM {NAME}_m ORDER BY id"))).all()
            return [tuple(row) for row in numbers], [tuple(row) for row in rows]

    async def run():
        session = SQLAlchemySession(
            "chat",
            engine=engine,
            create_tables=not is_mysql,
            sessions_table=f"{NAME}_s",
            messages_table=f"{NAME}_m",
        )
        try:
            if is_mysql:
                async with engine.begin() as connection:
                    for statement in MYSQL_TABLES:
                        await connection.execute(text(statement))
            await session.add_items(PAIR)
            before = await counted()
            ledger = await next_run(session, "Hi", agent=make_agent())
            assert await counted() == before
            assert [line.row.key if line.row else None for line in ledger.lines] == [1, 2, None]
            assert [line.sent for line in ledger.lines] == [(1,)] * 3
        finally:
            async with engine.begin() as connection:
                await connection.execute(text(f"DROP TABLE IF EXISTS {NAME}_m"))
                await connection.execute(text(f"DROP TABLE IF EXISTS {NAME}_s"))
            await engine.dispose()

    asyncio.run(run())


@pytest.mark.servers
def test_redis_has_the_same_bytes_and_the_same_end_of_each_key():
    if not os.environ.get("REDIS_URL"):
        pytest.skip("REDIS_URL names no server")

    async def run():
        session = RedisSession.from_url("chat", url=os.environ["REDIS_URL"], key_prefix=NAME, ttl=600)
        client = session._redis

        async def keys():
            names = sorted([name async for name in client.scan_iter(f"{NAME}:*")])
            return [(name, await client.dump(name), await client.pexpiretime(name)) for name in names]

        try:
            await session.add_items(PAIR)
            before = await keys()
            assert len(before) == 2
            assert all(end > 0 for _, _, end in before)
            ledger = await next_run(session, "Hi", agent=make_agent())
            assert await keys() == before
            assert [line.sent for line in ledger.lines] == [(1,)] * 3
        finally:
            await session.clear_session()
            await session.close()

    asyncio.run(run())


def test_a_service_is_asked_for_items_and_for_nothing_else(tmp_path):
    asked = []

    async def run():
        service = EmulatedService(Conversations(tmp_path))
        client = emulated_client(service, lambda request, answer: asked.append(request.method))
        session = OpenAIConversationsSession(openai_client=client)
        await session.add_items(PAIR)
        asked.clear()
        return await next_run(session, "Hi", agent=make_agent())

    ledger = asyncio.run(run())
    assert asked
    assert set(asked) == {"GET"}
    assert [line.sent for line in ledger.lines] == [(1,)] * 3
