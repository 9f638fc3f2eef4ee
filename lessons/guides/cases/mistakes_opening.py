"""Common mistakes in opening a session, each next to the call that works. Found in public guides."""

from lessons.guides.cases.case import Case


def name_the_conversation():
    from agents import SQLiteSession

    return SQLiteSession(conversation_id="user_123").session_id


def name_the_session():
    from agents import SQLiteSession

    return SQLiteSession(session_id="user_123").session_id


def name_one_table(path):
    from agents import SQLiteSession

    return SQLiteSession("user_123", path, table_name="chat")


def name_both_tables(path):
    from agents import SQLiteSession

    session = SQLiteSession(
        "user_123",
        path,
        sessions_table="chat_sessions",
        messages_table="chat_messages",
    )
    session.close()
    return session.messages_table


def advanced_by_position():
    from agents.extensions.memory import AdvancedSQLiteSession

    return AdvancedSQLiteSession(
        "user_123",
        "analytics.db",
        create_tables=True,
    )


async def advanced_by_name(path):
    from agents.extensions.memory import AdvancedSQLiteSession

    session = AdvancedSQLiteSession(
        session_id="user_123",
        db_path=path,
        create_tables=True,
    )
    await session.add_items([{"role": "user", "content": "Hi"}])
    return f"{len(await session.get_items())} item"


def advanced_without_tables(path):
    from agents.extensions.memory import AdvancedSQLiteSession

    return AdvancedSQLiteSession(session_id="user_123", db_path=path)


async def sqlalchemy_without_tables(path):
    from agents.extensions.memory import SQLAlchemySession

    session = SQLAlchemySession.from_url(
        "user_123",
        url=f"sqlite+aiosqlite:///{path}",
    )
    try:
        return await session.get_items()
    finally:
        await session.engine.dispose()


async def sqlalchemy_with_tables(path):
    from agents.extensions.memory import SQLAlchemySession

    session = SQLAlchemySession.from_url(
        "user_123",
        url=f"sqlite+aiosqlite:///{path}",
        create_tables=True,
    )
    try:
        return await session.get_items()
    finally:
        await session.engine.dispose()


def engine_by_position():
    from agents.extensions.memory import SQLAlchemySession
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine("sqlite+aiosqlite://")
    return SQLAlchemySession("user_123", engine)


def sync_engine():
    from agents.extensions.memory import SQLAlchemySession
    from sqlalchemy import create_engine

    engine = create_engine("sqlite://")
    return SQLAlchemySession(
        "user_123",
        engine=engine,
        create_tables=True,
    )


async def async_engine_by_name():
    from agents.extensions.memory import SQLAlchemySession
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine("sqlite+aiosqlite://")
    session = SQLAlchemySession(
        "user_123",
        engine=engine,
        create_tables=True,
    )
    await session.add_items([{"role": "user", "content": "Hi"}])
    count = len(await session.get_items())
    await engine.dispose()
    return f"{count} item"


def mysql_without_a_driver():
    from sqlalchemy import create_engine

    return create_engine("mysql://user:password@host/chat")


def engine_with_an_async_driver():
    from sqlalchemy.ext.asyncio import create_async_engine

    # connects when it is first used; MySQL: mysql+aiomysql://
    engine = create_async_engine(
        "postgresql+asyncpg://user@host/chat",
        pool_size=10,
        max_overflow=20,
    )
    return engine.dialect.driver


def redis_by_address():
    from agents.extensions.memory import RedisSession

    return RedisSession(
        conversation_id="user_123",
        redis_url="redis://127.0.0.1:6379",
        ttl=3600,
    )


async def redis_from_url():
    from agents.extensions.memory import RedisSession

    # connects when it is first used
    session = RedisSession.from_url(
        "user_123",
        url="redis://127.0.0.1:6379",
        ttl=3600,
    )
    await session.close()
    return session.session_id


def encrypt_by_position():
    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    base = SQLiteSession("user_123")
    return EncryptedSession(base, encryption_key="secret", ttl=600)


async def encrypt_by_name():
    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    session = EncryptedSession(
        "user_123",
        underlying_session=SQLiteSession("user_123"),
        encryption_key="secret",
        ttl=600,
    )
    await session.add_items([{"role": "user", "content": "Hi"}])
    return await session.get_items()


def encrypt_without_a_key():
    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    key = None  # what os.environ.get() gives for a name that is not set
    return EncryptedSession("user_123", SQLiteSession("user_123"), key)


def encrypt_with_bytes():
    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    key = b"a secret that I made up"
    return EncryptedSession("user_123", SQLiteSession("user_123"), key)


