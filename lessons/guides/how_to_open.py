"""How a session of each type is opened. The source of these functions is shown, and the tests call them.

They import the SDK inside, so that this file can be read without it.
"""


def in_memory(session_id):
    from agents import SQLiteSession

    return SQLiteSession(session_id)


def in_a_file(session_id, path):
    from agents import SQLiteSession

    return SQLiteSession(session_id, path)


def in_a_file_async(session_id, path):
    from agents.extensions.memory import AsyncSQLiteSession

    return AsyncSQLiteSession(session_id, path)


def with_turns_and_branches(session_id, path):
    from agents.extensions.memory import AdvancedSQLiteSession

    # every argument by its name; a new file, not one of SQLiteSession
    return AdvancedSQLiteSession(
        session_id=session_id,
        db_path=path,
        create_tables=True,
    )


def in_a_database(session_id, url):
    from agents.extensions.memory import SQLAlchemySession

    # url: postgresql+asyncpg://user:password@host/database
    return SQLAlchemySession.from_url(
        session_id,
        url=url,
        create_tables=True,
    )


def in_mysql(session_id, url):
    from agents.extensions.memory import SQLAlchemySession

    # url: mysql+aiomysql://user:password@host/database
    # the tables are made beforehand, by your migration
    return SQLAlchemySession.from_url(session_id, url=url)


def in_redis(session_id, url):
    from agents.extensions.memory import RedisSession

    # url: redis://host:6379/0; ttl in seconds, starts again with each add
    month = 30 * 24 * 3600
    return RedisSession.from_url(session_id, url=url, ttl=month)


def in_mongodb(session_id, uri):
    from agents.extensions.memory import MongoDBSession

    # uri: mongodb://host:27017
    return MongoDBSession.from_uri(
        session_id,
        uri=uri,
        database="agents",
    )


def in_dapr(session_id, state_store, address):
    from agents.extensions.memory import DaprSession

    # address of the sidecar: localhost:50001
    return DaprSession.from_address(
        session_id,
        state_store_name=state_store,
        dapr_address=address,
    )


def at_openai(conversation_id=None):
    from agents import OpenAIConversationsSession

    # OPENAI_API_KEY must be set; None begins a new conversation
    return OpenAIConversationsSession(conversation_id=conversation_id)


def encrypted(session, key):
    from agents.extensions.memory import EncryptedSession

    # key: a str, the same in every process; the default ttl hides
    # items older than ten minutes
    ten_years = 10 * 365 * 24 * 3600
    return EncryptedSession(
        session.session_id,
        underlying_session=session,
        encryption_key=key,
        ttl=ten_years,
    )


def compacted(session):
    from agents import OpenAIResponsesCompactionSession

    # "input" sends the items; the default, "auto", sends only the id
    # of a stored response, and all rows become what OpenAI returns
    return OpenAIResponsesCompactionSession(
        session.session_id,
        underlying_session=session,
        compaction_mode="input",
    )


class YourSession:
    """Four async methods and two attributes; no base class."""

    def __init__(self, session_id, storage):
        self.session_id = session_id
        self.session_settings = None
        self.items = storage.setdefault(session_id, [])

    async def get_items(self, limit=None):
        if limit is None:
            return list(self.items)
        return self.items[-limit:] if limit > 0 else []

    async def add_items(self, items):
        self.items.extend(items)

    async def pop_item(self):
        return self.items.pop() if self.items else None

    async def clear_session(self):
        self.items.clear()
