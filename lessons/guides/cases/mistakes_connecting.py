"""Files, servers and services that cannot be reached or do not accept what they are given."""

from lessons.guides.cases.case import Case


async def read_a_damaged_file(path):
    from agents import SQLiteSession

    session = SQLiteSession("user_123", path)
    await session.add_items([{"role": "user", "content": "x" * 3000}] * 20)
    session.close()
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096 * 6)

    session = SQLiteSession("user_123", path)
    try:
        return len(await session.get_items())
    finally:
        session.close()


async def read_a_copy(path):
    import sqlite3

    from agents import SQLiteSession

    session = SQLiteSession("user_123", path)
    await session.add_items([{"role": "user", "content": "Hi"}])
    original, copy = sqlite3.connect(path), sqlite3.connect(f"{path}.copy")
    original.backup(copy)
    original.close()
    copy.close()
    session.close()

    restored = SQLiteSession("user_123", f"{path}.copy")
    items = await restored.get_items()
    restored.close()
    return f"{len(items)} item"


def url_is_a_path():
    from agents.extensions.memory import SQLAlchemySession

    return SQLAlchemySession.from_url("user_123", url="chat.db")


def url_names_dialect_and_driver(path):
    from agents.extensions.memory import SQLAlchemySession

    url = f"sqlite+aiosqlite:///{path}"
    session = SQLAlchemySession.from_url("user_123", url=url)
    return session.engine.dialect.name


async def no_server():
    from agents.extensions.memory import SQLAlchemySession

    url = "postgresql+asyncpg://me:secret@127.0.0.1:1/chat"
    session = SQLAlchemySession.from_url("user_123", url=url)
    try:
        return await session.get_items()
    finally:
        await session.engine.dispose()


async def ask_the_server_first():
    from agents.extensions.memory import RedisSession

    session = RedisSession.from_url("user_123", url="redis://127.0.0.1:1")
    there = await session.ping()
    await session.close()
    return "reached" if there else "not reached"


async def key_of_another_type():
    from agents.extensions.memory import RedisSession
    from fakeredis import FakeAsyncRedis

    client = FakeAsyncRedis()
    await client.set("agents:session:user_123:messages", "Hi")
    session = RedisSession("user_123", redis_client=client)
    return await session.get_items()


async def its_own_prefix():
    from agents.extensions.memory import RedisSession
    from fakeredis import FakeAsyncRedis

    client = FakeAsyncRedis()
    await client.set("agents:session:user_123:messages", "Hi")
    session = RedisSession("user_123", redis_client=client, key_prefix="my_app")
    return f"{len(await session.get_items())} items"


def a_service_that_answers(status, message):
    """Stands in for a service that refuses, with no network."""
    import httpx2
    from agents import OpenAIResponsesModel
    from openai import AsyncOpenAI

    answer = httpx2.Response(status, json={"error": {"message": message}})
    transport = httpx2.MockTransport(lambda request: answer)
    http = httpx2.AsyncClient(transport=transport)
    client = AsyncOpenAI(api_key="sk-wrong", http_client=http, max_retries=0)
    return OpenAIResponsesModel("gpt-4.1", client)


async def ask_with_a_wrong_key(agent):
    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    model = a_service_that_answers(401, "Incorrect API key provided")
    await Runner.run(agent.clone(model=model), "Hi", session=session)


async def take_back_what_was_refused(agent):
    from agents import Runner, SQLiteSession
    from openai import APIStatusError

    session = SQLiteSession("user_123")
    model = a_service_that_answers(401, "Incorrect API key provided")
    try:
        await Runner.run(agent.clone(model=model), "Hi", session=session)
    except APIStatusError as error:
        await session.pop_item()
        left = len(await session.get_items())
        return f"refused with {error.status_code}, {left} items are left"


def a_program_without_the_key():
    import subprocess
    import sys

    # as a service, a cron job or a notebook that does not read .env
    program = "from openai import AsyncOpenAI; AsyncOpenAI()"
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, env={}, capture_output=True, text=True)
    return ended.stderr.strip().splitlines()[-1].partition(":")[0]


def a_key_that_is_passed():
    from agents import OpenAIConversationsSession
    from openai import AsyncOpenAI

    key = "sk-from-where-your-program-keeps-it"
    client = AsyncOpenAI(api_key=key)
    OpenAIConversationsSession(openai_client=client)
    return "made, and not connected yet"


