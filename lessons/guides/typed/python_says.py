"""Rewrites what Python, its libraries and pyright say: messages with one cause get the words by which its case is found."""

import re

_SESSION = r"(?:SQLite|AsyncSQLite|SQLAlchemy|AdvancedSQLite|Redis|MongoDB|Dapr|Encrypted|OpenAI\w+)Session"
_OF_A_SESSION = r"(?:get_items|add_items|pop_item|clear_session|session_settings|session_id)"
_OF_BRANCHES = (
    r"(?:list_branch|create_branch|switch_to_branch|delete_branch|find_turns|get_conversation|get_tool_usage)"
)
_VERBS = (
    r"(?:add|append|insert|save|store|put|write|push|extend|load|read|fetch|get|delete|remove|clear|reset|truncate)"
)

_NOT_REACHED = "ConnectionRefusedError: [Errno 111] Connect call failed"
_ID_TYPE = "sqlite3.ProgrammingError: Error binding parameter 1: type 'UUID' is not supported"
_TOO_LONG = "Error code: 400 - Your input exceeds the context window of this model"
_NO_CLIENT = "RedisSession.__init__() missing 1 required keyword-only argument: 'redis_client'"
_NO_URL = "sqlalchemy.exc.ArgumentError: Could not parse SQLAlchemy URL from given URL string"

_PYRIGHT = (
    (r"^.*?:\d+:\d+ - error: |\(report[A-Z]\w+\)\s*$", ""),
    (r'Cannot access attribute "(.*?)" for class "(.*?)"', r"'\2' object has no attribute '\1'"),
    (r'No parameter named "(.*?)"', r"got an unexpected keyword argument '\1'"),
    (r"Arguments? missing for parameters? (.*)", r"missing required positional argument: \1"),
    (r"Expected (\d+) positional arguments?", r"takes \1 positional arguments but more were given"),
    (r'"(\w+)" is unknown import symbol', r"cannot import name '\1'"),
    (r'"(\w+)" is not awaitable', r"object \1 can't be used in 'await' expression"),
    (
        r'Object of type "(\w+)" cannot be used with "(?:async )?with".*',
        r"'\1' object does not support the asynchronous context manager protocol",
    ),
)

_PYTHON = (
    (
        rf"'{_SESSION}' object has no attribute '(?:messages|items|history|conversation|memory|data|id|name)'",
        "'SQLiteSession' object has no attribute 'messages'",
    ),
    (
        r"\b(?:RunConfig|Agent|ModelSettings)\.__init__\(\) got an unexpected keyword argument 'session\w*'",
        "Agent.__init__() got an unexpected keyword argument 'session'",
    ),
    (
        rf"'{_SESSION}' object has no attribute '{_OF_BRANCHES}\w*'",
        "'SQLiteSession' object has no attribute 'list_branches'",
    ),
    (
        rf"'{_SESSION}' object has no attribute '(?!get_session_usage|get_usage|get_items){_VERBS}\w*'",
        "'SQLiteSession' object has no attribute 'add_message'",
    ),
    (
        rf"'{_SESSION}' object has no attribute 'encode'",
        "EncryptedSession.__init__() missing argument: encryption_key",
    ),
    (
        rf"'{_SESSION}' object (?:is not subscriptable|does not support item \w+)|argument of type '{_SESSION}' is not \w+",
        "'SQLiteSession' object is not iterable",
    ),
    (
        rf"'(?:str|dict|list|int|tuple|UUID|NoneType|function)' object has no attribute '{_OF_A_SESSION}'",
        "'str' object has no attribute 'get_items'",
    ),
    (
        r"'str' object has no attribute '(?:[lr](?:range|push|pop|len|trim)|hset|expire|pipeline|ping|eval\w*)'",
        _NO_CLIENT,
    ),
    (
        r"'str' object has no attribute '(?:dialect|sync_engine|begin|connect|dispose)'",
        "SQLAlchemySession.__init__() missing 1 required keyword-only argument: 'engine'",
    ),
    (
        r"^(?:TypeError: .*'coroutine'.*|.*Object of type coroutine is not JSON serializable.*)$",
        "TypeError: 'coroutine' object is not iterable",
    ),
    (
        r"(?i:(?:cannot|can't|could not) pickle .*"
        r"(?:lock|connect|_local|engine|session|task|client|pool|greenlet|coroutine).*)",
        "cannot pickle '_thread.RLock' object",
    ),
    (rf"(?!RedisSession){_SESSION} is closed", "SQLiteSession is closed"),
    (
        r".*\bWRONGTYPE\b.*",
        "redis.exceptions.ResponseError: WRONGTYPE Operation against a key holding the wrong kind of value",
    ),
    (r"NOT NULL constraint failed: agent_\w+\.session_id", _ID_TYPE),
    (r".*Construct an AdvancedSQLiteSession with create_tables=True.*", "no such table: message_structure"),
)

