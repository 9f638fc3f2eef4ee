"""SQL databases: SQLAlchemySession, the same code on SQLite, PostgreSQL and MySQL."""

import asyncio

from agents import Agent, Runner, SessionSettings
from agents.extensions.memory import SQLAlchemySession
from agents.models.interface import Model
from sqlalchemy.exc import OperationalError

from lessons.course.databases.evidence import (
    all_at_once,
    batch_times,
    returned_two_stored_rows,
    rows_follow_on,
    sessions_added_to,
    stored_as,
    tables_added_to,
)
from lessons.course.index import entry
from lessons.frame.evidence import did, disposed, limits, opened, reads
from lessons.frame.lesson import Lesson, Step
from lessons.kit.ledger.cause import Cause


def make_agent(model: Model | None = None) -> Agent:
    return Agent(name="Assistant", instructions="Reply in one short sentence.", model=model)


async def tell_your_name(agent, session):
    return await Runner.run(agent, "My name is Alice", session=session)


async def ask_on_the_same_engine(agent, session, open_session):
    engine = session.engine  # the application's own, with its pool
    other = open_session("alice", engine=engine)
    return await Runner.run(agent, "What's my name?", session=other)


async def ask_through_a_small_pool(agent, open_session):
    pool = {"pool_size": 1, "max_overflow": 0, "pool_timeout": 5}
    session = open_session("alice", engine_kwargs=pool)
    return await Runner.run(agent, "What's my name?", session=session)


async def open_two_from_a_url(agent):
    url = "sqlite+aiosqlite:///:memory:"
    one = SQLAlchemySession.from_url("bob", url=url, create_tables=True)
    other = SQLAlchemySession.from_url("bob", url=url, create_tables=True)
    try:
        await Runner.run(agent, "My name is Bob", session=one)
        return await Runner.run(agent, "What's my name?", session=other)
    finally:
        await one.engine.dispose()
        await other.engine.dispose()


async def share_one_engine(agent):
    url = "sqlite+aiosqlite:///:memory:"
    one = SQLAlchemySession.from_url("bob", url=url, create_tables=True)
    other = SQLAlchemySession("bob", engine=one.engine)
    try:
        await Runner.run(agent, "My name is Bob", session=one)
        return await Runner.run(agent, "What's my name?", session=other)
    finally:
        await one.engine.dispose()


async def forget_the_tables():
    url = "sqlite+aiosqlite:///:memory:"
    session = SQLAlchemySession.from_url("bob", url=url)
    try:
        return await session.get_items()
    except OperationalError as error:
        return f"OperationalError: {error.orig}"
    finally:
        await session.engine.dispose()


async def store_it_twice(open_session):
    item = {"role": "user", "content": "Grüße aus Zürich 🎉"}
    escaped = open_session("accents", ensure_ascii=True)
    plain = open_session("accents", ensure_ascii=False)
    await escaped.add_items([item])
    await plain.add_items([item])
    return await plain.get_items()


async def store_two_batches(session):
    for day in ("Monday", "Tuesday"):
        question = {"role": "user", "content": f"What is on {day}?"}
        answer = {"role": "assistant", "content": f"Nothing on {day}."}
        await session.add_items([question, answer])
    return await session.get_items()


async def use_your_own_tables(agent, open_session):
    session = open_session(
        "support",
        sessions_table="chat_sessions",
        messages_table="chat_messages",
    )
    return await Runner.run(agent, "My name is Bob", session=session)


async def store_a_long_item(session):
    await session.add_items([{"role": "user", "content": "x" * 70_000}])
    (item,) = await session.get_items()
    return len(item["content"])


async def run_ten_at_once(agent, open_session):
    async def run(guest):
        session = open_session(guest)
        return await Runner.run(agent, f"My name is {guest}", session=session)

    return await asyncio.gather(*(run(f"guest_{n}") for n in range(10)))


async def dispose_of_the_engine(agent, session):
    await session.engine.dispose()  # there is no session.close()
    return await Runner.run(agent, "What's my name?", session=session)


