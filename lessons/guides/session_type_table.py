"""The table of all session types: a cell for each type and column, with its source."""

from lessons.guides.cell import (
    INNER,
    YOURS,
    Cell,
    Column,
    Follows,
    Read,
    TriedOnServers,
    column,
    read,
    tried,
    tried_since,
)

SQLITE = "memory/sqlite_session.py"
ASYNC_SQLITE = "extensions/memory/async_sqlite_session.py"
ADVANCED = "extensions/memory/advanced_sqlite_session.py"
SQLALCHEMY = "extensions/memory/sqlalchemy_session.py"
REDIS = "extensions/memory/redis_session.py"
MONGODB = "extensions/memory/mongodb_session.py"
DAPR = "extensions/memory/dapr_session.py"
CONVERSATIONS = "memory/openai_conversations_session.py"
COMPACTION = "memory/openai_responses_compaction_session.py"
PROTOCOL = "memory/session.py"
LAZY = "extensions/memory/__init__.py"
PYMONGO_CLIENT = "asynchronous/mongo_client.py"

ANY_LOOP = "any"
ONE_LOOP = "one only"

SET_UP, PRODUCTION, FEATURES = "Setting up", "Production and scale", "What it can do"
GROUPS = (SET_UP, PRODUCTION, FEATURES)

