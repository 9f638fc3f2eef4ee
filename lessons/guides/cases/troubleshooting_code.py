"""The code of troubleshooting: what makes each symptom appear, and the fix."""


def what_is_sent(config):
    """The items that the last request of a run with `config` is sent."""
    sent: list = []

    def look(data):
        sent[:] = data.model_data.input
        return data.model_data

    config.call_model_input_filter = look
    return sent


async def another_id(agent, path):
    from agents import Runner, SQLiteSession

    tell = SQLiteSession("thread_1", path)
    await Runner.run(agent, "My name is Alice", session=tell)
    ask = SQLiteSession("thread-1", path)
    return f"{len(await ask.get_items())} items are read"


async def one_place_for_ids(agent, path):
    from agents import Runner, SQLiteSession

    def open_thread(number):
        return SQLiteSession(f"thread_{number}", path)

    await Runner.run(agent, "My name is Alice", session=open_thread(1))
    return f"{len(await open_thread(1).get_items())} items are read"


async def in_memory(agent):
    from agents import Runner, SQLiteSession

    first = SQLiteSession("user_123")
    await Runner.run(agent, "My name is Alice", session=first)
    first.close()  # as when the program ends
    again = SQLiteSession("user_123")
    return f"{len(await again.get_items())} items are read"


async def in_a_file(agent, path):
    from agents import Runner, SQLiteSession

    first = SQLiteSession("user_123", path)
    await Runner.run(agent, "My name is Alice", session=first)
    first.close()
    again = SQLiteSession("user_123", path)
    return f"{len(await again.get_items())} items are read"


async def wrong_key(path):
    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    base = SQLiteSession("user_123", path)
    right = EncryptedSession("user_123", base, "right key")
    await right.add_items([{"role": "user", "content": "Hi"}])
    wrong = EncryptedSession("user_123", base, "wrong key")
    return f"{len(await wrong.get_items())} items, no error"


async def check_the_key(path):
    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    base = SQLiteSession("user_123", path)
    right = EncryptedSession("user_123", base, "right key")
    await right.add_items([{"role": "user", "content": "Hi"}])
    wrong = EncryptedSession("user_123", base, "wrong key")
    stored, read = await base.get_items(), await wrong.get_items()
    return f"{len(stored)} stored, {len(read)} readable"


async def expired():
    import asyncio

    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    base = SQLiteSession("user_123")
    session = EncryptedSession("user_123", base, "secret", ttl=1)
    await session.add_items([{"role": "user", "content": "Hi"}])
    await asyncio.sleep(2.1)
    return f"{len(await session.get_items())} items are read"


async def a_longer_ttl():
    import asyncio

    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    base = SQLiteSession("user_123")
    session = EncryptedSession("user_123", base, "secret", ttl=1)
    await session.add_items([{"role": "user", "content": "Hi"}])
    await asyncio.sleep(2.1)  # ttl hides; the row is still there
    week = 7 * 24 * 3600
    session = EncryptedSession("user_123", base, "secret", ttl=week)
    return f"{len(await session.get_items())} item is read"


async def runs_at_once(agent):
    import asyncio

    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    await asyncio.gather(
        Runner.run(agent, "My name is Alice", session=session),
        Runner.run(agent, "What's my name?", session=session),
    )
    return [item["role"] for item in await session.get_items()]


async def runs_in_turn(agent):
    import asyncio

    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    lock = asyncio.Lock()  # one for each session id

    async def ask(message):
        async with lock:
            await Runner.run(agent, message, session=session)

    await asyncio.gather(ask("My name is Alice"), ask("What's my name?"))
    return [item.get("role") for item in await session.get_items()]


