"""Troubleshooting: what you see, why, code that shows it, and the fix."""

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
            "Two ids that differ in one letter, or in upper and lower case, are two sessions. On MySQL the collation decides. "
            "A new id reads no rows. Build ids in one place.",
            code.another_id,
            "0 items are read",
            code.one_place_for_ids,
            "2 items are read",
            step=("multi_session", 15, "A slip in the id"),
        ),
        Case(
            "in-memory",
            "It forgets when the program ends",
            "Without a path the rows are in memory. Give SQLiteSession the path of a file.",
            code.in_memory,
            "0 items are read",
            code.in_a_file,
            "2 items are read",
            step=("basic", 3, "A file next to memory"),
        ),
        Case(
            "wrong-key",
            "An encrypted session is empty: a wrong key",
            "With a wrong key, or the right key with another session id, each row is skipped without an error. Count the "
            "rows of the session inside: if it has some and you can read none, the key or "
            "the id is wrong, or all have expired.",
            code.wrong_key,
            "0 items, no error",
            code.check_the_key,
            "1 stored, 0 readable",
            lesson="encrypted",
            pasted="cryptography.fernet.InvalidToken InvalidSignature decrypt",
        ),
        Case(
            "expired",
            "An encrypted session is empty after ten minutes",
            "ttl is 600 seconds unless you set it. Reading hides older items. The rows are still there until a pop or a "
            "compaction deletes them, and a larger ttl shows them again.",
            code.expired,
            "0 items are read",
            code.a_longer_ttl,
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
            step=("multi_session", 13, "Two runs at once"),
            pasted="Duplicate item found with id conversation_locked another process is running duplicate repeated ids "
            "concurrency",
        ),
        Case(
            "orphan",
            "A tool was called, and the model does not know",
            "The runner leaves a call out while its output is not stored. Two pops after a turn with a tool leave such a call. "
            "Pop until the user's message is gone.",
            code.orphan,
            "the call is stored: True, sent: False",
            code.no_orphan,
            "the call is stored: False, sent: False",
            step=("memory_operations", 7, "Ask after popping twice"),
            pasted="Error code 400 No tool output found for function call. An assistant message with 'tool_calls' must be "
            "followed by tool messages responding to each 'tool_call_id'",
        ),
        Case(
            "advanced-over-sqlite",
            "All old messages are gone after one pop",
            "AdvancedSQLiteSession was opened on a file of SQLiteSession: it cannot see the old rows, and after an add one "
            "pop_item() deletes them all. Give it a separate file, and copy the items.",
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
            "Each run is slower and more expensive than the one before",
            "All stored items are sent every time. A limit sends the newest ones and deletes nothing.",
            code.long_session,
            "200 old items were sent",
            code.with_a_limit,
            "20 old items were sent",
            step=("long_conversations", 3, "Set a limit of 4"),
            pasted="context_length_exceeded maximum context length context window too long tokens cost slow",
            lesson="long_conversations",
        ),
    ),
    ELSE: (
        Case(
            "loops",
            "It works once, and fails in the next asyncio.run()",
            "Each asyncio.run() makes a new event loop, and most sessions belong to the one that used them first. With "
            "PostgreSQL: 'attached to a different loop'; with Redis: 'Event loop is closed', every other time. "
            "Run everything on one loop; in Streamlit, on one loop in a background thread.",
            code.two_loops,
            "is bound to a different event loop",
            code.one_loop,
            "read four times",
            lesson="databases",
            pasted="Task got Future attached to a different loop. Event loop is closed. asyncio.locks.Lock is "
            "bound to a different event loop. asyncpg.exceptions.InterfaceError cannot perform operation another operation is "
            "in progress",
        ),
        Case(
            "tracing",
            "The program calls api.openai.com although another model answers",
            "The SDK traces each run and sends the trace to OpenAI when a key is set. Turn tracing off for the whole program.",
            code.traced,
            "TraceImpl",
            code.not_traced,
            "NoOpTrace",
            pasted="OPENAI_API_KEY is not set, skipping trace export",
        ),
        Case(
            "extra",
            "A session class cannot be imported",
            "It needs an extra that is not installed. The message names it.",
            code.missing_extra,
            "ImportError: DaprSession requires the 'dapr' extra. Install it with: pip install openai-agents[dapr]",
            code.look_for_the_extra,
            'python -m pip install "openai-agents[',
            pasted="requires the mongodb redis sqlalchemy cryptography encrypt extra",
        ),
    ),
}
