"""Common mistakes in using a session, each next to the call that works. Found in public guides."""

from lessons.guides.cases.case import Case


async def call_get_messages():
    from agents import SQLiteSession

    session = SQLiteSession("user_123")
    await session.add_message({"role": "user", "content": "Hi"})
    return await session.get_messages()


async def call_get_items():
    from agents import SQLiteSession

    session = SQLiteSession("user_123")
    await session.add_items([{"role": "user", "content": "Hi"}])
    return await session.get_items()


async def ask_for_attributes():
    from agents import SQLiteSession

    session = SQLiteSession("user_123")
    return session.conversation_id, len(session.messages)


async def ask_for_id_and_items():
    from agents import SQLiteSession

    session = SQLiteSession("user_123")
    return f"{session.session_id}, {len(await session.get_items())}"


async def item_attributes():
    from agents import SQLiteSession

    session = SQLiteSession("user_123")
    await session.add_items([{"role": "user", "content": "Hi"}])
    return [item.content for item in await session.get_items()]


async def item_keys():
    from agents import SQLiteSession

    session = SQLiteSession("user_123")
    await session.add_items([{"role": "user", "content": "Hi"}])
    # a user's message has no type, a tool's output has no content
    (item,) = await session.get_items()
    return item.get("type", "message"), item.get("content")


async def usage_stats(path):
    from agents.extensions.memory import AdvancedSQLiteSession

    session = AdvancedSQLiteSession(
        session_id="user_123",
        db_path=path,
        create_tables=True,
    )
    return await session.get_usage_stats()


async def cost_of_a_session(agent, path):
    from agents import Runner
    from agents.extensions.memory import AdvancedSQLiteSession

    session = AdvancedSQLiteSession(
        session_id="user_123",
        db_path=path,
        create_tables=True,
    )
    result = await Runner.run(agent, "Hi", session=session)
    await session.store_run_usage(result)
    usage = await session.get_session_usage()
    return usage["total_cost"]


async def tokens_of_a_session(agent, path):
    from agents import Runner
    from agents.extensions.memory import AdvancedSQLiteSession

    session = AdvancedSQLiteSession(
        session_id="user_123",
        db_path=path,
        create_tables=True,
    )
    result = await Runner.run(agent, "Hi", session=session)
    await session.store_run_usage(result)
    usage = await session.get_session_usage() or {}
    # cost: these tokens times the prices of your model
    return sorted(usage)


async def id_for_a_session(agent):
    from agents import Runner

    return await Runner.run(agent, "Hi", session="user_123")


async def session_for_a_session(agent):
    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    await Runner.run(agent, "Hi", session=session)
    return f"{len(await session.get_items())} items"


async def other_method_names(agent):
    from agents import Runner, Session

    class CustomSession(Session):
        def __init__(self, session_id):
            self.session_id = session_id
            self.session_settings = None
            self.messages = []

        async def get_messages(self):
            return self.messages

        async def add_message(self, message):
            self.messages.append(message)

    return await Runner.run(agent, "Hi", session=CustomSession("user_123"))


async def four_methods(agent):
    from agents import Runner, SessionSettings

    class CustomSession:
        def __init__(self, session_id):
            self.session_id = session_id
            self.session_settings: SessionSettings | None = None
            self.items = []

        async def get_items(self, limit=None):
            if limit is None:
                return list(self.items)
            return self.items[-limit:] if limit > 0 else []

        async def add_items(self, items):
            self.items.extend(items)

        async def pop_item(self):
            return self.items.pop() if self.items else None

        async def clear_session(self):
            self.items.clear()

    session = CustomSession("user_123")
    await Runner.run(agent, "Hi", session=session)
    return f"{len(await session.get_items())} items"


async def delete_from_sessions(path):
    import sqlite3
    from contextlib import closing

    from agents import SQLiteSession

    session = SQLiteSession("user_123", path)
    await session.add_items([{"role": "user", "content": "Hi"}])
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("DELETE FROM sessions WHERE last_activity < 0")


async def delete_old_sessions(path):
    import sqlite3
    from contextlib import closing

    from agents import SQLiteSession

    session = SQLiteSession("user_123", path)
    await session.add_items([{"role": "user", "content": "Hi"}])
    with closing(sqlite3.connect(path)) as file, file:
        # here every session counts as old; use '-30 days'
        file.execute("PRAGMA foreign_keys = ON")
        old = "updated_at <= datetime('now', '-0 days')"
        file.execute(f"DELETE FROM agent_sessions WHERE {old}")
        count = "SELECT count(*) FROM agent_messages"
        return f"{file.execute(count).fetchone()[0]} rows left"


