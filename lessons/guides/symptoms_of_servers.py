"""What people paste from servers and services, for a case, a step or a session type that does not have these words itself."""

SYMPTOMS_OF_SERVERS: dict[str, tuple[str, ...]] = {
    "no-server": (
        "sqlalchemy.exc.DBAPIError: (sqlalchemy.dialects.postgresql.asyncpg.Error) role does not exist",
        "asyncpg.exceptions.InvalidAuthorizationSpecificationError: role does not exist",
        "asyncpg.exceptions.InvalidCatalogNameError: database does not exist",
        "(1049, Unknown database)",
        "ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 5432)",
        "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.",
        "redis.exceptions.AuthenticationError: Authentication required.",
        "redis.exceptions.AuthenticationError: invalid username-password pair or user is disabled.",
        "asyncpg.exceptions.InvalidPasswordError: password authentication failed for user",
        "sqlalchemy.exc.OperationalError: (1045, Access denied for user using password: YES)",
        "socket.gaierror: [Errno -2] Name or service not known",
        "pymysql.err.OperationalError: (2006, MySQL server has gone away)",
        "pymysql.err.OperationalError: (2013, Lost connection to MySQL server during query)",
        "redis.exceptions.TimeoutError: Timeout reading from localhost:6379",
        "TimeoutError: Timeout connecting to server",
        "asyncpg.exceptions.ConnectionDoesNotExistError: connection was closed in the middle of operation",
        "sqlalchemy.exc.InterfaceError: asyncpg.exceptions.InterfaceError: connection is closed",
        "redis.exceptions.ResponseError: NOAUTH Authentication required.",
    ),
    "sslmode": ("TypeError: connect() got an unexpected keyword argument 'channel_binding'",),
    "sqlalchemy-tables": (
        "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) no such table: agent_sessions",
        'asyncpg.exceptions.UndefinedTableError: relation "agent_messages" does not exist',
        "sqlalchemy.exc.ProgrammingError: Table 'agent_messages' doesn't exist",
        "create the tables",
    ),
    "Ask through a small pool": (
        "sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out",
        "asyncpg.exceptions.TooManyConnectionsError: sorry, too many clients already",
        "too many connections",
        "connection pool exhausted",
        "pymysql.err.OperationalError: (1040, 'Too many connections')",
        "redis.exceptions.MaxConnectionsError: Too many connections",
    ),
    "refused": (
        "openai.AuthenticationError: Error code: 401 - Incorrect API key provided",
        "openai.NotFoundError: Error code: 404 - The model does not exist or you do not have access to it",
        "openai.NotFoundError: Error code: 404",
        "openai.PermissionDeniedError: Error code: 403 - Project does not have access to model",
    ),
    "retry": (
        "message stored twice after an error",
        "the same question is stored twice after a retry",
        "agents.exceptions.ModelBehaviorError: Model did not produce a final response",
        "agents.exceptions.ModelBehaviorError: Tool get_wether not found in agent Assistant",
        "openai.RateLimitError: Error code: 429 - run again",
        "openai.APIConnectionError: Connection error",
        "openai.APITimeoutError: Request timed out",
        "httpx.RemoteProtocolError: peer closed connection without sending complete message body (incomplete chunked read)",
        "openai.InternalServerError: Error code: 500",
        "httpx.ConnectError: All connection attempts failed",
    ),
    "Answer by Chat Completions": (
        "Invalid 'input[1].id': 'chatcmpl-123'. Expected an ID that begins with 'msg'.",
        "Error code: 400 - Invalid 'input[2].id': '__fake_id__'. Expected an ID that begins with 'msg'.",
        "__fake_id__",
        "Error code: 400 - Invalid value: 'tool'. Supported values are: 'assistant', 'system', 'developer', and 'user'.",
        "Error code: 400 - Invalid type for 'input[3].content': expected one of an array of objects or string, but got null "
        "instead.",
        "Error code: 400 - Unknown parameter: 'input[2].created_by'.",
        "Error code: 400 - Unknown parameter: 'input[1].provider_data'.",
    ),
    "RedisSession": (
        "redis.exceptions.ResponseError: OOM command not allowed when used memory > 'maxmemory'.",
        "redis.exceptions.ResponseError: CROSSSLOT Keys in request don't hash to the same slot",
        "redis.exceptions.MovedError: MOVED",
        "TypeError: RedisSession does not support transactions with RedisCluster clients.",
        "redis cluster",
    ),
    "OpenAIConversationsSession": (
        "Error code: 404 - Conversation with id 'conv_123' not found.",
        "Error code: 400 - Missing required parameter: 'items[0].id'.",
    ),
    "Store a long item": ("pymysql.err.DataError: (1406, \"Data too long for column 'message_data' at row 1\")",),
    "key-missing": (
        "openai.OpenAIError: The api_key client option must be set either by passing api_key to the client or by setting the "
        "OPENAI_API_KEY environment variable",
        "openai.OpenAIError: Missing credentials. Please pass an api_key, or set the OPENAI_API_KEY environment variable.",
        "OPENAI_API_KEY is not set",
    ),
    "Use your own tables": (
        "sqlalchemy.exc.CompileError: (in table 'agent_sessions', column 'session_id'): VARCHAR requires a length on dialect "
        "mysql",
    ),
    "sync-engine": (
        "TypeError: 'Engine' object does not support the asynchronous context manager protocol",
        'Argument of type "Engine" cannot be assigned to parameter "engine" of type "AsyncEngine"',
        "sqlalchemy.exc.InvalidRequestError: The asyncio extension requires an async driver to be used. The loaded "
        "'psycopg2' is not async.",
    ),
    "driver": (
        "sqlalchemy.exc.NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres",
        "ModuleNotFoundError: No module named 'asyncpg'",
        "ModuleNotFoundError: No module named 'aiosqlite'",
        "ModuleNotFoundError: No module named 'psycopg2'",
        "ModuleNotFoundError: No module named 'aiomysql'",
    ),
    "redis-address": (
        "ValueError: Redis URL must specify one of the following schemes (redis://, rediss://, unix://)",
    ),
    "Let it expire": ("redis key expired", "redis session is empty"),
    "Add with a TTL": ("set an expiry for a redis session",),
    "SQLAlchemySession": (
        'asyncpg.exceptions.DuplicatePreparedStatementError: prepared statement "__asyncpg_stmt_1__" already exists',
        'asyncpg.exceptions.InvalidSQLStatementNameError: prepared statement "__asyncpg_stmt_3__" does not exist',
        "pgbouncer prepared statements transaction mode",
    ),
}
"""By the slug of the case, or the title of the step or session type, that each text leads to."""
