"""Common mistakes in imports and arguments: where a class comes from, the place and class of a session, its id, its text."""

from lessons.guides.cases.case import Case


def import_from_session():
    from agents.extensions.session import SQLAlchemySession

    return SQLAlchemySession.__name__


def import_from_memory():
    from agents.extensions.memory import SQLAlchemySession

    return SQLAlchemySession.__name__


def import_extension_from_agents():
    from agents import RedisSession

    return RedisSession.__name__


def import_extension_from_memory():
    from agents.extensions.memory import RedisSession

    return RedisSession.__name__


def import_sqlite_from_memory():
    from agents.extensions.memory import EncryptedSession, SQLiteSession

    return EncryptedSession.__name__, SQLiteSession.__name__


def import_each_from_its_place():
    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    return f"{EncryptedSession.__name__}, {SQLiteSession.__name__}"


def import_message_class():
    from agents.items import MessageInputItem

    return MessageInputItem(role="system", content="Be brief.")


async def add_a_plain_dict():
    from agents import SQLiteSession

    session = SQLiteSession("user_123")
    await session.add_items([{"role": "system", "content": "Be brief."}])
    return await session.get_items()


def import_a_file_of_the_same_name(path):
    from importlib.util import module_from_spec, spec_from_file_location
    from pathlib import Path

    file = Path(path).with_name("agents.py")
    file.write_text("print('my program')")
    # as "import agents" does next to this file
    agents = module_from_spec(spec_from_file_location("agents", file))
    return agents.SQLiteSession


def import_the_package():
    import agents

    return f"{agents.SQLiteSession.__name__} is there"


async def session_by_position(agent):
    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    return await Runner.run(agent, "Hi", session)


async def session_by_name(agent):
    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    await Runner.run(agent, "Hi", session=session)
    return f"{len(await session.get_items())} items"


async def ping_a_file(path):
    from agents import SQLiteSession
    from agents.extensions.memory import RedisSession

    async def reached(session: RedisSession):
        return await session.ping()

    session = SQLiteSession("user_123", path)
    return await reached(session)


async def ping_a_server():
    from agents.extensions.memory import RedisSession
    from fakeredis import FakeAsyncRedis

    async def reached(session: RedisSession):
        return await session.ping()

    session = RedisSession("user_123", redis_client=FakeAsyncRedis())
    return f"reached: {await reached(session)}"


async def id_that_is_not_a_text(path):
    from uuid import UUID

    from agents import SQLiteSession

    session = SQLiteSession(UUID(int=7), path)
    await session.add_items([{"role": "user", "content": "Hi"}])


async def id_as_a_text(path):
    from uuid import UUID

    from agents import SQLiteSession

    session = SQLiteSession(str(UUID(int=7)), path)
    await session.add_items([{"role": "user", "content": "Hi"}])
    return f"{len(await session.get_items())} item"


async def await_a_stream(agent):
    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    result = await Runner.run_streamed(agent, "Hi", session=session)
    return result.final_output


async def read_a_stream(agent):
    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    result = Runner.run_streamed(agent, "Hi", session=session)
    async for _event in result.stream_events():
        pass  # show the pieces
    return f"{len(await session.get_items())} items"


async def store_half_an_emoji(path):
    import json

    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    text = json.loads(r'"Hi \ud83d"')  # JavaScript cut an emoji in two
    base = SQLiteSession("user_123", path)
    session = EncryptedSession("user_123", base, "secret")
    await session.add_items([{"role": "user", "content": text}])


async def replace_half_an_emoji(path):
    import json

    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    text = json.loads(r'"Hi \ud83d"')
    # two halves become one character again, a single half becomes �
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    base = SQLiteSession("user_123", path)
    session = EncryptedSession("user_123", base, "secret")
    await session.add_items([{"role": "user", "content": text}])
    return f"stored: {text}"


def write_items_in_a_windows_encoding(path):
    import json

    items = [{"role": "user", "content": "5 → 7"}]
    # what open() takes on many Windows machines
    with open(path, "w", encoding="cp1252") as file:
        json.dump(items, file, ensure_ascii=False)


def write_items_as_utf_8(path):
    import json

    items = [{"role": "user", "content": "5 → 7"}]
    with open(path, "w", encoding="utf-8") as file:
        json.dump(items, file, ensure_ascii=False)
    with open(path, encoding="utf-8") as file:
        return json.load(file)[0]["content"]


