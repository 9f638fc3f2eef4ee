"""Trouble-shooting: what one sees, why, how to see it happen, and the cure."""

from lessons.guides.cases import troubleshooting_code as code
from lessons.guides.cases.case import Case

NO_MEMORY, CONFLICT, DATABASE, SLOW, ELSE = (
    "It does not remember",
    "Answers and rows are mixed up or gone",
    "The database refuses",
    "Long sessions are slow",
    "Event loops, network, packages",
)

TROUBLE: dict[str, tuple[Case, ...]] = {
    NO_MEMORY: (
        Case(
            "another-id",
            "It forgets, and nothing says why: another id",
            "Ids are compared letter by letter. An id that nobody has used reads no rows. Build ids in one place.",
            code.another_id,
            "0 items are read",
            code.one_place_for_ids,
            "2 items are read",
            step=("multi_session", 11, "A slip in the id"),
        ),
        Case(
            "in-memory",
            "It forgets when the program ends",
            "Without a path the rows are in memory. Give SQLiteSession the path of a file.",
            code.in_memory,
            "0 items are read",
            code.in_a_file,
            "2 items are read",
            step=("basic", 7, "Restart, then ask the memory"),
        ),
        Case(
            "wrong-key",
            "An encrypted session is empty: a wrong key",
            "With a wrong key, or the right key under another session id, each row is skipped and nothing is raised. Count the "
            "rows of the session inside: if it has some and you can read none, it is the key.",
            code.wrong_key,
            "0 items, no error",
            code.check_the_key,
            "1 stored, 0 readable",
            lesson="encrypted",
        ),
        Case(
            "expired",
            "An encrypted session is empty after ten minutes",
            "ttl is 600 seconds unless you say otherwise. It hides items when they are read; the rows are still there, and a "
            "larger ttl brings them back.",
            code.expired,
            "0 items are read",
            code.never_expires,
            "1 item is read",
            lesson="encrypted",
        ),
    ),
    CONFLICT: (
        Case(
            "at-once",
            "Two questions, then two answers",
            "Two runs used one session at the same time, and nothing in the SDK makes them wait. "
            "Keep one lock for each session id.",
            code.runs_at_once,
            "['user', 'user', 'assistant', 'assistant']",
            code.runs_in_turn,
            "['user', 'assistant', 'user', 'assistant']",
            step=("multi_session", 9, "Two runs at once"),
        ),
        Case(
            "orphan",
            "A tool was called, and the model does not know",
            "A call without its output is stored and never sent. It stays behind when a turn is taken back with two pops. Pop "
            "until the user's message is gone.",
            code.orphan,
            "the call is stored: True, sent: False",
            code.no_orphan,
            "the call is stored: False, sent: False",
            step=("memory_operations", 7, "Ask after popping twice"),
        ),
        Case(
            "advanced-over-sqlite",
            "All old messages are gone after one pop",
            "AdvancedSQLiteSession was opened on a file of SQLiteSession: it cannot see the old rows, and after an add "
            "one pop_item() deletes them all. Give it a file of its own, and copy the items.",
            code.advanced_over_sqlite,
            "0 of 5 rows are left",
            code.advanced_from_the_start,
            "5 of 5 rows are left",
            lesson="analytics",
        ),
    ),
    DATABASE: (
        Case(
            "locked",
            "database is locked",
            "Another connection holds the file for writing. SQLiteSession waits five seconds, then the run fails; if that "
            "happens at its end, the reply is lost. End write transactions before anything slow.",
            code.locked,
            "OperationalError: database is locked",
            code.lock_given_back,
            "1 item",
        ),
    ),
    SLOW: (
        Case(
            "long",
            "Each run is slower and dearer than the one before",
            "All stored items are sent every time. A limit sends the newest ones and deletes nothing.",
            code.long_session,
            "200 old items were sent",
            code.with_a_limit,
            "20 old items were sent",
            step=("memory_operations", 10, "Let a limit cut a pair"),
            lesson="long_conversations",
        ),
    ),
    ELSE: (
        Case(
            "loops",
            "It works once, and fails in the next asyncio.run()",
            "Each asyncio.run() makes a new event loop, and most sessions belong to the one that used them first. With "
            "PostgreSQL: 'attached to a different loop'; with Redis: 'Event loop is closed', every other time. "
            "Run everything on one loop; in Streamlit, on one loop in a thread of its own.",
            code.two_loops,
            "is bound to a different event loop",
            code.one_loop,
            "read four times",
            lesson="databases",
            pasted="attached to a different loop Event loop is closed",
        ),
        Case(
            "tracing",
            "The program calls api.openai.com although another model answers",
            "The SDK traces each run and sends it to OpenAI when a key is set. Switch it off for the whole program.",
            code.traced,
            "TraceImpl",
            code.not_traced,
            "NoOpTrace",
            pasted="OPENAI_API_KEY is not set, skipping trace export",
        ),
        Case(
            "extra",
            "A session class cannot be imported",
            "What it needs is in an extra that is not installed. The message names it.",
            code.missing_extra,
            "ImportError: DaprSession requires the 'dapr' extra. Install it with: pip install openai-agents[dapr]",
            code.look_for_the_extra,
            'python -m pip install "openai-agents[',
            pasted="requires the mongodb redis sqlalchemy cryptography encrypt extra",
        ),
    ),
}
