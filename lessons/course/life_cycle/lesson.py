"""Life cycle: sessions that are exported, brought back, upgraded, cleaned up and erased."""

import hashlib
import json
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from agents import Agent, Runner, SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession, EncryptedSession
from agents.models.interface import Model

from lessons.course.index import entry
from lessons.course.life_cycle.evidence import SAID, counted, has_a_session_row, texts
from lessons.frame.evidence import did
from lessons.frame.lesson import Lesson, Step
from lessons.kit.stores.kind import SHARED, UNCHANGED


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


def with_branches(path):
    return AdvancedSQLiteSession(session_id="alice", db_path=path, create_tables=True)


async def upgrade_the_wrong_way():
    """Open a file of SQLiteSession as AdvancedSQLiteSession."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chat.db"
        with closing(SQLiteSession("alice", path)) as old:
            await old.add_items(CHAT * 3)
            stored = len(await old.get_items())
        with closing(with_branches(path)) as session:
            seen = len(await session.get_items())
            await session.add_items(CHAT)
            await session.pop_item()
        with closing(SQLiteSession("alice", path)) as old:
            return {"stored": stored, "returned": seen, "left after one pop": len(await old.get_items())}


async def upgrade_the_right_way():
    """Copy the items into a new file."""
    with tempfile.TemporaryDirectory() as folder:
        with closing(SQLiteSession("alice", Path(folder) / "chat.db")) as old:
            await old.add_items(CHAT * 3)
            items = await old.get_items()
        with closing(with_branches(Path(folder) / "new.db")) as session:
            await session.add_items(items)
            seen = len(await session.get_items())
            await session.pop_item()
            return {"stored": len(items), "returned": seen, "left after one pop": len(await session.get_items())}


async def rename_an_encrypted_session():
    """Give the rows another id, as a move or an UPDATE does."""
    key = "a key of 43 letters, kept in a safe place.."
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sealed.db"
        with closing(SQLiteSession("alice", path)) as rows:
            await EncryptedSession("alice", rows, key).add_items(CHAT)
            envelopes = await rows.get_items()
            before = len(await EncryptedSession("alice", rows, key).get_items())
        with closing(SQLiteSession("alice_2", path)) as rows:
            await rows.add_items(envelopes)
            stored = len(await rows.get_items())
            after = len(await EncryptedSession("alice_2", rows, key).get_items())
            return {"stored": stored, "read before": before, "read after": after}


def make_it_old(session):
    """Set the times of its adds back, for this step only."""
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
    """How often a text is in the file and its log, whatever any table says."""
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


STEPS = (
    Step(
        "Export it",
        export_it,
        asks="What of a session is in an export, and what is not?",
        look_for="get_items() gives plain dicts, so a session is JSON in one line. A version says how to read it later, and a "
        "checksum that nothing is missing. Row ids, times, branches and usage are not in it; those of python -m lessons export "
        "and of the tool Operate have them.",
        holds=lambda seen: (
            did(seen) == ["add_items(2) of exported", "get_items(limit=1000000) of exported"]
            and texts(seen, "exported") == SAID
            and "get_items" in seen.called
            and counted(seen)["items"] >= 2
            and counted(seen)["characters"] > 150
        ),
        session_id="exported",
    ),
    Step(
        "Bring it back",
        bring_it_back,
        asks="The export is added to a new session. Will the rows have the same ids?",
        look_for="The copy has the same items in the same order, in rows with other ids. The run was sent them: it knows the "
        "number.",
        holds=lambda seen: (
            did(seen)
            == [
                "add_items(2) of original",
                "get_items(limit=1000000) of original",
                "add_items(2) of copy",
                "run in copy: What is my number?",
            ]
            and texts(seen, "original") == SAID
            and texts(seen, "copy")[:2] == SAID
            and seen.was_sent("555-0142")
            and seen.read_session == "copy"
        ),
        session_id="copy",
    ),
    Step(
        "Bring back a damaged one",
        bring_it_back_damaged,
        asks="One digit is changed on the way. Will the import notice?",
        deeper=True,
        look_for="One digit was changed on the way. The checksum did not fit, and nothing was stored. Without it the wrong "
        "number would have been remembered.",
        holds=lambda seen: (
            did(seen) == ["add_items(2) of whole", "get_items(limit=1000000) of whole", "get_items() of not_made"]
            and texts(seen, "whole") == SAID
            and counted(seen) == {"refused": "the text is not what was exported", "stored": 0}
            and texts(seen, "not_made") == []
        ),
        session_id="whole",
    ),
    Step(
        "Bring it back twice",
        bring_it_back_twice,
        asks="The same export is added twice. What will the model be sent?",
        deeper=True,
        look_for="add_items appends: into a session that is not empty an import stores everything a second time, and the "
        "model is sent both. Look whether the session is empty first, as python -m lessons import and the tool Operate do.",
        holds=lambda seen: (
            did(seen)
            == [
                "add_items(2) of doubled",
                "get_items(limit=1000000) of doubled",
                "add_items(2) of doubled",
                "run in doubled: What is my number?",
            ]
            and texts(seen, "doubled")[:4] == SAID * 2
            and [item.text for item in seen.sent].count(SAID[0]) == 2
        ),
        session_id="doubled",
    ),
    Step(
        "Rename an encrypted one",
        rename_an_encrypted_session,
        asks="An encrypted session is renamed. Can its rows be read under the new id?",
        deeper=True,
        look_for="This step uses a separate file. All rows are there, and none can be read: EncryptedSession derives its key "
        "from yours "
        "and from the session id. Rows that you move must keep their id.",
        holds=lambda seen: counted(seen) == {"stored": 2, "read before": 2, "read after": 0},
        session_id="sealed",
    ),
    Step(
        "Upgrade the wrong way",
        upgrade_the_wrong_way,
        asks="The class is changed to AdvancedSQLiteSession on the same file. What will it return, and what "
        "will one pop delete?",
        look_for="This step uses separate files. Opened as AdvancedSQLiteSession, the old rows are on no branch: none was "
        "returned. Then "
        "one pop deleted them all, without an error.",
        holds=lambda seen: counted(seen) == {"stored": 6, "returned": 0, "left after one pop": 1},
        session_id="upgraded",
    ),
    Step(
        "Upgrade the right way",
        upgrade_the_right_way,
        asks="The items are added to a new file instead. What will be returned, and what will one pop delete?",
        look_for="The same six items, added to a new file: all are returned, and a pop takes one. python -m lessons move does "
        "this for whole databases, and compares the next run.",
        holds=lambda seen: counted(seen) == {"stored": 6, "returned": 6, "left after one pop": 5},
        session_id="upgraded",
    ),
    Step(
        "Clean up",
        clean_up,
        asks="Which session is old enough to be deleted, and which clock decides?",
        look_for="updated_at is UTC, as SQLite's datetime('now') is, and only an add changes it. The session without an add "
        "for 40 days is gone, with its rows. Only a ttl of RedisSession or DaprSession deletes sessions automatically. "
        "python -m lessons cleanup and the tool Operate do it on servers too, with a preview.",
        holds=lambda seen: (
            did(seen) == ["add_items(2) of unused", "add_items(2) of in_use", "get_items() of in_use"]
            and "unused" in counted(seen)["deleted"]
            and "in_use" not in counted(seen)["deleted"]
            and counted(seen)["left"] >= 2
            and texts(seen, "in_use") == SAID
            and texts(seen, "unused") == []
            and not has_a_session_row(seen, "unused")
        ),
        session_id="in_use",
        store="sqlite_file",
    ),
    Step(
        "Clear it",
        clear_it,
        asks="clear_session() deletes the rows. Is the card number still in the file?",
        look_for="clear_session() deleted the rows, and the card number is still in the bytes of the file or its log (-wal): "
        "anyone with the file can read it.",
        holds=lambda seen: (
            did(seen) == ["add_items(2) of cleared", "clear_session() of cleared", "get_items() of cleared"]
            and counted(seen)["rows"] == 0
            and counted(seen)["times in the bytes"] > 0
        ),
        session_id="cleared",
        store="sqlite_file",
    ),
    Step(
        "Erase it",
        erase_it,
        asks="What has to be done so that the number is nowhere in the file?",
        look_for="The rows were deleted, the file was written again without free pages, and the log was emptied: the number "
        "is nowhere in the bytes. Copies "
        "and backups of the file still have it. python -m lessons erase and the tool Operate do the same, and say what is "
        "proved.",
        holds=lambda seen: (
            did(seen) == ["add_items(2) of erased", "get_items() of erased"]
            and counted(seen)["times in the bytes"] == 0
            and counted(seen)["rows"] >= 1
            and "Noted." in texts(seen, "erased")
        ),
        session_id="erased",
        store="sqlite_file",
    ),
)

LESSON = Lesson(
    entry=entry("life_cycle"),
    make_agent=make_agent,
    session_id="exported",
    walk_stores=("sqlite_file",),
    steps=STEPS,
    learned=(
        "get_items() is the export and add_items() the import. Row ids, times, branches and usage are not in it.",
        "An encrypted session must keep its id, and rows of another class must be added again: opening them is not enough.",
        "clear_session() can leave the text in the bytes of the file or its log. Erasing needs no free pages and an empty log.",
    ),
    needs=(SHARED, UNCHANGED),
)