COLUMNS = (
    column(
        "Import",
        SET_UP,
        "Where the class is imported from.",
        tried(
            "agents",
            "agents.extensions.memory",
            "agents.extensions.memory",
            "agents.extensions.memory",
            "agents.extensions.memory",
            "agents.extensions.memory",
            "agents.extensions.memory",
            "agents",
            "agents.extensions.memory",
            "agents",
            "your own module",
        ),
    ),
    column(
        "Install",
        SET_UP,
        "What is installed in addition to openai-agents.",
        [
            read("nothing", SQLITE, "import sqlite3"),
            read("aiosqlite", ASYNC_SQLITE, "import aiosqlite"),
            read("[sqlalchemy], and a driver", LAZY, '("sqlalchemy", "sqlalchemy")'),
            read("nothing", ADVANCED, "import sqlite3"),
            read("[redis]", REDIS, 'extra_name="redis"'),
            read("[mongodb]", MONGODB, 'extra_name="mongodb"'),
            read("[dapr]", DAPR, 'extra_name="dapr"'),
            read("nothing", CONVERSATIONS, "from openai import AsyncOpenAI"),
            read("[encrypt]", LAZY, '("cryptography", "encrypt")'),
            read("nothing", COMPACTION, "from openai import AsyncOpenAI"),
            read("what your storage needs", PROTOCOL, "class Session(Protocol)"),
        ],
    ),
    column(
        "Database",
        SET_UP,
        "What keeps the rows.",
        [
            read("SQLite", SQLITE, "sqlite3.connect("),
            read("SQLite", ASYNC_SQLITE, "aiosqlite.connect("),
            Cell(
                "PostgreSQL, MySQL, MariaDB, SQLite",
                TriedOnServers(
                    "PostgreSQL, MariaDB or MySQL, and SQLite", "On MariaDB and MySQL the tables are made beforehand."
                ),
            ),
            read("SQLite", ADVANCED, "class AdvancedSQLiteSession(SQLiteSession)"),
            read("Redis", REDIS, "redis.from_url(url"),
            read("MongoDB", MONGODB, "AsyncMongoClient(uri"),
            read("what Dapr is set up with", DAPR, "store_name=self._state_store_name"),
            read("OpenAI's service", CONVERSATIONS, "conversations.create(items=[])"),
            *tried(INNER, INNER),
            read("yours", PROTOCOL, "class Session(Protocol)"),
        ],
    ),
    column(
        "Tables",
        SET_UP,
        "What has to be made before the first call.",
        tried(
            "made by itself",
            "made by itself",
            "create_tables=True, or the first call fails",
            "create_tables=True, or the constructor fails",
            "made by itself",
            "made by itself",
            "made by itself",
            "made by itself",
            INNER,
            INNER,
            YOURS,
        ),
    ),
    column(
        "Closing",
        SET_UP,
        "How its connections are given back.",
        tried(
            "close(), without await",
            "await close()",
            "no close(): await engine.dispose()",
            "close(), without await",
            "await close()",
            "await close()",
            "await close()",
            "nothing to close",
            INNER,
            "no close(): close the session inside",
            YOURS,
        ),
    ),
    column(
        "Good for",
        PRODUCTION,
        "What the other columns amount to.",
        [
            Cell("one machine; tests", Follows(("Several processes", "Event loops"))),
            Cell("one async program", Follows(("Several processes", "Event loops"))),
            Cell("production, many machines", Follows(("Several processes", "Database"))),
            Cell("one machine; looking into turns", Follows(("Several processes", "Branching", "Analytics"))),
            Cell("production, many machines, short-lived chats", Follows(("Several processes", "Expiry"))),
            Cell("production, where MongoDB runs", Follows(("Several processes", "Database"))),
            Cell("production, where Dapr runs; short sessions", Follows(("Several processes", "One item more writes"))),
            Cell("without your own storage", Follows(("Database", "Several processes"))),
            Cell("what must stay unreadable", Follows(("Encryption",))),
            Cell("very long conversations with OpenAI", Follows(("Database",))),
            Cell("storage that the SDK does not know", Follows(("Database",))),
        ],
    ),
    column(
        "Several processes",
        PRODUCTION,
        "Whether another process reads what one has stored.",
        [
            *tried("one machine, with a file", "one machine, with a file"),
            read("any machine that reaches the server", SQLALCHEMY, "create_async_engine(url"),
            *tried("one machine, with a file"),
            read("any machine that reaches the server", REDIS, "redis.from_url(url"),
            read("any machine that reaches the server", MONGODB, "safe across multiple writers and processes"),
            read("any, one write at a time", DAPR, "concurrency=Concurrency.first_write"),
            *tried("any that have the key", INNER, INNER, YOURS),
        ],
    ),
    column(
        "Event loops",
        PRODUCTION,
        "Whether one session can be used on several event loops, as asyncio.run() makes them.",
        [
            *tried(ANY_LOOP, ONE_LOOP),
            Cell(
                "SQLite: any; asyncpg: one only",
                TriedOnServers(
                    "PostgreSQL and SQLite",
                    "With asyncpg the second asyncio.run() raises 'attached to a different loop'; "
                    "with engine_kwargs={'poolclass': NullPool} it does not.",
                ),
            ),
            *tried(ANY_LOOP),
            Cell(ONE_LOOP, TriedOnServers("Redis", "Every second asyncio.run() raises 'Event loop is closed'.")),
            Cell(ONE_LOOP, Read(PYMONGO_CLIENT, "Cannot use AsyncMongoClient in different event loop", "pymongo")),
            read(ONE_LOOP, DAPR, "self._lock = asyncio.Lock()"),
            *tried(ONE_LOOP, INNER),
            read(ONE_LOOP, COMPACTION, "self._mutation_lock = asyncio.Lock()"),
            *tried(YOURS),
        ],
    ),
    column(
        "One item more writes",
        PRODUCTION,
        "What an add writes when a thousand items are stored already.",
        [
            *tried(*["one row"] * 4),
            *tried("one element of a list"),
            *tried("one document"),
            *tried("the whole list again"),
            *tried("one item"),
            *tried(INNER, INNER, YOURS),
        ],
    ),
    column(
        "A batch with a bad item",
        PRODUCTION,
        "What add_items stores when the second of two items cannot be written as JSON.",
        [
            *tried(*["nothing"] * 7),
            tried_since((0, 24), "what came before, above 20 items", before="nothing"),
            *tried("both, the bad one as text", INNER, YOURS),
        ],
    ),
    column(
        "Encryption",
        FEATURES,
        "What is read in the storage without the session.",
        [
            *tried(*["none: plain text"] * 7),
            *tried("only OpenAI's"),
            *tried("each item: AES-128 and HMAC"),
            *tried(INNER, YOURS),
        ],
    ),
    column(
        "Expiry",
        FEATURES,
        "Whether rows go by themselves.",
        [
            *tried(*["none"] * 4),
            *tried("ttl: deleted, counted from the last add"),
            *tried("none"),
            *tried("ttl: handed to the state store"),
            *tried("none"),
            *tried("ttl: hidden, not deleted"),
            *tried(INNER, YOURS),
        ],
    ),
    column(
        "Branching",
        FEATURES,
        "Whether a conversation can also continue from an earlier turn.",
        tried("no", "no", "no", "yes", "no", "no", "no", "no", "no", "no", YOURS),
    ),
    column(
        "Analytics",
        FEATURES,
        "Whether it keeps the tokens of each turn.",
        tried("no", "no", "no", "yes, if you call store_run_usage", "no", "no", "no", "no", "no", "no", YOURS),
    ),
    column(
        "limit=-1",
        FEATURES,
        "What get_items(-1) returns of three items. The limit of N items is the same everywhere.",
        [
            *tried("all", "all"),
            Cell(
                "SQLite: all; PostgreSQL: an error",
                TriedOnServers(
                    "PostgreSQL and SQLite", "On PostgreSQL it raises DBAPIError: LIMIT must not be negative."
                ),
            ),
            *tried("all", "none", "none", "none", "one", INNER, INNER, YOURS),
        ],
    ),
    column(
        "Order",
        FEATURES,
        "What the rows are sorted by.",
        [
            read("id", SQLITE, "ORDER BY id ASC"),
            read("id", ASYNC_SQLITE, "ORDER BY id ASC"),
            *tried("created_at, then id"),
            read("sequence_number", ADVANCED, "ORDER BY s.sequence_number ASC"),
            read("place in the list", REDIS, "rpush(self._messages_key"),
            read("seq", MONGODB, '.sort("seq", 1)'),
            read("place in the list", DAPR, "existing_messages + serialized_items"),
            read("as OpenAI sorts", CONVERSATIONS, 'order="asc"'),
            *tried(INNER, INNER, YOURS),
        ],
    ),
    column(
        "Lists its sessions",
        FEATURES,
        "Whether it tells which session ids there are.",
        tried(*["no"] * 10, YOURS),
    ),
)


def columns_of(group: str) -> list[Column]:
    return [one for one in COLUMNS if one.group == group]