async def restart_and_read_two(agent, open_session, restart):
    restart()  # every engine is disposed of, every handle dropped
    session = open_session("alice", session_settings=SessionSettings(limit=2))
    return await Runner.run(agent, "What's my name?", session=session)


STEPS = (
    Step(
        "Tell it your name",
        tell_your_name,
        asks="The database is empty. Which tables will the first run make?",
        look_for="Two tables were made, by the first use with create_tables=True. On MySQL the app makes them instead: the "
        "SDK's own statement has a VARCHAR without a length, which MySQL refuses.",
        holds=lambda seen: (
            did(seen) == ["run in alice: My name is Alice"]
            and seen.sent_kinds == ["user"]
            and tables_added_to(seen) == {("agent_messages", "alice"), ("agent_sessions", "alice")}
        ),
    ),
    Step(
        "Ask on the engine you have",
        ask_on_the_same_engine,
        asks="A second handle on the same engine: what will it read?",
        look_for="A second handle on the same engine read every row. An application makes one engine and gives it to all its "
        "sessions.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's my name?"]
            and opened(seen) == ["alice(engine=AsyncEngine)"]
            and seen.was_sent("Alice")
            and len(seen.returned) >= 2
        ),
    ),
    Step(
        "Ask through a small pool",
        ask_through_a_small_pool,
        asks="At most one connection. How many does a run need at once?",
        deeper=True,
        look_for="engine_kwargs made a separate engine, as from_url does: at most one connection, and five seconds to wait for "
        "it. Each session call takes a connection and gives it back, so a run needs only one.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's my name?"]
            and opened(seen) == ["alice(engine_kwargs={'pool_size': 1, 'max_overflow': 0, 'pool_timeout': 5})"]
            and seen.was_sent("Alice")
            and len(seen.added) >= 2
        ),
    ),
    Step(
        "Open two from a URL",
        open_two_from_a_url,
        asks="Two sessions with one id are opened from a URL with :memory:. Will they share rows?",
        look_for="from_url makes an engine for each session, and with :memory: each engine has its own database. The second "
        "session has the same id, and its database is empty. None of your rows changed.",
        holds=lambda seen: (
            did(seen) == ["run in bob: My name is Bob", "run in bob: What's my name?"]
            and reads(seen) == [0, 0]
            and not seen.changes
        ),
        session_id="bob",
    ),
    Step(
        "Share one engine",
        share_one_engine,
        asks="The same two sessions on one engine. What will the second run send?",
        look_for="The same two sessions on one engine: the second run sent the name.",
        holds=lambda seen: (
            did(seen) == ["run in bob: My name is Bob", "run in bob: What's my name?"]
            and rows_follow_on(seen)
            and seen.was_sent("Bob")
            and not seen.changes
        ),
        session_id="bob",
    ),
    Step(
        "Forget the tables",
        forget_the_tables,
        asks="create_tables is left out, and the tables do not exist. When will it fail?",
        look_for="create_tables is False unless you set it. Opening succeeds, and the first read fails. In production, make "
        "the tables with a migration and leave it False.",
        holds=lambda seen: "no such table" in (seen.result or ""),
        session_id="bob",
    ),
    Step(
        "Store it with and without ASCII",
        store_it_twice,
        asks="One text is stored with and without ensure_ascii. Will the rows differ, and the returned items?",
        deeper=True,
        look_for="One item, stored twice. With ensure_ascii=True, the default, each character outside ASCII is \\u…; an "
        "emoji takes twelve characters. With False the row holds the text itself. The returned item is the same.",
        holds=lambda seen: (
            did(seen) == ["add_items(1) of accents", "add_items(1) of accents", "get_items() of accents"]
            and opened(seen) == ["accents(ensure_ascii=True)", "accents(ensure_ascii=False)"]
            and [("Zürich" in data, "\\u00fc" in data) for data in stored_as(seen)[-2:]]
            == [(False, True), (True, False)]
            and "\\ud83c\\udf89" in stored_as(seen)[-2]
            and "🎉" in stored_as(seen)[-1]
            and [item.text for item in seen.returned[-2:]] == ["Grüße aus Zürich 🎉"] * 2
        ),
        session_id="accents",
    ),
    Step(
        "Store two batches",
        store_two_batches,
        asks="Two batches are added. In which order will the rows be read?",
        deeper=True,
        look_for="One add_items call is one transaction. In PostgreSQL its rows share a created_at to the microsecond, because "
        "CURRENT_TIMESTAMP is the time when the transaction began. Rows are read by created_at, then id.",
        holds=lambda seen: (
            did(seen) == ["add_items(2) of calendar", "add_items(2) of calendar", "get_items() of calendar"]
            and len(seen.added) == 4
            and [item.text.split()[-1] for item in seen.returned] == ["Monday?", "Monday.", "Tuesday?", "Tuesday."]
            and batch_times(seen)[0] == batch_times(seen)[1]
            and batch_times(seen)[2] == batch_times(seen)[3]
        ),
        session_id="calendar",
    ),
    Step(
        "Use your own tables",
        use_your_own_tables,
        asks="Your own names for the tables. Where will the rows go?",
        deeper=True,
        look_for="The rows went into chat_messages and chat_sessions: the tool Schema shows both. Only the names differ. The "
        "other sessions are not in these tables.",
        holds=lambda seen: (
            did(seen) == ["run in support: My name is Bob"]
            and tables_added_to(seen) == {("chat_messages", "support"), ("chat_sessions", "support")}
            and reads(seen) == [0]
        ),
        session_id="support",
    ),
    Step(
        "Store a long item",
        store_a_long_item,
        asks="70,000 characters in one item. Will one column hold them?",
        deeper=True,
        look_for="70,000 characters in one row. A TEXT column of MySQL holds 65,535 bytes and refuses the whole batch, so the "
        "app makes this column a LONGTEXT there.",
        holds=lambda seen: (
            did(seen) == ["add_items(1) of long", "get_items() of long"]
            and len(seen.added) == 1
            and seen.result == "70000"
        ),
        session_id="long",
    ),
    Step(
        "Run ten at once",
        run_ten_at_once,
        asks="Ten runs start at once. Will one wait for another to end?",
        deeper=True,
        look_for="Ten sessions, one engine. No run waited until another had ended: a run has a connection only during its "
        "session calls. The tool All sessions shows how their rows are mixed.",
        holds=lambda seen: (
            sorted(did(seen)) == [f"run in guest_{n}: My name is guest_{n}" for n in range(10)]
            and all_at_once(seen)
            and sessions_added_to(seen) == 10
        ),
        session_id="guest_0",
    ),
    Step(
        "Dispose of the engine",
        dispose_of_the_engine,
        asks="The engine is disposed of. Will the session still work, and are the rows there?",
        deeper=True,
        look_for="dispose() closed every connection of the pool. The session opened a new one, and every row is there.",
        holds=lambda seen: (
            did(seen) == ["run in alice: What's my name?"]
            and disposed(seen) == ["alice"]
            and seen.was_sent("Alice")
            and not seen.removed
        ),
    ),
    Step(
        "Restart, and read two",
        restart_and_read_two,
        asks="Every handle is dropped, and the new session has a limit of 2. What will it read?",
        look_for="Nothing was kept in the process. The new session reads two of the stored rows: a limit is a setting of the "
        "session object, not of the table.",
        holds=lambda seen: (
            did(seen) == ["restart", "run in alice: What's my name?"]
            and opened(seen) == ["alice(session_settings=SessionSettings)"]
            and limits(seen) == [(2, "the session's limit, its session_settings")]
            and returned_two_stored_rows(seen)
            and any(line.cause is Cause.OVER_LIMIT for line in seen.ledger.lines)
            and len(seen.added) >= 2
        ),
    ),
)


LESSON = Lesson(
    entry=entry("databases"),
    make_agent=make_agent,
    session_id="alice",
    walk_stores=("sqlalchemy_sqlite", "postgresql", "mysql"),
    steps=STEPS,
    learned=(
        "One engine for all sessions of an application: each from_url makes another engine.",
        "create_tables is False unless you set it. Make the tables with a migration.",
        "Rows are read by created_at, then id. A limit is a setting of the session object, not of the table.",
    ),
)
