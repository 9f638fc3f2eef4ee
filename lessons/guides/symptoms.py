"""What people paste or type for a case, a step or a session type, where its own words do not say it."""

SYMPTOMS: dict[str, tuple[str, ...]] = {
    "closed": (
        "sqlite3.ProgrammingError: Cannot operate on a closed database.",
        "RuntimeError: AsyncSQLiteSession is closed",
    ),
    "loops": (
        "asyncpg.exceptions.InterfaceError: cannot perform operation",
        "RuntimeError: Cannot use AsyncMongoClient in different event loop",
    ),
    "locked": ("database is locked", "sqlite3.OperationalError: database table is locked", "database busy"),
    "folder": ("sqlite3.OperationalError: unable to open database file", "no such file or directory for the database"),
    "damaged-file": ("sqlite3.DatabaseError: file is not a database", "database is corrupt"),
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
    ),
    "Use your own tables": (
        "sqlalchemy.exc.CompileError: (in table 'agent_sessions', column 'session_id'): VARCHAR requires a length on dialect "
        "mysql",
    ),
    "arguments-not-json": (
        "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
        "litellm.exceptions.APIConnectionError: Expecting ',' delimiter: line 1 column 30",
        "json.decoder.JSONDecodeError: Unterminated string starting at: line 1 column 10 (char 9)",
        "agents.exceptions.ModelBehaviorError: Invalid JSON input for tool get_weather",
    ),
    "not-json": (
        "TypeError: Object of type datetime is not JSON serializable",
        "TypeError: Object of type ResponseOutputMessage is not JSON serializable",
    ),
    "refused": (
        "openai.AuthenticationError: Error code: 401 - Incorrect API key provided",
        "openai.NotFoundError: Error code: 404 - The model does not exist or you do not have access to it",
        "openai.NotFoundError: Error code: 404",
        "openai.PermissionDeniedError: Error code: 403 - Project does not have access to model",
    ),
    "key-missing": (
        "openai.OpenAIError: The api_key client option must be set either by passing api_key to the client or by setting the "
        "OPENAI_API_KEY environment variable",
        "openai.OpenAIError: Missing credentials. Please pass an api_key, or set the OPENAI_API_KEY environment variable.",
        "OPENAI_API_KEY is not set",
    ),
    "windows-path": (
        "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 2-3: truncated UXXXXXXXX escape",
        "path on Windows",
    ),
    "async-with": (
        "TypeError: 'SQLiteSession' object does not support the asynchronous context manager protocol",
        "AttributeError: __aenter__",
    ),
    "await-close": (
        "TypeError: object NoneType can't be used in 'await' expression",
        "AttributeError: 'SQLAlchemySession' object has no attribute 'close'",
    ),
    "OpenAIResponsesCompactionSession": (
        "ValueError: OpenAIResponsesCompactionSession.run_compaction requires a response_id when using "
        "previous_response_id compaction.",
        "TypeError: unsupported operand type(s) for -: 'int' and 'NoneType'",
        "ValueError: Unsupported model for OpenAI responses compaction: gemini-2.5-flash",
        "agents.exceptions.UserError: Compaction items are not supported for Chat Completions",
    ),
    "What it cannot do": (
        "ValueError: OpenAIResponsesCompactionSession cannot wrap OpenAIConversationsSession because it manages its own "
        "history on the server.",
    ),
    "Delete the branch": ("ValueError: Cannot delete the 'main' branch", "ValueError: Cannot delete current branch"),
    "Branch from turn 1": ("ValueError: Branch 'other' does not exist",),
    "Use a name again": ("ValueError: Branch ID 'other' has already been used. Choose a new branch ID.",),
    "extra": ("from agents.extensions.memory import *", "ImportError: DaprSession requires the 'dapr' extra"),
    "run-sync": (
        "RuntimeError: asyncio.run() cannot be called from a running event loop",
        "RuntimeError: Cannot run the event loop while another loop is running",
        "Jupyter notebook: this event loop is already running",
        "ValueError: Can't patch loop of type <class 'uvloop.Loop'>",
    ),
    "usage-stats": (
        "TypeError: 'NoneType' object is not subscriptable",
        "AttributeError: 'RedisSession' object has no attribute 'get_session_usage'",
    ),
    "greenlet": ("sqlalchemy.exc.MissingGreenlet",),
    "sync-engine": (
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
    "sqlalchemy-tables": (
        'asyncpg.exceptions.UndefinedTableError: relation "agent_messages" does not exist',
        "sqlalchemy.exc.ProgrammingError: Table 'agent_messages' doesn't exist",
        "create the tables",
    ),
    "advanced-tables": ("no such table: branch_reservations", "no such table: turn_usage"),
    "Ask through a small pool": (
        "sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out",
        "asyncpg.exceptions.TooManyConnectionsError: sorry, too many clients already",
        "too many connections",
        "connection pool exhausted",
    ),
    "id-as-session": (
        "TypeError: SQLiteSession.get_items() missing 1 required positional argument: 'self'",
        "TypeError: Runner.run() got an unexpected keyword argument 'session_id'",
        "TypeError: Agent.__init__() got an unexpected keyword argument 'session'",
        "AttributeError: 'Agent' object has no attribute 'session'",
        "AttributeError: 'RunResult' object has no attribute 'session'",
        "AttributeError: 'str' object has no attribute 'add_items'",
    ),
    "not-awaited": (
        "AttributeError: 'coroutine' object has no attribute 'final_output'",
        "RuntimeWarning: coroutine 'Runner.run' was never awaited",
        "TypeError: 'coroutine' object is not iterable",
        "TypeError: 'coroutine' object is not subscriptable",
    ),
    "own-class": (
        "TypeError: MySession.get_items() got an unexpected keyword argument 'limit'",
        "AttributeError: 'MySession' object has no attribute 'get_items'",
        "custom session class does not work",
    ),
    "damaged-encrypted-row": ("AttributeError: 'NoneType' object has no attribute 'encode'",),
    "wrong-key": ("InvalidToken", "encrypted session returns an empty list", "changed the encryption key"),
    "expired": (
        "history disappears after ten minutes",
        "history disappears after some time",
        "messages vanish after a while",
    ),
    "another-id": (
        "agent forgets",
        "agent does not remember previous messages",
        "agent does not remember me",
        "it forgets what I said",
        "no memory between messages",
        "session is empty",
        "the history is empty",
    ),
    "in-memory": (
        "agent forgets everything after a restart",
        "history is lost after a restart",
        "memory lost when the program ends",
    ),
    "list-and-session": (
        "messages are stored twice",
        "duplicate messages",
        "history is doubled",
        "every message appears twice",
        "messages are sent twice",
    ),
    "two-memories": (
        "agents.exceptions.UserError: Session persistence cannot be combined with conversation_id, previous_response_id, or "
        "auto_previous_response_id",
        "openai.BadRequestError: Error code: 400 - Previous response with id 'resp_123' not found.",
        "previous_response_id with a session",
    ),
    "retry": (
        "the same question is stored twice after a retry",
        "agents.exceptions.ModelBehaviorError: Model did not produce a final response",
        "openai.RateLimitError: Error code: 429 - run again",
        "openai.APIConnectionError: Connection error",
        "openai.APITimeoutError: Request timed out",
        "httpx.RemoteProtocolError: peer closed connection without sending complete message body (incomplete chunked read)",
        "openai.InternalServerError: Error code: 500",
    ),
    "guardrail": (
        "OutputGuardrailTripwireTriggered: Guardrail OutputGuardrail triggered tripwire",
        "blocked message stays in the history",
        "guardrail message stays in history",
    ),
    "Approve it twice": ("tool is called twice", "approved twice", "run resumed after approval twice"),
    "Be refused": ("agents.exceptions.ModelRefusalError: Model refused to produce a final output",),
    "left-stream": (
        "streaming message not saved",
        "streamed answer is missing in the database",
        "asyncio.exceptions.CancelledError",
    ),
    "at-once": (
        "messages in the wrong order",
        "race condition with two requests",
        "two requests at the same time",
        "conversation_locked: another process is currently operating on this conversation",
    ),
    "long": (
        "Error code: 400 - This model's maximum context length is 128000 tokens",
        "context_length_exceeded",
        "session grows too large",
        "history is too long",
    ),
    "slice": (
        "messages with role 'tool' must be a response to a preceding message with 'tool_calls'",
        "Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
        "messages.2.content.0: unexpected tool_use_id found in tool_result blocks",
        "limit cuts a tool call",
    ),
    "orphan": (
        "tool_call_ids did not have response messages",
        "messages.8: tool_use ids were found without tool_result blocks immediately after",
    ),
    "reasoning-alone": ("Item 'msg_123' of type 'message' was provided without its required 'reasoning' item",),
    "short-key": (
        "ValueError: Fernet key must be 32 url-safe base64-encoded bytes.",
        "binascii.Error: Incorrect padding",
    ),
    "SQLiteSession": (
        "sqlite3.OperationalError: attempt to write a readonly database",
        "sqlite3.OperationalError: disk I/O error",
        "sqlite3.OperationalError: locking protocol",
    ),
    "Answer by Chat Completions": (
        "Invalid 'input[1].id': 'chatcmpl-123'. Expected an ID that begins with 'msg'.",
        "Error code: 400 - Invalid 'input[2].id': '__fake_id__'. Expected an ID that begins with 'msg'.",
        "__fake_id__",
    ),
    "Ask for the id": (
        "ValueError: Session ID not yet available. The session is lazily initialized on first API call.",
        "ValueError: Session ID has not been initialized",
        "conversation id is not known",
    ),
    "advanced-over-sqlite": ("pop_item deletes all rows", "one pop deleted everything"),
    "Upgrade the wrong way": ("old rows are not returned after an upgrade to AdvancedSQLiteSession",),
    "Upgrade the right way": ("move a session to another database", "migrate sessions"),
    "Erase it": ("GDPR erase user data", "right to be forgotten"),
    "Clean up": ("delete old sessions", "sessions are never deleted"),
    "Export it": ("export a session", "back up a session", "save a session as JSON"),
    "Let it expire": ("redis key expired", "redis session is empty"),
    "Add with a TTL": ("set an expiry for a redis session",),
    "total-cost": ("token usage is not stored", "usage is None", "how much does a session cost"),
    "no-handoff": ("the agent's name is not stored", "follow-up goes to the first agent"),
    "Store a long item": ("pymysql.err.DataError: (1406, \"Data too long for column 'message_data' at row 1\")",),
    "Send an image and a file": ("image is not remembered", "base64 image in the session"),
    "no-loop": (
        "sqlite3.ProgrammingError: SQLite objects created in a thread can only be used in that same thread.",
        "There is no current event loop in thread",
        "Streamlit asyncio",
    ),
    "pickle": (
        "UnserializableReturnValueError: Cannot serialize the return value",
        "UnhashableParamError: Cannot hash argument 'session' (of type SQLiteSession) in st.cache_data",
        "cannot pickle 'sqlite3.Connection' object",
    ),
    "conversation-id": ("TypeError: SQLiteSession.__init__() missing 1 required positional argument: 'session_id'",),
    "Go on from what is stored": ("TypeError: Runner.run() missing 1 required positional argument: 'input'",),
    "Branch from turn 2": ("ValueError: Turn 9 does not contain a user message in branch 'main'",),
    "Branch by content": ("ValueError: No user turns found containing 'weather'",),
    "redis-address": (
        "ValueError: Redis URL must specify one of the following schemes (redis://, rediss://, unix://)",
    ),
    "Approve after a restart": (
        "agents.exceptions.UserError: Run state is missing schema version",
        "agents.exceptions.UserError: Run state agent not found in agent map",
    ),
    "Set a limit of 4": ("pydantic_core.ValidationError: 1 validation error for SessionSettings",),
    "Keep whole turns": ("agents.exceptions.UserError: Session input callback must return a list of input items.",),
    "get-messages": ("TypeError: SQLiteSession.pop_item() takes 1 positional argument but 2 were given",),
    "attributes": (
        "TypeError: object of type 'SQLiteSession' has no len()",
        "TypeError: 'SQLiteSession' object is not iterable",
    ),
    "AdvancedSQLiteSession": ("AttributeError: 'SQLiteSession' object has no attribute 'list_branches'",),
    "add-a-dict": ("add_items stores role and content as rows",),
}
"""By the slug of the case, or the title of the step or session type, that each text leads to."""
