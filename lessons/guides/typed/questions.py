"""What people type when they do not have an error to paste, for each case or step that it leads to."""

QUESTIONS: dict[str, tuple[str, ...]] = {
    "another-id": (
        "agent forgets what I said before",
        "make the agent remember",
        "separate history per user",
        "keep users apart",
        "each user needs a separate conversation",
        "context is lost between requests",
        "memory does not work",
        "every request starts a new conversation",
        "agent has no context of earlier messages",
        "forgets everything",
        "the assistant does not remember my name",
        "users see each other's messages",
        "one user sees the chat of another user",
        "users share the same history",
        "session is always empty",
    ),
    "in-memory": (
        "docker container restart loses the history",
        "memory is lost when I close the terminal",
        "sessions lost after deployment",
        "bot forgets the conversation when the server restarts",
        "where is my data stored",
        "no file on the disk",
    ),
    "list-and-session": (
        "each user message is saved two times",
        "duplicate messages stored",
    ),
    "expired": (
        "delete messages after an hour",
        "how long are messages kept",
        "encrypted messages expire",
    ),
    "wrong-key": (
        "cannot read the messages after I changed the key",
        "messages cannot be decrypted",
        "rotate the key",
    ),
    "left-stream": (
        "user closes the tab and the reply is not stored",
        "client disconnects while streaming",
        "answer missing after closing the browser during streaming",
        "reply lost when the stream is closed",
    ),
    "long": (
        "send only the last messages",
        "my token bill keeps growing",
        "limit the history that is sent",
        "how do I reduce tokens",
        "send fewer messages to the model",
        "too many tokens",
        "every request is more expensive",
        "slower and more expensive each time",
        "conversation too long",
    ),
    "Erase it": (
        "delete all data of a user",
        "remove a user's data",
        "delete everything about one person",
    ),
    "at-once": (
        "two processes write to the same session",
        "two workers use one session",
        "concurrent requests of one user",
    ),
    "total-cost": (
        "how many tokens did I use",
        "count tokens",
        "tokens used per session",
        "what did this conversation cost",
    ),
    "orphan": (
        "tool output missing",
        "tool result is lost",
        "function call without output",
        "the model ignores the tool result",
    ),
    "no-handoff": (
        "context lost after a handoff",
        "the second agent forgets after a handoff",
        "after a handoff the next message goes to the triage agent again",
    ),
    "Clean up": (
        "remove sessions older than 30 days",
        "old sessions fill the database",
        "delete old session",
    ),
    "retry": ("question twice after an error",),
    "id-as-session": (
        "pass the session id to the runner",
        "session id as text instead of a session",
        "AttributeError: type object 'SQLiteSession' has no attribute 'session_settings'",
    ),
    "not-awaited": (
        "forgot await",
        "async or sync methods",
        "TypeError: 'coroutine' object does not support item assignment",
    ),
    "another-agents": ("ImportError: cannot import name 'Runner' from 'agents' (agents/__init__.py)",),
    "no-server": (
        "mysql connection refused",
        "wrong database password",
        "redis not reached",
        "postgresql login fails",
    ),
    "locked": (
        "sqlite locked with several workers",
        "two writers on one sqlite file",
    ),
    "run-sync": (
        "run_sync does not work in jupyter",
        "run_sync in fastapi",
    ),
    "loops": (
        "event loop closed",
        "event loop problem with postgresql",
        "second asyncio run fails",
    ),
    "no-loop": ("fastapi event loop error",),
    "Choose": (
        "redis or postgresql for sessions",
        "which database for sessions",
        "which session should I use",
        "best session for production",
        "compare session types",
        "difference between sqlite and redis sessions",
    ),
    "key-missing": (
        "api key is missing",
        "api key not found",
        "where do I put the api key",
    ),
    "refused": (
        "api key is wrong",
        "model does not exist",
    ),
    "slice": ("limit cuts a tool call from its output",),
    "Your own sessions": (
        "write own class",
        "own class for another database",
        "store sessions in dynamodb firestore or mongodb",
        "custom session backend",
    ),
    "Branch from turn 2": (
        "edit an earlier message and continue",
        "go back to an earlier turn",
        "try another answer from turn",
    ),
    "A real handoff": (
        "switch to other agent",
        "pass the conversation to another agent",
    ),
    "Summarise in a filter": (
        "summary of old messages",
        "shorten the history",
    ),
    "pickle": (
        "put a session in session state",
        "cache a session in streamlit",
    ),
    "extra": (
        "install redis session",
        "pip install extra",
        "class needs an extra package",
    ),
    "Upgrade the right way": (
        "change the database of a session",
        "move from sqlite to postgresql",
    ),
    "two-pops": (
        "undo the last answer",
        "undo one turn",
        "delete the last message",
        "take back the last question",
    ),
    "guardrail": (
        "guardrail blocked and the next question fails",
        "bad message stays in history",
        "blocked question is sent again",
    ),
    "approval": (
        "ask a human before a tool runs",
        "approve a tool call",
    ),
    "folder": (
        "database file is not created",
        "cannot open the database file",
    ),
    "driver": (
        "which driver for postgresql",
        "which driver for mysql",
    ),
    "sqlalchemy-tables": (
        "table does not exist in postgresql",
        "tables are not created",
    ),
    "await-stream": (
        "how to stream an answer",
        "stream events with a session",
    ),
    "not-json": ("store a date in a session",),
    "Send an image and a file": (
        "send a file to the agent",
        "files in the history",
    ),
    "short-key": (
        "encrypt the history",
        "make a key for encryption",
        "how long must the key be",
        "generate a key",
    ),
    "tracing": (
        "send data to openai when I use ollama",
        "turn off tracing",
        "stop sending data to openai",
    ),
    "Read everything": (
        "see all stored messages",
        "print the history",
        "show the messages of a session",
    ),
    "advanced-over-sqlite": ("old history lost after switching to AdvancedSQLiteSession",),
    "Export it": ("export conversations",),
}
"""By the slug of the case, or the title of the step or session type."""
