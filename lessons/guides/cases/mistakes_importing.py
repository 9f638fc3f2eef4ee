"""Common mistakes in importing, each next to the line that works. Found in public guides."""

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


async def add_a_dict():
    from agents import SQLiteSession

    session = SQLiteSession("user_123")
    item = {"role": "system", "content": "Be brief."}
    await session.add_items([item])
    return await session.get_items()


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
        "SQLiteSession needs no extra package, so it is in agents.",
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
        add_a_dict,
        "[{'role': 'system', 'content': 'Be brief.'}]",
    ),
)