_SERVERS = (
    (
        r".*pymysql\.err\.\w+\)?:? \((?:1044|1045|1049|1130|1251|1698|2002|2003|2005|2006|2013|2026|2055)\b.*",
        _NOT_REACHED,
    ),
    (r".*asyncpg\.Error\) (?:database|role) \S+ does not exist", _NOT_REACHED),
    (
        r".*(?:InvalidCatalogName|InvalidAuthorizationSpecification|InvalidPassword|CannotConnectNow)Error.*",
        _NOT_REACHED,
    ),
    (r"^socket\.gaierror: .*", _NOT_REACHED),
    # Without a module they can also be errors of the package requests, whose text begins with a parenthesis.
    (r"^(?:redis\S*\.)?(?:ConnectionError|ConnectionResetError): (?!\().*", _NOT_REACHED),
    (r"^OSError: (?:Multiple exceptions: |\[Errno (?:61|64|65|101|110|111|113)\]).*", _NOT_REACHED),
    (r"^redis\.exceptions\.(?:Authentication\w*|Authorization|Timeout)Error: .*", _NOT_REACHED),
    (r"^redis\.exceptions\.\w+: (?:WRONGPASS|NOAUTH|NOPERM|DENIED|LOADING|DB index is out of range).*", _NOT_REACHED),
)

_MODELS = (
    (
        r".*(?:context window|maximum context length|Request too large for|prompt is too long|tokens must be reduced|"
        r"token count .* exceeds|reduce the length of the messages|context_length_exceeded).*",
        _TOO_LONG,
    ),
)

_IN_FRAMES = (
    (r"sqlalchemy/engine/url\.py", r"^ValueError: .*", _NO_URL),
    (
        r"redis/(?:asyncio/)?connection\.py.*parse_url|urllib/parse\.py",
        r"^ValueError: .*[Pp]ort .*",
        "redis url scheme",
    ),
    (r"redis_session\.py", r".*can't be used in 'await' expression", _NO_CLIENT),
    (r"encrypt_session\.py", r".*'bytes' object has no attribute 'encode'", "TypeError: encryption_key of bytes"),
)
"""A file, a message, and the words for that message, which are used only if the traceback goes through the file."""

_RAISED = re.compile(
    r"^(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception|Warning|Token|Triggered|Exceeded|Greenlet|Exit)\b(?::.*)?$"
)

_GROUPED = re.compile(r"^[ |]*\| (?!\s)")
"""What comes before each line of an exception in an exception group."""


def in_words_of_the_cases(text: str) -> str:
    """The text with each message as the cases have it; of a traceback, only the exception that it ends with."""
    frames = ""
    if "traceback (most recent call last)" in text.casefold():
        lines = [_GROUPED.sub("", line) for line in text.splitlines() if line.strip()]
        raised = [number for number, line in enumerate(lines) if _RAISED.match(line)] or [len(lines) - 1]
        frames, text = "\n".join(lines[: raised[-1]]).replace("\\", "/"), lines[raised[-1]]
    for frame, message, said in _IN_FRAMES:
        if re.search(frame, frames):
            text = re.sub(message, said, text)
    for pattern, said in (*_PYRIGHT, *_PYTHON, *_SERVERS, *_MODELS):
        text = re.sub(pattern, said, text, flags=re.MULTILINE)
    return text