async def locked(path):
    import sqlite3
    from contextlib import closing

    from agents import SQLiteSession

    session = SQLiteSession("user_123", path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")  # another program writes
        await session.add_items([{"role": "user", "content": "Hi"}])


async def lock_given_back(path):
    import sqlite3
    from contextlib import closing

    from agents import SQLiteSession

    session = SQLiteSession("user_123", path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.commit()  # write, commit, and only then do slow things
        await session.add_items([{"role": "user", "content": "Hi"}])
    return f"{len(await session.get_items())} item"


async def long_session(agent):
    from agents import RunConfig, Runner, SQLiteSession

    session = SQLiteSession("user_123")
    old = {"role": "user", "content": "An old message"}
    await session.add_items([old] * 200)
    everything = RunConfig()
    sent = what_is_sent(everything)
    await Runner.run(
        agent,
        "Hi",
        session=session,
        run_config=everything,
    )
    return f"{len(sent) - 1} old items were sent"


async def with_a_limit(agent):
    from agents import RunConfig, Runner, SessionSettings, SQLiteSession

    session = SQLiteSession("user_123")
    await session.add_items([{"role": "user", "content": "Hello"}] * 200)
    newest = RunConfig(session_settings=SessionSettings(limit=20))
    sent = what_is_sent(newest)
    await Runner.run(agent, "Hi", session=session, run_config=newest)
    return f"{len(sent) - 1} old items were sent"


def two_loops(path):
    import asyncio

    from agents.extensions.memory import AsyncSQLiteSession

    session = AsyncSQLiteSession("user_123", path)

    async def read_twice():
        reads = session.get_items(), session.get_items()
        return await asyncio.gather(*reads, return_exceptions=True)

    asyncio.run(read_twice())
    _, second = asyncio.run(read_twice())
    asyncio.run(session.close())
    raise second


def one_loop(path):
    import asyncio

    from agents.extensions.memory import AsyncSQLiteSession

    async def main():  # the whole program
        session = AsyncSQLiteSession("user_123", path)
        await asyncio.gather(session.get_items(), session.get_items())
        await asyncio.gather(session.get_items(), session.get_items())
        await session.close()
        return "read four times"

    return asyncio.run(main())


async def run_with_a_tool(agent, session):
    from agents import Runner, function_tool

    @function_tool
    def get_weather(city: str) -> str:
        """The weather in a city."""
        return f"{city}: rain"

    weather = agent.clone(tools=[get_weather])
    question = "What's the weather in Oslo?"
    await Runner.run(weather, question, session=session)


def has_call(items):
    return any(item.get("type") == "function_call" for item in items)


async def orphan(agent):
    from agents import RunConfig, Runner, SQLiteSession

    session = SQLiteSession("user_123")
    await run_with_a_tool(agent, session)
    await session.pop_item()
    await session.pop_item()
    stored = has_call(await session.get_items())
    config = RunConfig()
    sent = what_is_sent(config)
    await Runner.run(agent, "Hi", session=session, run_config=config)
    return f"the call is stored: {stored}, sent: {has_call(sent)}"


async def no_orphan(agent):
    from agents import RunConfig, Runner, SQLiteSession

    session = SQLiteSession("user_123")
    await run_with_a_tool(agent, session)
    while item := await session.pop_item():
        if item.get("role") == "user":
            break
    stored = has_call(await session.get_items())
    config = RunConfig()
    sent = what_is_sent(config)
    await Runner.run(agent, "Hi", session=session, run_config=config)
    return f"the call is stored: {stored}, sent: {has_call(sent)}"


async def advanced_over_sqlite(path):
    from agents import SQLiteSession
    from agents.extensions.memory import AdvancedSQLiteSession

    plain = SQLiteSession("user_123", path)
    await plain.add_items([{"role": "user", "content": "Hi"}] * 5)
    advanced = AdvancedSQLiteSession(
        session_id="user_123",
        db_path=path,
        create_tables=True,
    )
    await advanced.add_items([{"role": "user", "content": "New"}])
    await advanced.pop_item()  # removes the new row, and all others
    return f"{len(await plain.get_items())} of 5 rows are left"


async def advanced_from_the_start(path):
    from pathlib import Path

    from agents import SQLiteSession
    from agents.extensions.memory import AdvancedSQLiteSession

    plain = SQLiteSession("user_123", path)
    await plain.add_items([{"role": "user", "content": "Hi"}] * 5)
    advanced = AdvancedSQLiteSession(
        session_id="user_123",
        db_path=Path(path).with_name("advanced.db"),
        create_tables=True,
    )
    await advanced.add_items(await plain.get_items())
    await advanced.add_items([{"role": "user", "content": "New"}])
    await advanced.pop_item()
    return f"{len(await advanced.get_items())} of 5 rows are left"


def traced():
    from agents.tracing.provider import DefaultTraceProvider

    provider = DefaultTraceProvider()
    provider.set_disabled(False)  # the default
    return type(provider.create_trace("chat")).__name__


def not_traced():
    from agents.tracing.provider import DefaultTraceProvider

    # the whole program: agents.set_tracing_disabled(True), or
    # OPENAI_AGENTS_DISABLE_TRACING=1 before agents is imported
    provider = DefaultTraceProvider()
    provider.set_disabled(True)
    return type(provider.create_trace("chat")).__name__


def missing_extra():
    from agents.extensions.memory import DaprSession

    return DaprSession.__name__


def look_for_the_extra():
    from importlib.util import find_spec

    needs = {"dapr": "dapr", "pymongo": "mongodb", "redis": "redis"}
    missing = [extra for name, extra in needs.items() if not find_spec(name)]
    extras = ",".join(missing)
    return f'python -m pip install "openai-agents[{extras}]"'
