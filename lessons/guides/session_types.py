"""The session types of the SDK, each with what it is for, what it needs and what to watch out for."""

from dataclasses import dataclass

from lessons.kit.sdk_version import since

OWN = "Your own class"


@dataclass(frozen=True)
class SessionType:
    """One type. `why` ends the sentence "Take it because …".

    `extras` are those of openai-agents, `packages` are installed next to it, `server` runs next to the program, and `variables`
    name what you must set to try it. `lesson` is the slug of the lesson that shows it. `schema` describes what it stores.
    """

    name: str
    short: str
    why: str
    watch: tuple[str, ...]
    extras: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    server: str = ""
    variables: tuple[str, ...] = ()
    lesson: str = ""
    schema: str = ""


MONGODB_SCHEMA = """\
agent_sessions   one document a session, unique index on session_id
  { session_id, created_at, updated_at, _seq, _generation }

agent_messages   one document for each add_items(), not for each item
  { session_id, seq, generation, message_data: ["{json}", "{json}", ...] }
  index on (session_id, generation, seq); seq is that of the last item"""

DAPR_SCHEMA = """\
SESSION_ID:messages   one value: a JSON list of all items, each a string of JSON
  ["{json}", "{json}", ...]

SESSION_ID:metadata   one value
  { session_id, created_at, updated_at }   seconds since 1970, as strings"""

