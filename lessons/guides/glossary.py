"""The words of the SDK and of this app, each with its meaning."""

from dataclasses import dataclass

from lessons.kit.models.offline.talk.word_meanings import WORDS


@dataclass(frozen=True)
class Term:
    """A word, what it means, and the slug of the lesson that shows it.

    `forms` are other forms of the word in texts. If `only_after` is not empty, one of its words must come before the term:
    "the run" means the term, "run the step" does not.
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
        WORDS["session"],
        "basic",
        forms=("sessions",),
    ),
    Term(
        "session id",
        WORDS["session id"],
        "multi_session",
        forms=("session ids",),
    ),
    Term(
        "item",
        WORDS["item"],
        "memory_operations",
        forms=("items",),
    ),
    Term("row", WORDS["row"], "basic", forms=("rows",)),
    Term(
        "turn",
        WORDS["turn"],
        "memory_operations",
        forms=("turns",),
    ),
    Term(
        "run",
        WORDS["run"],
        "basic",
        forms=("runs",),
        only_after=NOUN,
    ),
    Term(
        "agent",
        WORDS["agent"],
        "multi_session",
        forms=("agents",),
    ),
    Term(
        "handoff",
        WORDS["handoff"],
        "multi_session",
        forms=("handoffs", "handed off"),
    ),
    Term(
        "input filter",
        WORDS["input filter"],
        "multi_session",
        forms=("input filters",),
    ),
    Term(
        "tool call and output",
        WORDS["tool call and output"],
        "memory_operations",
        forms=("tool call", "tool calls", "tool output", "tool outputs"),
    ),
    Term(
        "orphan",
        WORDS["orphan"],
        "memory_operations",
        forms=("orphans", "call without output", "call without its output", "output without its call"),
    ),
    Term(
        "reasoning item",
        WORDS["reasoning item"],
        "model_items",
        forms=("reasoning items", "reasoning"),
    ),
    Term(
        "limit",
        WORDS["limit"],
        "long_conversations",
        forms=("limits",),
    ),
    Term(
        "session_input_callback",
        WORDS["session_input_callback"],
        "long_conversations",
        forms=("callback", "callbacks"),
    ),
    Term(
        "call_model_input_filter",
        WORDS["call_model_input_filter"],
        "long_conversations",
    ),
    Term(
        "compaction",
        WORDS["compaction"],
        "hosted",
        forms=("compacted",),
    ),
    Term(
        "encrypted row",
        WORDS["encrypted row"],
        "encrypted",
        forms=("encrypted rows", "encrypted", "envelope", "envelopes"),
    ),
    Term(
        "TTL",
        WORDS["TTL"],
        "redis",
    ),
    Term(
        "branch",
        WORDS["branch"],
        "analytics",
        forms=("branches",),
    ),
    Term("usage", WORDS["usage"], "analytics"),
    Term(
        "guardrail",
        WORDS["guardrail"],
        "failures",
        forms=("guardrails",),
    ),
    Term(
        "approval",
        WORDS["approval"],
        "approvals",
        forms=("approvals",),
    ),
    Term(
        "RunState",
        WORDS["RunState"],
        "approvals",
        forms=("kept state",),
    ),
    Term(
        "engine",
        WORDS["engine"],
        "databases",
        forms=("engines",),
    ),
    Term(
        "event loop",
        WORDS["event loop"],
        "redis",
    ),
    Term(
        "handle",
        WORDS["handle"],
        "basic",
        forms=("handles",),
        only_after=(*NOUN, "every", "open"),
    ),
    Term(
        "store",
        WORDS["store"],
        "databases",
        forms=("stores",),
        only_after=NOUN,
    ),
    Term(
        "ledger",
        WORDS["ledger"],
        "basic",
    ),
)