async def encrypt_with_text():
    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession
    from cryptography.fernet import Fernet

    # make it once and keep it: another key reads nothing
    key = Fernet.generate_key().decode()
    base = SQLiteSession("user_123")
    session = EncryptedSession("user_123", base, key)
    await session.add_items([{"role": "user", "content": "Hi"}])
    return await session.get_items()


ONE_ITEM = "[{'role': 'user', 'content': 'Hi'}]"

MISTAKES = (
    Case(
        "conversation-id",
        "conversation_id instead of session_id",
        "Only OpenAIConversationsSession has a conversation_id.",
        name_the_conversation,
        "TypeError: SQLiteSession.__init__() got an unexpected keyword argument 'conversation_id'",
        name_the_session,
        "user_123",
    ),
    Case(
        "table-name",
        "One table_name",
        "There are two tables, and each has its own argument.",
        name_one_table,
        "TypeError: SQLiteSession.__init__() got an unexpected keyword argument 'table_name'",
        name_both_tables,
        "chat_messages",
    ),
    Case(
        "advanced-position",
        "AdvancedSQLiteSession by position",
        "All its arguments are given by name.",
        advanced_by_position,
        "TypeError: AdvancedSQLiteSession.__init__() takes 1 positional argument but 3 positional arguments "
        "(and 1 keyword-only argument) were given",
        advanced_by_name,
        "1 item",
        lesson="analytics",
    ),
    Case(
        "advanced-tables",
        "AdvancedSQLiteSession without its tables",
        "create_tables is False unless you set it, in memory too. A file that already has the tables opens without it.",
        advanced_without_tables,
        "ValueError: The `message_structure` table",
        advanced_by_name,
        "1 item",
        lesson="analytics",
        pasted="sqlite3.OperationalError no such table message_structure turn_usage",
    ),
    Case(
        "sqlalchemy-tables",
        "SQLAlchemySession without its tables",
        "create_tables is False unless you set it. In production, a migration makes them once.",
        sqlalchemy_without_tables,
        "OperationalError: (sqlite3.OperationalError) no such table: agent_messages",
        sqlalchemy_with_tables,
        "[]",
        lesson="databases",
    ),
    Case(
        "engine-position",
        "The engine by position",
        "After the session id everything is given by name.",
        engine_by_position,
        "TypeError: SQLAlchemySession.__init__() takes 2 positional arguments but 3 were given",
        async_engine_by_name,
        "1 item",
        lesson="databases",
    ),
    Case(
        "sync-engine",
        "An engine that is not async",
        "create_engine makes the wrong kind. With mysql:// it fails even earlier, because the driver is missing.",
        sync_engine,
        "AttributeError: 'Engine' object has no attribute 'sync_engine'",
        async_engine_by_name,
        "1 item",
        lesson="databases",
    ),
    Case(
        "driver",
        "A database address without an async driver",
        "mysql:// means mysqlclient, which is not async and not installed. Name the driver in the address.",
        mysql_without_a_driver,
        "ModuleNotFoundError: No module named 'MySQLdb'",
        engine_with_an_async_driver,
        "asyncpg",
        lesson="databases",
        pasted="No module named psycopg2 psycopg",
    ),
    Case(
        "redis-address",
        "RedisSession with an address",
        "The constructor takes session_id and a client; from_url takes the address.",
        redis_by_address,
        "TypeError: RedisSession.__init__() got an unexpected keyword argument 'conversation_id'",
        redis_from_url,
        "user_123",
        lesson="redis",
        pasted="redis_url",
    ),
    Case(
        "encrypted-position",
        "EncryptedSession without an id",
        "The session id comes first, and is part of the key. Give both sessions the same id.",
        encrypt_by_position,
        "TypeError: EncryptedSession.__init__() missing 1 required positional argument: 'underlying_session'",
        encrypt_by_name,
        ONE_ITEM,
        lesson="encrypted",
    ),
    Case(
        "no-key",
        "A key that is not set",
        "An unset variable is None. None and an empty text are refused; any other text is accepted, however short.",
        encrypt_without_a_key,
        "ValueError: encryption_key not set; required for EncryptedSession.",
        encrypt_with_text,
        ONE_ITEM,
        lesson="encrypted",
    ),
    Case(
        "key-bytes",
        "A key of bytes",
        "The key must be a text. The bytes of Fernet.generate_key() happen to work, other bytes do not. decode() makes bytes a "
        "text.",
        encrypt_with_bytes,
        "AttributeError: 'bytes' object has no attribute 'encode'",
        encrypt_with_text,
        ONE_ITEM,
        lesson="encrypted",
    ),
)
