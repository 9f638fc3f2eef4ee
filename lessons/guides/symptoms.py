"""What people paste or type for a case, a step or a session type, where its own words do not say it."""

SYMPTOMS: dict[str, tuple[str, ...]] = {
    "closed": ("RuntimeError: AsyncSQLiteSession is closed",),
    "loops": (
        "asyncpg.exceptions.InterfaceError: cannot perform operation",
        "RuntimeError: Cannot use AsyncMongoClient in different event loop",
    ),
    "locked": ("database is locked", "sqlite3.OperationalError: database table is locked", "database busy"),
    "folder": ("sqlite3.OperationalError: unable to open database file", "no such file or directory for the database"),
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
    "id-as-session": ("AttributeError: 'str' object has no attribute 'add_items'",),
    "not-awaited": (
        "AttributeError: 'coroutine' object has no attribute 'final_output'",
        "RuntimeWarning: coroutine 'Runner.run' was never awaited",
        "TypeError: 'coroutine' object is not iterable",
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
        "limit cuts a tool call",
    ),
    "orphan": ("tool_call_ids did not have response messages",),
    "reasoning-alone": ("Item 'msg_123' of type 'message' was provided without its required 'reasoning' item",),
    "Answer by Chat Completions": (
        "Error code: 400 - Invalid 'input[2].id': '__fake_id__'. Expected an ID that begins with 'msg'.",
        "__fake_id__",
    ),
    "Ask for the id": ("ValueError: Session ID has not been initialized", "conversation id is not known"),
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
    "no-loop": ("There is no current event loop in thread", "Streamlit asyncio"),
    "pickle": (
        "UnserializableReturnValueError: Cannot serialize the return value",
        "cannot pickle 'sqlite3.Connection' object",
    ),
}
"""By the slug of the case, or the title of the step or session type, that each text leads to."""
