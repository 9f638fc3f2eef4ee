"""Why an item is where it is: one word for each cause."""

from enum import StrEnum


class Cause(StrEnum):
    """The cause of a line of the ledger. An item that was returned and sent as it is has none.

    UNKNOWN is for what the stages do not explain, such as a row that was added, removed or changed, but not by a watched call.
    Its `why` says what was observed.
    """

    NO_SESSION = "no-session"
    NOT_READ = "not-read"

    OVER_LIMIT = "over-limit"
    OTHER_BRANCH = "other-branch"
    EXPIRED = "expired"
    WRONG_KEY = "wrong-key"
    NOT_ENCRYPTED = "not-encrypted"
    UNREADABLE = "unreadable"
    NO_STRUCTURE = "no-structure"

    CALLBACK_REMOVED = "callback-removed"
    CALLBACK_CHANGED = "callback-changed"
    CALLBACK_MOVED = "callback-moved"
    CALLBACK_ADDED = "callback-added"
    FILTER_REMOVED = "filter-removed"
    FILTER_CHANGED = "filter-changed"
    FILTER_MOVED = "filter-moved"
    FILTER_ADDED = "filter-added"
    HANDOFF_FILTER = "handoff-filter"
    NESTED_HISTORY = "nested-history"

    OUTPUT_MISSING = "output-missing"
    CALL_MISSING = "call-missing"
    REASONING_OF_LEFT_OUT_CALL = "reasoning-of-left-out-call"
    SAME_ID = "same-id"
    SDK_STRIPPED = "sdk-stripped"
    RESUMED = "resumed"
    MODEL_CLASS_DROPPED = "model-class-dropped"
    WAITING_FOR_APPROVAL = "waiting-for-approval"
    MODEL_NOT_ASKED = "model-not-asked"

    NEW_INPUT = "new-input"
    STORED_IN_RUN = "stored-in-run"
    REPLY = "reply"
    HANDOFF = "handoff"
    COMPACTION = "compaction"
    STORED_BY_HAND = "stored-by-hand"
    REPLY_NOT_STORED = "reply-not-stored"
    STORED_LATER = "stored-later"
    UNKNOWN = "unknown"

    POPPED = "popped"
    CLEARED = "cleared"
    COMPACTED = "compacted"
    BRANCH_DELETED = "branch-deleted"
    LOST_WITH_HANDLE = "lost-with-handle"
    EXPIRED_IN_STORAGE = "expired-in-storage"