def a_windows_path_as_it_is():
    line = r'SQLiteSession("user_123", "C:\Users\me\chat.db")'
    return compile(line, "chat.py", "eval")


def a_windows_path_as_a_raw_text():
    from pathlib import PureWindowsPath

    path = PureWindowsPath(r"C:\Users\me\chat.db")
    return path.name


async def sslmode_for_asyncpg():
    from agents.extensions.memory import SQLAlchemySession

    url = "postgresql+asyncpg://bob@db.example/chat?sslmode=require"
    session = SQLAlchemySession.from_url("user_123", url=url)
    return await session.get_items()


def ssl_for_asyncpg():
    from sqlalchemy import make_url

    url = make_url("postgresql+asyncpg://bob@db.example/chat?sslmode=require")
    url = url.set(query={"ssl": url.query["sslmode"]})
    return url.render_as_string()


MISTAKES = (
    Case(
        "damaged-file",
        "A damaged SQLite file",
        "A page of the file was overwritten, or a copy was made while a program wrote. Copy with sqlite3's backup(), not the "
        "file alone: the newest rows can be in the -wal file.",
        read_a_damaged_file,
        "DatabaseError: database disk image is malformed",
        read_a_copy,
        "1 item",
        lesson="life_cycle",
    ),
    Case(
        "database-url",
        "A database URL without a dialect",
        "A path alone is not a URL. Write dialect+driver://, and three slashes before a relative path of SQLite.",
        url_is_a_path,
        "ArgumentError: Could not parse SQLAlchemy URL from given URL string",
        url_names_dialect_and_driver,
        "sqlite",
        lesson="databases",
    ),
    Case(
        "no-server",
        "The server is not reached, or refuses the login",
        "Nothing listens at this host and port. If the server answers and refuses the login, look at the user and the "
        "password in the URL.",
        no_server,
        "ConnectionRefusedError: ",
        ask_the_server_first,
        "not reached",
        lesson="redis",
    ),
    Case(
        "refused",
        "The service refuses the key, or does not know the model",
        "OpenAI's documentation says that 401 means a wrong key, and 403 a country that is not supported. Look also at the "
        "client's base_url: the key of another service is a wrong key. 404: users report a model that the service does not "
        "know, and the SDK's documentation a service without the Responses API. The SDK uses that API unless you choose "
        "OpenAIChatCompletionsModel. Your message is stored before the model is asked: remove it.",
        ask_with_a_wrong_key,
        "AuthenticationError: Error code: 401",
        take_back_what_was_refused,
        "refused with 401, 0 items are left",
        lesson="failures",
        pasted="AuthenticationError 401 PermissionDeniedError 403 NotFoundError 404 invalid_api_key model_not_found",
    ),
    Case(
        "key-missing",
        "The program has no API key",
        "The client reads OPENAI_API_KEY from the environment of its own process, when it is made. Set it there, or "
        "pass api_key to the client.",
        a_program_without_the_key,
        "openai.OpenAIError",
        a_key_that_is_passed,
        "made, and not connected yet",
        lesson="hosted",
        pasted="The api_key client option must be set either by passing api_key to the client or by setting the OPENAI_API_KEY "
        "environment variable. Missing credentials",
    ),
    Case(
        "windows-path",
        "A Windows path with single backslashes",
        "In a text of Python a backslash begins an escape, and \\U wants a code point. Write r before the quotes, or use "
        "pathlib.",
        a_windows_path_as_it_is,
        "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes",
        a_windows_path_as_a_raw_text,
        "chat.db",
        pasted="truncated UXXXXXXXX escape",
    ),
    Case(
        "redis-key-type",
        "A Redis key that another program uses",
        "RedisSession keeps its items in a list, under key_prefix, the session id and “messages”. Give your program its own "
        "key_prefix.",
        key_of_another_type,
        "ResponseError: WRONGTYPE Operation against a key holding the wrong kind of value",
        its_own_prefix,
        "0 items",
        lesson="redis",
    ),
    Case(
        "sslmode",
        "sslmode in a URL for asyncpg",
        "asyncpg gets what comes after the ? as arguments, and has ssl where other drivers have sslmode. It does not know "
        "channel_binding either, which some providers add: leave it out.",
        sslmode_for_asyncpg,
        "TypeError: connect() got an unexpected keyword argument 'sslmode'",
        ssl_for_asyncpg,
        "postgresql+asyncpg://bob@db.example/chat?ssl=require",
        lesson="databases",
        pasted="channel_binding",
    ),
)
