"""Code of public guides that runs without an error and does not do what it seems to do, next to code that does it."""

from lessons.guides.cases.case import Case


def kinds(items):
    return [item.get("role") or item["type"] for item in items]


def not_awaited():
    from agents import SQLiteSession

    items = SQLiteSession("user_123").get_items()
    items.close()
    return type(items).__name__


async def awaited():
    from agents import SQLiteSession

    items = await SQLiteSession("user_123").get_items()
    return type(items).__name__


async def add_a_dict():
    from agents import SQLiteSession

    session = SQLiteSession("user_123")
    await session.add_items({"role": "user", "content": "Hi"})
    return await session.get_items()


async def add_a_list():
    from agents import SQLiteSession, TResponseInputItem

    session = SQLiteSession("user_123")
    items: list[TResponseInputItem] = [{"role": "user", "content": "Hi"}]
    await session.add_items(items)
    return await session.get_items()


async def pop_twice(agent):
    from agents import Runner, SQLiteSession, function_tool

    @function_tool
    def get_weather(city: str) -> str:
        """The weather in a city."""
        return f"{city}: rain"

    session = SQLiteSession("user_123")
    weather = agent.clone(tools=[get_weather])
    await Runner.run(
        weather,
        "What's the weather in Oslo?",
        session=session,
    )
    await session.pop_item()
    await session.pop_item()
    return kinds(await session.get_items())


async def pop_the_turn(agent):
    from agents import Runner, SQLiteSession, function_tool

    @function_tool
    def get_weather(city: str) -> str:
        """The weather in a city."""
        return f"{city}: rain"

    session = SQLiteSession("user_123")
    weather = agent.clone(tools=[get_weather])
    await Runner.run(
        weather,
        "What's the weather in Oslo?",
        session=session,
    )
    while item := await session.pop_item():
        if item.get("role") == "user":
            break
    return kinds(await session.get_items())


async def try_again(agent):
    from agents import MaxTurnsExceeded, Runner, SQLiteSession

    session = SQLiteSession("user_123")
    try:  # max_turns=0 fails as a broken network would
        await Runner.run(agent, "Hi", session=session, max_turns=0)
    except MaxTurnsExceeded:
        await Runner.run(agent, "Hi", session=session)
    return kinds(await session.get_items())


async def take_back_and_try_again(agent):
    from agents import MaxTurnsExceeded, Runner, SQLiteSession

    session = SQLiteSession("user_123")
    try:
        await Runner.run(agent, "Hi", session=session, max_turns=0)
    except MaxTurnsExceeded:
        while item := await session.pop_item():
            if item.get("role") == "user":
                break
        await Runner.run(agent, "Hi", session=session)
    return kinds(await session.get_items())


async def branch_by_a_new_id(path):
    from agents import SQLiteSession

    session = SQLiteSession("user_123", path)
    await session.add_items([{"role": "user", "content": "Hi"}])
    branch = SQLiteSession("user_123_branch", path)
    return f"stored for the branch: {len(await branch.get_items())}"


async def branch_by_copying(path):
    from agents import SQLiteSession

    session = SQLiteSession("user_123", path)
    await session.add_items([{"role": "user", "content": "Hi"}])
    branch = SQLiteSession("user_123_branch", path)
    await branch.add_items(await session.get_items())
    return f"stored for the branch: {len(await branch.get_items())}"


async def two_runs(agent):
    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    triage = agent.clone(name="Triage")
    billing = agent.clone(name="Billing")
    await Runner.run(triage, "I have a question", session=session)
    await Runner.run(billing, "About my bill", session=session)
    return kinds(await session.get_items())


async def a_handoff(agent):
    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    support = agent.clone(
        name="Level 2 support",
        handoff_description="Enterprise deployments, error codes.",
    )
    triage = agent.clone(name="Triage", handoffs=[support])
    question = "My enterprise deployment fails with error code 5000"
    await Runner.run(triage, question, session=session)
    return kinds(await session.get_items())


async def if_limit():
    async def get_items(items, limit=None):
        if limit:
            return items[-limit:]
        return items

    return f"limit=0 gives {len(await get_items([1, 2, 3], limit=0))}"


async def if_limit_is_none():
    async def get_items(items, limit=None):
        if limit is None:
            return list(items)  # a copy: the list stays yours
        return items[-limit:] if limit > 0 else []

    return f"limit=0 gives {len(await get_items([1, 2, 3], limit=0))}"


def bits_of_your_key():
    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    key = "0123456789abcdef0123456789abcdef"
    EncryptedSession("user_123", SQLiteSession("user_123"), key)
    return f"AES-{len(key) * 8}"


def bits_of_the_cipher():
    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    key = "0123456789abcdef0123456789abcdef"
    session = EncryptedSession("user_123", SQLiteSession("user_123"), key)
    return f"AES-{len(session.cipher._encryption_key) * 8}"


