"""The words of the SDK and of this app with their meanings. The glossary shows them, and the offline model explains them."""

WORDS = {
    "session": (
        "A list of items that is stored under a session id. Before a run its items are read and put before your "
        "message. The run stores your message and the new items."
    ),
    "session id": (
        "The name under which the items of one session are stored. A different id is a different session, and starts "
        "empty."
    ),
    "item": (
        "One entry of a session: a message of the user, a reply, a tool call, a tool's output, a reasoning item. The "
        "SDK stores it as JSON."
    ),
    "row": "An item as it is stored in a table, with its key.",
    "turn": (
        "A message of the user and everything up to the next one: the reply, and the tool calls with their outputs. "
        "max_turns counts something else: the requests of one run to the model."
    ),
    "run": (
        "One call of Runner.run: it reads the session, asks the model once or more often, and stores the new items."
    ),
    "agent": "A name, instructions, tools and a model. No row says which agent spoke; only a handoff names the next one.",
    "handoff": (
        "A call inside a run by which one agent gives the conversation to another. It is stored as two items, a call "
        "and an output, unless an input filter removes them."
    ),
    "input filter": (
        "A function of a handoff that changes what the next agent is sent. If it removes the call and the output of the "
        "handoff from new_items, they are not stored either."
    ),
    "tool call and output": (
        "Two items with one call_id: what the model asked for, and what your function returned. Most hosted "
        "tools make one item."
    ),
    "orphan": (
        "A tool call without its output, or an output without its call. A run leaves such a call out. It leaves such "
        "an output out only if a limit is set and there is no session_input_callback."
    ),
    "reasoning item": "A stored summary of what a reasoning model thought. It belongs to the item after it.",
    "limit": ("The number of newest items that a session returns, from SessionSettings(limit=…). It deletes nothing."),
    "session_input_callback": (
        "A function of yours that is given the history and the new items, and returns what is sent. What it adds is "
        "stored, and so is a changed copy of an old item."
    ),
    "call_model_input_filter": "A function of yours that changes what one request sends. It changes nothing that is stored.",
    "compaction": (
        "A service replaces old items by one item that stands for them. Only models of the Responses API can read it."
    ),
    "encrypted row": (
        "A row whose item is encrypted. The JSON around the encrypted text is called an envelope. A session with "
        "another key skips it."
    ),
    "TTL": (
        "Time to live, in seconds. With RedisSession, the session is deleted when it has passed. EncryptedSession hides "
        "older items when it reads; a pop or a compaction deletes them."
    ),
    "branch": "A second way in which a conversation goes on from an earlier turn, in AdvancedSQLiteSession.",
    "usage": "The requests and tokens of a run. Only AdvancedSQLiteSession stores them, with store_run_usage.",
    "guardrail": (
        "A check of the input or the output of an agent. A question that it stops is stored already; an answer that it "
        "stops is not stored."
    ),
    "approval": (
        "A tool with needs_approval waits for a person. Its call is stored without an output until the run goes on."
    ),
    "RunState": (
        "What a run that waits for an approval needs to go on. result.to_state() gives it, and you can keep it as a text."
    ),
    "engine": (
        "SQLAlchemy's way to a database: it holds a pool of connections. One engine can serve all sessions of a program."
    ),
    "event loop": (
        "What runs async code. Connections belong to the loop that opened them, so use one loop for the whole program."
    ),
    "handle": (
        "A session object that is open in your program. Two handles with one session id in one store read and write the "
        "same rows. Rows that SQLiteSession has only in memory belong to one handle, and go with it."
    ),
    "store": "Where this app keeps sessions: a SQLite file, memory, PostgreSQL, Redis and others.",
    "ledger": ("This app's table of a turn: for each item whether it was stored, returned and sent, and why not."),
}