def missing_folder():
    from agents import SQLiteSession

    return SQLiteSession("user_123", "no/such/folder/chat.db")


def folder_made_first(path):
    from pathlib import Path

    from agents import SQLiteSession

    file = Path(path).with_name("data") / "chat.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    SQLiteSession("user_123", file).close()
    return f"made {file.name}"


async def use_after_close(path):
    from agents import SQLiteSession

    session = SQLiteSession("user_123", path)
    session.close()
    return await session.get_items()


async def open_again_after_close(path):
    from agents import SQLiteSession

    SQLiteSession("user_123", path).close()
    session = SQLiteSession("user_123", path)
    return await session.get_items()


MISTAKES = (
    Case(
        "get-messages",
        "get_messages and add_message",
        "The four methods are get_items, add_items, pop_item and clear_session. add_items takes a list.",
        call_get_messages,
        "AttributeError: 'SQLiteSession' object has no attribute 'add_message'",
        call_get_items,
        "[{'role': 'user', 'content': 'Hi'}]",
        step=("memory_operations", 2, "Read everything"),
        pasted="has no attribute get_messages clear",
    ),
    Case(
        "attributes",
        "session.conversation_id, session.messages",
        "A session has an id. It does not keep a list of messages: get_items() reads them from the storage.",
        ask_for_attributes,
        "AttributeError: 'SQLiteSession' object has no attribute 'conversation_id'",
        ask_for_id_and_items,
        "user_123, 0",
        pasted="has no attribute messages",
    ),
    Case(
        "item-attributes",
        "item.content, item.type",
        "Items are dicts, and not all have the same keys: use get().",
        item_attributes,
        "AttributeError: 'dict' object has no attribute 'content'",
        item_keys,
        "('message', 'Hi')",
        pasted="dict object has no attribute type role",
    ),
    Case(
        "usage-stats",
        "get_usage_stats",
        "The method is get_session_usage(). It returns None before the first store_run_usage(result).",
        usage_stats,
        "AttributeError: 'AdvancedSQLiteSession' object has no attribute 'get_usage_stats'",
        tokens_of_a_session,
        "['input_tokens', 'output_tokens', 'requests', 'total_tokens', 'total_turns']",
        lesson="analytics",
    ),
    Case(
        "total-cost",
        "A cost in the usage",
        "The SDK counts tokens. It does not know prices.",
        cost_of_a_session,
        "KeyError: 'total_cost'",
        tokens_of_a_session,
        "['input_tokens', 'output_tokens', 'requests', 'total_tokens', 'total_turns']",
        lesson="analytics",
    ),
    Case(
        "id-as-session",
        "An id instead of a session",
        "session= is an argument of Runner.run, and takes an object: not its id, and not the class.",
        id_for_a_session,
        "AttributeError: 'str' object has no attribute 'get_items'",
        session_for_a_session,
        "2 items",
    ),
    Case(
        "own-class",
        "Your own class with other method names",
        "With Session as the base, missing methods return None, and a run fails. Give the four methods the SDK's names, and "
        "use no base class. A type checker also asks for session_id and session_settings.",
        other_method_names,
        "TypeError: 'NoneType' object is not iterable",
        four_methods,
        "2 items",
        lesson="multi_session",
    ),
    Case(
        "delete-old",
        "Old sessions deleted from a table that does not exist",
        "The tables are agent_sessions and agent_messages. Without the pragma the messages stay. Times are UTC, and have a "
        "space in the middle, not a T.",
        delete_from_sessions,
        "OperationalError: no such table: sessions",
        delete_old_sessions,
        "0 rows left",
    ),
    Case(
        "folder",
        "A file in a folder that does not exist",
        "The session makes the file, but not the folder.",
        missing_folder,
        "OperationalError: unable to open database file",
        folder_made_first,
        "made chat.db",
    ),
    Case(
        "closed",
        "A session that was closed",
        "After close() every call fails. Open the file again: the rows are still there.",
        use_after_close,
        "RuntimeError: SQLiteSession is closed",
        open_again_after_close,
        "[]",
        step=("basic", 6, "Restart, then ask again"),
    ),
)