def a_short_key():
    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    EncryptedSession("user_123", SQLiteSession("user_123"), "short")
    return "a key of 5 characters is accepted"


def a_made_key():
    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession
    from cryptography.fernet import Fernet

    key = Fernet.generate_key().decode()
    EncryptedSession("user_123", SQLiteSession("user_123"), key)
    return f"a key of {len(key)} characters, made at random"


async def encrypt_an_advanced_session(path):
    from agents.extensions.memory import (
        AdvancedSQLiteSession,
        EncryptedSession,
    )

    advanced = AdvancedSQLiteSession(
        session_id="user_123",
        db_path=path,
        create_tables=True,
    )
    session = EncryptedSession("user_123", advanced, "secret")
    await session.add_items([{"role": "user", "content": "Hi"}])
    turns = await session.get_conversation_turns()
    return f"{len(turns)} turns"


async def keep_turns_unencrypted(path):
    from agents.extensions.memory import AdvancedSQLiteSession

    session = AdvancedSQLiteSession(
        session_id="user_123",
        db_path=path,
        create_tables=True,
    )
    await session.add_items([{"role": "user", "content": "Hi"}])
    turns = await session.get_conversation_turns()
    return f"{len(turns)} turn"


MISTAKES = (
    Case(
        "not-awaited",
        "“SQLiteSession is synchronous”",
        "The methods of every class are async. Without await you have a coroutine, and nothing was read or stored.",
        not_awaited,
        "coroutine",
        awaited,
        "list",
        pasted="RuntimeWarning coroutine 'SQLiteSession.add_items' was never awaited get_items pop_item",
    ),
    Case(
        "add-a-dict",
        "add_items with one item instead of a list",
        "add_items goes through what it is given. A dict gives its keys, so two texts are stored instead of the item, without "
        "an error. Give it a list, also for one item, and annotate a list with a name for the type checker.",
        add_a_dict,
        "['role', 'content']",
        add_a_list,
        "[{'role': 'user', 'content': 'Hi'}]",
        step=("memory_operations", 10, "Add a system note"),
        pasted="add one item dict keys stored role content",
    ),
    Case(
        "two-pops",
        "Two pops as undo",
        "A turn with one tool call has four rows. Two pops leave a call without its output; pop until the user's message is "
        "gone.",
        pop_twice,
        "['user', 'function_call']",
        pop_the_turn,
        "[]",
        step=("memory_operations", 6, "Pop twice, as guides teach"),
    ),
    Case(
        "retry",
        "Trying again after a failure",
        "Your message is stored before the model is asked, and stays when the run fails. Remove it before you ask again.",
        try_again,
        "['user', 'user', 'assistant']",
        take_back_and_try_again,
        "['user', 'assistant']",
        pasted="MaxTurnsExceeded Max turns (10) exceeded retry again failed",
    ),
    Case(
        "branch-by-id",
        "A branch by a new id",
        "A new id is a new, empty session. Copy the items, or use AdvancedSQLiteSession.",
        branch_by_a_new_id,
        "stored for the branch: 0",
        branch_by_copying,
        "stored for the branch: 1",
        lesson="analytics",
    ),
    Case(
        "no-handoff",
        "Two runs called a handoff",
        "Two agents that share a session are two runs. A handoff is a call inside one run. It leaves two rows, unless an input "
        "filter removes them.",
        two_runs,
        "['user', 'assistant', 'user', 'assistant']",
        a_handoff,
        "['user', 'function_call', 'function_call_output', 'assistant']",
        step=("multi_session", 8, "A real handoff"),
    ),
    Case(
        "if-limit",
        "if limit: in your own class",
        "0 is false, so a limit of 0 sends everything. Return a copy, so that nobody outside can change your list.",
        if_limit,
        "limit=0 gives 3",
        if_limit_is_none,
        "limit=0 gives 0",
        lesson="multi_session",
    ),
    Case(
        "aes-256",
        "“AES-256 encryption”",
        "Fernet halves its 32 bytes: 128 bits sign, 128 bits encrypt. It is AES-128 whatever your key is.",
        bits_of_your_key,
        "AES-256",
        bits_of_the_cipher,
        "AES-128",
        lesson="encrypted",
    ),
    Case(
        "short-key",
        "“The key must have 32 characters”",
        "Any text is accepted, and a short one stays weak. Make a random key.",
        a_short_key,
        "a key of 5 characters is accepted",
        a_made_key,
        "a key of 44 characters, made at random",
        lesson="encrypted",
    ),
    Case(
        "encrypted-advanced",
        "Branches and usage under encryption",
        "AdvancedSQLiteSession reads roles to find turns, and an encrypted item shows none. Choose one of the two.",
        encrypt_an_advanced_session,
        "0 turns",
        keep_turns_unencrypted,
        "1 turn",
        lesson="encrypted",
    ),
)
