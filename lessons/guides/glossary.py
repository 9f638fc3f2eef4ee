"""The words of the SDK and of this app, each with its meaning."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A word, what it means, and the slug of the lesson that shows it.

    `forms` are the other words by which a text means it. `only_after` are the words before it without which it is another word:
    "the run" is one, "run the step" is none.
    """

    name: str
    means: str
    lesson: str
    forms: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()


NOUN = (
    "a",
    "an",
    "the",
    "one",
    "each",
    "every",
    "this",
    "that",
    "its",
    "which",
    "same",
    "new",
    "next",
    "first",
    "second",
    "last",
    "two",
)
"""Words after which a word that is also a verb is a noun."""


GLOSSARY = (
    Term(
        "session",
        "A list of items that is stored under a session id. Before a run its items are read and put before your message. "
        "After the run the new items are stored.",
        "basic",
        forms=("sessions",),
    ),
    Term(
        "session id",
        "The name under which the items of one session are stored. A different id is a different session, and starts empty.",
        "multi_session",
        forms=("session ids",),
    ),
    Term(
        "item",
        "One entry of a session: a message of the user, a reply, a tool call, a tool's output, a reasoning item. The SDK "
        "stores it as JSON.",
        "memory_operations",
        forms=("items",),
    ),
    Term("row", "An item as it is stored in a table, with its key.", "basic", forms=("rows",)),
    Term(
        "turn",
        "A message of the user and everything up to the next one: the reply, and the tool calls with their outputs.",
        "memory_operations",
        forms=("turns",),
    ),
    Term(
        "run",
        "One call of Runner.run: it reads the session, asks the model once or more often, and stores the new items.",
        "basic",
        forms=("runs",),
        only_after=NOUN,
    ),
    Term(
        "agent",
        "A name, instructions, tools and a model. A session stores no name of an agent.",
        "multi_session",
        forms=("agents",),
    ),
    Term(
        "handoff",
        "A call inside a run by which one agent gives the conversation to another. It is stored as two items, a call and an "
        "output, unless an input filter removes them.",
        "multi_session",
        forms=("handoffs", "handed off"),
    ),
    Term(
        "tool call and output",
        "Two items with one call_id: what the model asked for, and what your function returned. A hosted tool makes one item.",
        "memory_operations",
        forms=("tool call", "tool calls", "tool output", "tool outputs", "call without output"),
    ),
    Term(
        "orphan",
        "A tool call without its output, or an output without its call. The SDK leaves such a call out. It leaves such an "
        "output out only when a limit has cut it.",
        "memory_operations",
        forms=("orphans",),
    ),
    Term(
        "reasoning item",
        "A stored summary of what a reasoning model thought. It belongs to the item after it.",
        "model_items",
        forms=("reasoning items", "reasoning"),
    ),
    Term(
        "limit",
        "The number of newest items that a session returns, from SessionSettings(limit=…). It deletes nothing.",
        "long_conversations",
        forms=("limits",),
    ),
    Term(
        "session_input_callback",
        "A function of yours that is given the history and the new items, and returns what is sent. What it adds is stored.",
        "long_conversations",
        forms=("callback", "callbacks"),
    ),
    Term(
        "call_model_input_filter",
        "A function of yours that changes what one request is sent. It changes nothing that is stored.",
        "long_conversations",
        forms=("input filter",),
    ),
    Term(
        "compaction",
        "A service replaces old items by one item that stands for them. Only models of the Responses API can read it.",
        "hosted",
        forms=("compacted",),
    ),
    Term(
        "encrypted row",
        "A row whose item is encrypted. The JSON around the encrypted text is called an envelope. A session with another key "
        "skips it.",
        "encrypted",
        forms=("encrypted rows", "encrypted", "envelope", "envelopes"),
    ),
    Term(
        "TTL",
        "Time to live, in seconds. RedisSession deletes the session when it has passed. EncryptedSession only hides the items.",
        "redis",
    ),
    Term(
        "branch",
        "A second way in which a conversation goes on from an earlier turn, in AdvancedSQLiteSession.",
        "analytics",
        forms=("branches",),
    ),
    Term("usage", "The requests and tokens of a run. A session stores them only with store_run_usage.", "analytics"),
    Term(
        "guardrail",
        "A check of the input or the output of an agent. A message that it stops is stored already.",
        "basic",
        forms=("guardrails",),
    ),
    Term(
        "approval",
        "A tool with needs_approval waits for a person. Its call is stored without an output until the run is resumed.",
        "memory_operations",
        forms=("approvals",),
    ),
    Term(
        "event loop",
        "What runs async code. Connections belong to the loop that opened them, so use one loop for the whole program.",
        "databases",
    ),
    Term(
        "handle",
        "A session object that is open in your program. Two handles with one session id read and write the same rows. What is "
        "only in memory goes with its handle.",
        "basic",
        forms=("handles",),
        only_after=(*NOUN, "every", "open"),
    ),
    Term(
        "store",
        "Where this app keeps sessions: a SQLite file, memory, PostgreSQL, Redis and others.",
        "databases",
        forms=("stores",),
        only_after=NOUN,
    ),
    Term(
        "ledger",
        "This app's table of a turn: for each item whether it was stored, returned and sent, and why not.",
        "basic",
    ),
)
