"""What the steps of Life cycle run."""

import hashlib
import json
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from agents import Agent, Runner, SQLiteSession
from agents.models.interface import Model


def make_agent(model: Model | None = None) -> Agent:
    return Agent(name="Assistant", instructions="Reply in one short sentence.", model=model)


CHAT = [
    {"role": "user", "content": "My number is 555-0142"},
    {"role": "assistant", "content": "Noted."},
]


def checksum(items):
    return hashlib.sha256(json.dumps(items).encode()).hexdigest()


async def export_items(session):
    """One session as a JSON text, with a version and a checksum."""
    items = await session.get_items(limit=1_000_000)
    return json.dumps({"version": 1, "items": items, "sum": checksum(items)})


async def import_items(text, session):
    """Add the items of an exported text: all of them in one call, or none."""
    found = json.loads(text)
    if found.get("version") != 1 or found.get("sum") != checksum(found["items"]):
        raise ValueError("the text is not what was exported")
    await session.add_items(found["items"])


async def export_it(session):
    await session.add_items(CHAT)
    text = await export_items(session)
    return {"characters": len(text), "items": len(json.loads(text)["items"])}


async def bring_it_back(agent, open_session):
    await open_session("original").add_items(CHAT)
    text = await export_items(open_session("original"))
    await import_items(text, open_session("copy"))
    return await Runner.run(agent, "What is my number?", session=open_session("copy"))


async def bring_it_back_damaged(open_session):
    await open_session("whole").add_items(CHAT)
    text = await export_items(open_session("whole"))
    damaged = text.replace("0142", "0143")
    try:
        await import_items(damaged, open_session("not_made"))
    except ValueError as error:
        refused = str(error)
    return {"refused": refused, "stored": len(await open_session("not_made").get_items())}


async def bring_it_back_twice(agent, session):
    await session.add_items(CHAT)
    text = await export_items(session)
    await import_items(text, session)  # the session was not empty
    return await Runner.run(agent, "What is my number?", session=session)


async def add_an_hour_ago(session, item):
    """Store an encrypted item as if it had been said an hour ago."""
    then = int(time.time()) - 3600
    token = session.cipher.encrypt_at_time(json.dumps(item).encode(), then)
    envelope = {"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": token.decode()}
    await session.underlying_session.add_items([envelope])


async def rename_an_encrypted_session(open_session):
    """Decrypt each item under the old id, and encrypt it under the new one."""
    sealed, renamed = open_session("sealed"), open_session("renamed")
    await add_an_hour_ago(sealed, {"role": "user", "content": "Call me Ann"})
    await sealed.add_items(CHAT)
    items = await sealed.get_items()
    await renamed.add_items(items)
    after = await renamed.get_items()
    return {"moved": len(items), "read under the new id": len(after)}


async def upgrade_the_wrong_way(agent, session):
    """Open the rows of SQLiteSession as AdvancedSQLiteSession, which `session` is."""
    with closing(SQLiteSession(session.session_id, session.db_path)) as old:
        await old.add_items(CHAT * 3)
        await Runner.run(agent, "What is my number?", session=session)
        both = {"AdvancedSQLiteSession": session, "SQLiteSession": old}
        return {name: len(await one.get_items()) for name, one in both.items()}


async def upgrade_the_right_way(session):
    """Add the items of an old file to AdvancedSQLiteSession, which `session` is."""
    with tempfile.TemporaryDirectory() as folder, closing(SQLiteSession("alice", Path(folder) / "old.db")) as old:
        await old.add_items(CHAT * 3)
        items = await old.get_items()
    await session.add_items(items)
    seen = len(await session.get_items())
    await session.pop_item()
    return {"stored": len(items), "returned": seen, "left after one pop": len(await session.get_items())}


def make_it_old(session):
    """Move the times of its adds into the past, for this step only."""
    with closing(sqlite3.connect(session.db_path)) as file, file:
        for column in ("agent_sessions SET updated_at", "agent_messages SET created_at"):
            old = f"UPDATE {column} = datetime('now', '-40 days') WHERE session_id = ?"
            file.execute(old, (session.session_id,))


OLD = "SELECT session_id FROM agent_sessions WHERE datetime(updated_at) < datetime('now', '-30 days')"


async def clean_up(open_session):
    for session_id in ("unused", "in_use"):
        await open_session(session_id).add_items(CHAT)
    make_it_old(open_session("unused"))
    with closing(sqlite3.connect(open_session("unused").db_path)) as file, file:
        old = [session_id for (session_id,) in file.execute(OLD)]
        # Rows before their session: SQLite does not delete them by itself here.
        file.execute(f"DELETE FROM agent_messages WHERE session_id IN ({OLD})")
        file.execute(f"DELETE FROM agent_sessions WHERE session_id IN ({OLD})")
    return {"deleted": old, "left": len(await open_session("in_use").get_items())}


def times_in_the_bytes(path, text):
    """How often a text is in the bytes of the file and of its log, whether a table still has it or not."""
    files = [Path(f"{path}{suffix}") for suffix in ("", "-wal")]
    return sum(file.read_bytes().count(text) for file in files if file.exists())


CARD = [
    {"role": "user", "content": "My card is 4111-2222"},
    {"role": "assistant", "content": "Noted."},
]


async def clear_it(session):
    await session.add_items(CARD)
    await session.clear_session()
    rows = await session.get_items()
    return {"rows": len(rows), "times in the bytes": times_in_the_bytes(session.db_path, b"4111-2222")}


async def erase_it(session):
    await session.add_items(CARD)
    with closing(sqlite3.connect(session.db_path, isolation_level=None)) as file:
        file.execute("PRAGMA secure_delete = ON")
        file.execute("DELETE FROM agent_messages WHERE message_data LIKE '%4111-2222%'")
        file.execute("VACUUM")  # writes the file without its free pages
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # empties the log
    rows = await session.get_items()
    return {"rows": len(rows), "times in the bytes": times_in_the_bytes(session.db_path, b"4111-2222")}
