"""The changed versions that may pass: each still shows what the step claims, or still reaches the goal of the challenge."""

from dataclasses import dataclass

from tests.mutants.attack import Outcome


@dataclass(frozen=True)
class Equivalent:
    """Changed versions that may pass, and why.

    `places` and `words` are the beginnings of their places and of their changes.
    """

    reason: str
    words: tuple[str, ...]
    places: tuple[str, ...]

    def place_of(self, outcome: Outcome) -> str | None:
        """The place of this entry that the changed version is at; None if it is not meant."""
        at = f"{outcome.lesson}, {outcome.place}, {outcome.function}"
        if not outcome.words.startswith(self.words):
            return None
        return next((place for place in self.places if at.startswith(place)), None)


CHALLENGES = tuple(
    f"{slug}, challenge"
    for slug in (
        "basic",
        "memory_operations",
        "multi_session",
        "encrypted",
        "analytics",
        "long_conversations",
        "databases",
        "redis",
        "hosted",
        "model_items",
        "approvals",
        "failures",
        "life_cycle",
    )
)

EQUIVALENT: tuple[Equivalent, ...] = (
    # Challenges: any way to the goal is right.
    Equivalent("A challenge leaves to the learner how a run is made.", ("run_streamed for",), CHALLENGES),
    Equivalent(
        "The goal is reached in rows that stay the same when they are added again.", ("rows added again",), CHALLENGES
    ),
    Equivalent(
        "The goal does not name the session.",
        ("another session", "another id"),
        (
            "basic, challenge 1, solution",
            "basic, challenge 2, solution",
            "memory_operations, challenge 1, solution, undo_it_whole",
            "memory_operations, challenge 2, solution",
            "multi_session, challenge 2, solution",
            "analytics, challenge 1, solution",
            "analytics, challenge 3, solution",
            "long_conversations, challenge 1, solution, replace_a_long_session",
            "long_conversations, challenge 2, solution",
            "databases, challenge 1, solution",
            "redis, challenge 1, solution",
            "hosted, challenge 1, solution",
            "hosted, challenge 2, solution",
            "approvals, challenge 1, solution",
            "approvals, challenge 2, solution",
            "failures, challenge 1, solution",
            "failures, challenge 2, solution",
            "life_cycle, challenge 1, solution",
            "life_cycle, challenge 2, solution",
        ),
    ),
    Equivalent(
        "The goal does not say what is asked there.",
        ("another question",),
        (
            "basic, challenge 3, solution",
            "multi_session, challenge 2, solution",
            "encrypted, challenge 2, solution",
            "encrypted, challenge 3, solution",
            "analytics, challenge 2, solution",
            "analytics, challenge 3, solution",
            "long_conversations, challenge 1, solution",
            "databases, challenge 2, solution",
            "hosted, challenge 2, solution",
            "model_items, challenge 1, solution",
            "approvals, challenge 1, solution",
            "failures, challenge 1, solution",
            "life_cycle, challenge 2, solution",
            "failures, step 9",
        ),
    ),
    Equivalent(
        "What the session returned was sent, as the goal says; the learner may pass it on by hand.",
        ("history as input",),
        (
            "basic, challenge 1, solution",
            "memory_operations, challenge 2, solution",
            "encrypted, challenge 2, solution",
            "databases, challenge 2, solution",
            "failures, challenge 2, solution",
        ),
    ),
    Equivalent("Asking without a session forgets the name too.", ("no session=",), ("basic, challenge 1, solution",)),
    Equivalent(
        "Rows are hidden by another key as well as by the TTL, and it does not matter which key is the other one.",
        ("another key",),
        ("encrypted, challenge 1, solution",),
    ),
    Equivalent(
        "Any TTL hides or expires the rows, and a session without the option has none.",
        ("ttl=-1 - 1", "ttl=60 + 1", "ttl=60 - 1", "no ttl= in open_session('alice', ttl=None)"),
        ("encrypted, challenge 1, solution", "redis, challenge 1, solution", "redis, challenge 2, solution"),
    ),
    Equivalent(
        "Pops empty the session as well as a clear.",
        ("pops for session.clear_session()", "pops for timed.clear_session()"),
        (
            "long_conversations, challenge 1, solution",
            "model_items, challenge 1, solution",
            "redis, challenge 2, solution",
        ),
    ),
    Equivalent(
        "The change makes the wrong attempt a right one.",
        (
            "another session",
            "no session=",
            "limit=",
            "history as input",
            "another question",
            "ttl=",
            "no ttl=",
            "another id",
            "no await",
        ),
        (
            "basic, challenge 1, wrong attempt 1",
            "basic, challenge 1, wrong attempt 2",
            "basic, challenge 2, wrong attempt 1",
            "long_conversations, challenge 2, wrong attempt 1",
            "long_conversations, challenge 2, wrong attempt 2",
            "databases, challenge 2, wrong attempt 1",
            "redis, challenge 1, wrong attempt 1",
            "redis, challenge 1, wrong attempt 2",
            "redis, challenge 1, wrong attempt 3",
            "approvals, challenge 1, wrong attempt 2",
            "life_cycle, challenge 1, wrong attempt 1",
            "life_cycle, challenge 2, wrong attempt 1",
        ),
    ),
    Equivalent(
        "The service of the offline model has started the compaction, so the code does not come to this call.",
        ("no await session.run_compaction",),
        ("hosted, challenge 2, solution", "long_conversations, step 10"),
    ),
    Equivalent(
        "This lesson gives no hooks there.",
        ("no hooks=",),
        (
            "long_conversations, step 8, summary_of",
            "long_conversations, step 9, summary_of",
            "long_conversations, challenge 1, solution, summary_of",
        ),
    ),
    Equivalent(
        "The goal, and its hint, take rows that were added by hand.",
        ("the rows added by hand", "the session read, the rows added by hand"),
        (
            "approvals, challenge 2, solution",
            "failures, challenge 1, solution",
            "life_cycle, challenge 1, solution",
        ),
    ),
    Equivalent(
        "The goal is about one request, and not about where the question before it was stored or why it failed.",
        ("no session=", "no hooks="),
        ("failures, challenge 2, solution, fail_at",),
    ),
    Equivalent(
        "The limit is only larger than any session.",
        ("limit=1000000", "limit=None for 1000000"),
        ("life_cycle, challenge 1, solution",),
    ),
    # Steps.
    Equivalent("The step gives this run session=None.", ("no session=",), ("approvals, step 10, decide",)),
    Equivalent(
        "These are the words of an error that is not raised there.",
        ("another question for 'the text is not",),
        ("life_cycle, challenge 1, solution", "life_cycle, step 2", "life_cycle, step 4"),
    ),
    Equivalent(
        "The text is refused before anything is added.",
        ("no await session.add_items", "another id in open_session('not_made')"),
        ("life_cycle, step 3",),
    ),
    Equivalent(
        "The id in the old file takes no part in the upgrade.",
        ("another id in SQLiteSession('alice'",),
        ("life_cycle, step 7",),
    ),
    Equivalent(
        "Only the path of the session is used.", ("another id in open_session('unused')",), ("life_cycle, step 8",)
    ),
    Equivalent(
        "Each of the two erases the bytes alone, where SQLite is built with secure_delete.",
        ("no file.execute('PRAGMA secure_delete", "no file.execute('VACUUM')"),
        ("life_cycle, step 10",),
    ),
    Equivalent(
        "The step shows what becomes of the row, whatever it says.",
        ("another text for", 'another question for \'{"role"', "another question for 'another key'"),
        (
            "memory_operations, step 13",
            "encrypted, step 7",
            "encrypted, step 9",
            "encrypted, step 14",
            "analytics, step 16",
            "redis, step 8",
            "redis, step 12",
            "hosted, step 5",
            "hosted, step 13",
            "life_cycle, step 5",
        ),
    ),
    Equivalent(
        "The step shows the kinds of the items, whatever the model says in the reply.",
        ("another question for 'O",),
        ("model_items, step 5", "model_items, step 6"),
    ),
    Equivalent(
        "The first run has stored the item without an id, so the second run has none to leave out.",
        ("no run_config= in Runner.run(again",),
        ("model_items, step 3",),
    ),
    Equivalent(
        "The session is made in the step and read by its own code: what it returned is the evidence, and adding the rows again "
        "returns the same.",
        ("rows added again for",),
        (
            "basic, step 3",
            "basic, step 7",
            "encrypted, step 13",
            "encrypted, step 15",
            "databases, step 6",
            "life_cycle, step 7",
        ),
    ),
    Equivalent(
        "The session is empty there, so that adding its rows again does nothing.",
        ("rows added again before",),
        ("basic, step 3", "basic, step 7", "databases, step 4", "databases, step 5"),
    ),
    Equivalent(
        "Closing a handle that is not used again shows nothing.",
        tuple(
            f"no {name}.close()" for name in ("in_file", "in_memory", "session", "first", "second", "copy", "storage")
        ),
        ("basic, step 3", "basic, step 7", "encrypted, step 13", "encrypted, step 15"),
    ),
    Equivalent("Memory has no items under any id.", ("another id in SQLiteSession('alice')",), ("basic, step 3",)),
    Equivalent(
        "The step asks for two runs at once, which they are also without waiting for each other.",
        ("no await all_here.wait()",),
        ("multi_session, step 13, meeting_point",),
    ),
    Equivalent(
        "The lock puts one run after the other, whoever starts them.",
        ("one after the other for gather",),
        ("multi_session, step 14",),
    ),
    Equivalent("Reading past the encryption needs no key.", ("another key for the whole",), ("encrypted, step 3",)),
    Equivalent(
        "Any wrong key, or the id of another session, leaves the copy unreadable.",
        ("another id in", "another key in EncryptedSession"),
        ("encrypted, step 13, pop_from_a_copy",),
    ),
    Equivalent(
        "The id of EncryptedSession is the salt; that of the session inside takes no part.",
        ("another id in SQLiteSession('alice')",),
        ("encrypted, step 15",),
    ),
    Equivalent("Only the path of the session is used.", ("another session for the whole",), ("analytics, step 17",)),
    Equivalent(
        "Only the engine of the session is used, which all sessions of the store share.",
        ("another session for the whole",),
        ("databases, step 2",),
    ),
    Equivalent(
        "Since 0.23 the model is told that an error occurred, and not which.",
        ("another question for 'no weather today'",),
        ("failures, step 5",),
    ),
    Equivalent("The tables are missing for every id.", ("another id in",), ("databases, step 6",)),
    Equivalent(
        "The class refuses any id, and any conversation session cannot be wrapped.",
        ("another session for the whole", "another id in"),
        ("hosted, step 10",),
    ),
)


def reason(outcome: Outcome) -> str:
    """Why the changed version may pass; '' if it may not."""
    return next((entry.reason for entry in EQUIVALENT if entry.place_of(outcome) is not None), "")


def unused(outcomes: list[Outcome]) -> list[str]:
    """The places of entries that no changed version needs, of these that passed."""
    used = {(entry, entry.place_of(one)) for entry in EQUIVALENT for one in outcomes}
    return [f"{entry.reason} ({place})" for entry in EQUIVALENT for place in entry.places if (entry, place) not in used]