MISTAKES = (
    Case(
        "module",
        "Imported from agents.extensions.session",
        "This module does not exist. SQLiteSession and the two sessions of OpenAI are in agents, all others in "
        "agents.extensions.memory.",
        import_from_session,
        "ModuleNotFoundError: No module named 'agents.extensions.session'",
        import_from_memory,
        "SQLAlchemySession",
    ),
    Case(
        "extension-from-agents",
        "An extension imported from agents",
        "Classes that need another package are in agents.extensions.memory, such as SQLAlchemySession.",
        import_extension_from_agents,
        "ImportError: cannot import name 'RedisSession' from 'agents'",
        import_extension_from_memory,
        "RedisSession",
        pasted="cannot import name SQLAlchemySession EncryptedSession AdvancedSQLiteSession",
    ),
    Case(
        "sqlite-from-memory",
        "SQLiteSession imported from the extensions",
        "SQLiteSession is in agents, next to Runner.",
        import_sqlite_from_memory,
        "ImportError: cannot import name 'SQLiteSession' from 'agents.extensions.memory'",
        import_each_from_its_place,
        "EncryptedSession, SQLiteSession",
    ),
    Case(
        "message-class",
        "A class for messages",
        "Items are plain dicts, as the Responses API has them.",
        import_message_class,
        "ImportError: cannot import name 'MessageInputItem' from 'agents.items'",
        add_a_plain_dict,
        "[{'role': 'system', 'content': 'Be brief.'}]",
    ),
    Case(
        "another-agents",
        "Another module named agents",
        "Your own file agents.py or folder agents is found before the package. The package that you install is "
        "openai-agents, and not agents. Rename yours, and look at agents.__file__.",
        import_a_file_of_the_same_name,
        "AttributeError: module 'agents' has no attribute 'SQLiteSession'",
        import_the_package,
        "SQLiteSession is there",
    ),
    Case(
        "session-position",
        "The session without session=",
        "Runner.run takes the agent and the input by position, and all else by name. As the second argument, a session is "
        "taken for the input. A type checker says that SQLiteSession is not assignable to str, or not a compatible type.",
        session_by_position,
        "TypeError: Runner.run() takes 3 positional arguments but 4 were given",
        session_by_name,
        "2 items",
        lesson="basic",
    ),
    Case(
        "declared-class",
        "A function that asks for another class of session",
        "Each class adds its own methods to the four, as RedisSession has ping() and AdvancedSQLiteSession has branches. Open "
        "the class that has them, or annotate the parameter as Session if the four are enough. pyright also refuses "
        "EncryptedSession and OpenAIConversationsSession, where an attribute of the protocol is a property: they run, and "
        "cast(Session, session) says so.",
        ping_a_file,
        "AttributeError: 'SQLiteSession' object has no attribute 'ping'",
        ping_a_server,
        "reached: True",
        lesson="redis",
        pasted='Argument 1 has incompatible type "SQLiteSession"; expected "RedisSession" "AdvancedSQLiteSession"',
    ),
    Case(
        "id-type",
        "A session id that is not a text",
        "A UUID, a number or None comes from many frameworks. PostgreSQL refuses all three, SQLite and Redis take a number "
        "as a text. Write str() around the id, once, where you open the session.",
        id_that_is_not_a_text,
        "ProgrammingError: Error binding parameter 1: type 'UUID' is not supported",
        id_as_a_text,
        "1 item",
        lesson="multi_session",
    ),
    Case(
        "await-stream",
        "await before run_streamed",
        "run_streamed returns its result at once, without await. Read result.stream_events() with async for, to its end: then "
        "the reply is stored.",
        await_a_stream,
        "TypeError: object RunResultStreaming can't be used in 'await' expression",
        read_a_stream,
        "2 items",
        step=("basic", 10, "Run it streamed"),
    ),
    Case(
        "half-character",
        "Half an emoji in a text",
        "An emoji is two halves in JavaScript and in JSON, and one half alone cannot be written as UTF-8. EncryptedSession, "
        "OpenAIConversationsSession and SQLAlchemySession with ensure_ascii=False refuse it. Other sessions store it, and then "
        "every run fails while the request is made, so remove that row. Replace halves before you add a text.",
        store_half_an_emoji,
        "UnicodeEncodeError: 'utf-8' codec can't encode character",
        replace_half_an_emoji,
        "stored: Hi �",
        pasted="surrogates not allowed",
    ),
    Case(
        "text-encoding",
        "A file or a window that is not UTF-8",
        "Without an encoding, open() takes that of the machine, and cp1252, which is common on Windows, lacks most characters. "
        'The session is not the cause. Name encoding="utf-8" where you read or write a text. For print(), set PYTHONUTF8=1.',
        write_items_in_a_windows_encoding,
        "UnicodeEncodeError: 'charmap' codec can't encode character",
        write_items_as_utf_8,
        "5 → 7",
        pasted="charmap ascii codec character maps to undefined ordinal not in range invalid start byte",
    ),
)