TYPES = (
    SessionType(
        "SQLiteSession",
        "two tables in a file, or in memory",
        "it needs only Python, and one file holds any number of sessions",
        (
            "Without a path the rows are in memory, and gone when the program ends.",
            "A file belongs to one machine. SQLite's documentation advises against a network drive.",
            "A second program that writes waits at most five seconds. Then its run fails with 'database is locked'.",
        ),
        lesson="basic",
    ),
    SessionType(
        "AsyncSQLiteSession",
        "the same two tables, through aiosqlite",
        "it makes the same tables as SQLiteSession, and works in a separate thread for each session",
        (
            "No extra of the SDK installs aiosqlite: install it yourself.",
            "Use it on one event loop. After two calls at once on one loop, another loop raises or hangs.",
            "Call await session.close(), or the program can end with a traceback.",
        ),
        packages=("aiosqlite",),
        lesson="databases",
    ),
    SessionType(
        "SQLAlchemySession",
        "two tables in PostgreSQL, MySQL, SQLite",
        "your rows go into the database that you run and back up already, and any number of machines can use them",
        (
            "The engine must be async: postgresql+asyncpg, mysql+aiomysql, sqlite+aiosqlite.",
            "create_tables is False unless you set it, and without tables the first call fails: no such table.",
            "It has no close(): await session.engine.dispose(). With asyncpg, stay on one event loop.",
            "Behind PgBouncer in transaction mode, asyncpg raises: prepared statement already exists. Give create_async_engine "
            'connect_args={"statement_cache_size": 0}.',
        ),
        extras=("sqlalchemy",),
        server="a database server, or a SQLite file with aiosqlite",
        lesson="databases",
    ),
    SessionType(
        "AdvancedSQLiteSession",
        "SQLite with turns, branches and token counts",
        "it knows turns, branches and the tokens of each turn, in the file itself",
        (
            "Every argument is given by name. Without create_tables=True the constructor raises, unless the file has the "
            "tables.",
            "Do not open a file of SQLiteSession with it: the old rows are invisible, and after an add one pop_item() "
            "deletes them all.",
            "Tokens are stored only if you await session.store_run_usage(result) after each run.",
            "EncryptedSession and compaction around it lose turns, branches and token counts.",
        ),
        lesson="analytics",
    ),
    SessionType(
        "RedisSession",
        "a list in Redis that can expire",
        "many machines share it, each step is quick, and ttl deletes sessions that nobody has added to for a while",
        (
            "Redis keeps rows in memory: whether they survive its restart is a setting of Redis.",
            "ttl starts again with each add; reading does not extend it.",
            "Use it on one event loop: a session that you keep fails in every second asyncio.run().",
            "It needs a server that is not a Redis Cluster: on a cluster its first add raises.",
        ),
        extras=("redis",),
        server="Redis",
        lesson="redis",
    ),
    SessionType(
        "MongoDBSession",
        "one document for each batch in MongoDB",
        "your rows go into the MongoDB that you run already",
        (
            "One document holds a whole batch, and MongoDB's documentation allows a document 16 MB: nothing of a larger "
            "batch is stored.",
            "pop_item() shortens the list inside a document: a document can hold several messages.",
            "The client belongs to one event loop. The class does not have a ttl.",
            "It is not tested on a real server here. What this page says comes from the SDK's source and from tests on a "
            "stand-in.",
        ),
        extras=("mongodb",),
        server="MongoDB",
        variables=("MONGODB_URI",),
        schema=MONGODB_SCHEMA,
    ),
    SessionType(
        "DaprSession",
        "one value in a Dapr state store",
        "your services run with Dapr, and you can change the state store without changing code",
        (
            "Every add reads and writes the whole list: long sessions get slower with each message.",
            "If two programs write at once, the second one tries up to five times. Then it raises an error.",
            "The state store decides whether ttl works, and whether consistency='strong' is kept.",
            "It is not tested on a real sidecar here. What this page says comes from the SDK's source and from tests on a "
            "stand-in.",
        ),
        extras=("dapr",),
        server="a Dapr sidecar with a state store",
        variables=("DAPR_STATE_STORE",),
        schema=DAPR_SCHEMA,
    ),
    SessionType(
        "OpenAIConversationsSession",
        "a conversation that OpenAI keeps",
        "OpenAI stores the items, so you do not need your own storage",
        (
            "Every read and write is a request over the network, and needs your key.",
            "Store the conversation's id yourself: nothing lists conversations.",
            since(
                (0, 24),
                "More than twenty items in one add are several requests, and a failure can leave a part of them.",
                before="One add is one request, and OpenAI takes at most twenty items in it. The class splits longer lists "
                "since 0.24.",
            ),
        ),
        server="OpenAI, with OPENAI_API_KEY",
        lesson="hosted",
    ),
    SessionType(
        "EncryptedSession",
        "a wrapper: items are stored encrypted",
        "anyone who reads the storage without the key cannot read what was said",
        (
            "With a wrong key get_items() returns an empty list and no error.",
            since(
                (0, 23),
                "With a wrong key pop_item() deletes the whole session. Only SQLiteSession directly inside prevents that: a "
                "row that no longer fits the key then blocks every pop.",
                before="With a wrong key pop_item() deletes the whole session. SQLiteSession prevents that since 0.23.",
            ),
            "ttl is 600 seconds unless you set it. Reading hides expired items; a pop or a compaction deletes them. Ids, sizes "
            "and times stay readable.",
        ),
        extras=("encrypt",),
        lesson="encrypted",
    ),
    SessionType(
        "OpenAIResponsesCompactionSession",
        "a wrapper: OpenAI shortens long histories",
        "when a conversation grows, OpenAI compacts the old items and the rows are replaced by the result",
        (
            "It is only for models of the Responses API. A Chat Completions model never starts it, and a run that sends it the "
            "compacted item raises UserError.",
            'It deletes rows: what was compacted cannot be read back. With compaction_mode="auto", the default, all rows '
            'become what OpenAI returns for the response id; "input" sends the items.',
            since(
                (0, 23),
                "Inside an EncryptedSession with ttl=None a run raises TypeError after its rows are stored.",
                before="Since 0.23 a run raises TypeError inside an EncryptedSession with ttl=None.",
            ),
            "Do not put it around AdvancedSQLiteSession, which loses its branches, or around OpenAIConversationsSession, "
            "which it refuses.",
        ),
        server="OpenAI, with OPENAI_API_KEY",
        lesson="long_conversations",
    ),
    SessionType(
        OWN,
        "four async methods",
        "the SDK does not have a class for your storage, and it needs only four methods",
        (
            "Do not use Session as its base class: a method that you forget returns None, without an error. With SessionABC, "
            "making an object raises TypeError.",
            "Name the parameter limit: the runner passes it by name.",
            "Check it: python -m lessons contract package.module:make_session tries every rule of the protocol.",
        ),
        lesson="multi_session",
    ),
)

NAMES = tuple(one.name for one in TYPES)


_BY_NAME = {one.name: one for one in TYPES}


def session_type(name: str) -> SessionType:
    """Raises KeyError if the type does not exist."""
    return _BY_NAME[name]
