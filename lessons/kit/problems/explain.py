"""Says in plain words what went wrong in a turn, what was kept, and what to do next."""

import json
from collections.abc import Iterator

from lessons.kit.models.providers import redact
from lessons.kit.problems.disk_errors import disk_words, is_of_full_disk
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.problems.redis_errors import redis_words
from lessons.kit.problems.sql_server_errors import server_words
from lessons.kit.records import TableChanges, refs
from lessons.kit.row_ref import rows_in_words

DETAIL_LIMIT = 300

Words = tuple[str, str]


def explain(error: BaseException, changes: tuple[TableChanges, ...] = ()) -> Problem:
    """The problem behind `error`; what was kept is read from the changes of the turn. No secret is repeated."""
    for one in _causes(error):
        if isinstance(one, Refused):
            return one.problem
    what, next_ = _words(error)
    return Problem(what, kept(changes), next_)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and its causes: the client of a service, also of an emulated one, raises its own error in place of another."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__


def kept(changes: tuple[TableChanges, ...]) -> str:
    """What a turn that failed has stored and removed, in words."""
    added = refs(row for table in changes for row in table.added)
    removed = refs(row for table in changes for row in table.removed)
    if not added and not removed:
        return "Nothing was stored in this turn; all rows that were there before are kept."
    parts, both = [], (*removed, *added)
    if removed:
        parts.append(f"Removed before it failed: {rows_in_words(removed, both)}.")
    if added:
        them = "it" if len(added) == 1 else "them"
        parts.append(f"Stored before it failed: {rows_in_words(added, both)}. The next run will send {them} too.")
    return " ".join(parts)


def unsaved(error: BaseException) -> Problem:
    """The problem of a turn that went well and whose record could not be written."""
    what, next_ = _words(error)
    return Problem(
        f"The record of this turn was not saved. {what}",
        "Its rows are stored, and the next run needs only those.",
        next_,
    )


def _words(error: BaseException) -> Words:
    found = server_words(error)
    if found is not None:
        return found
    error = next(filter(is_of_full_disk, _causes(error)), error)
    # SQLAlchemy's own text repeats the statement with all that was said in it; the driver's error has none of that.
    error = getattr(error, "orig", None) or error
    if isinstance(error, TimeoutError):
        return (
            "The run took too long and was cancelled: no answer came in time.",
            "Ask again, or raise SESSIONS_TURN_SECONDS.",
        )
    if isinstance(error, UnicodeEncodeError):
        return _not_encodable(error)
    if isinstance(error, json.JSONDecodeError):
        return (
            f"An answer of a service or a stored text is not JSON: {_detail(error)}",
            "Look at the stored rows and at the session calls. The session is usable: send another message, or step back.",
        )
    words_of_disk = disk_words(error)
    if words_of_disk is not None:
        return words_of_disk
    words_of_redis = redis_words(error, _detail)
    if words_of_redis is not None:
        return words_of_redis
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return _provider_answered(status, error)
    if type(error).__name__ in ("APIConnectionError", "APITimeoutError"):
        return (
            f"{_service(error)} could not be reached.",
            "Check the network and the base URL of the provider, then ask again.",
        )
    if type(error).__name__ == "ModelBehaviorError":
        return f"The model's answer cannot be used: {_detail(error)}", "Ask again, or step back."
    what = f"{type(error).__name__}: {_detail(error)}"
    if type(error).__name__ == "UserError":
        return what, _WAY_OUT
    return what, "The session is usable: send another message, or step back."


def _service(error: BaseException) -> str:
    """Who was asked, by the address of the request."""
    url = getattr(getattr(error, "request", None), "url", None)
    path = getattr(url, "path", "")
    if "/conversations" in path:
        return _KEEPER
    return "The service that compacts" if path.endswith("/responses/compact") else "The model's service"


_KEEPER = "The service that keeps the conversation"


def _provider_answered(status: int, error: BaseException) -> Words:
    service = _service(error)
    if status in (401, 403):
        return (
            f"{service} refused the key ({status}).",
            "Check the key in the environment or in .env, and restart the app.",
        )
    if status == 429:
        return (
            f"{service} says: too many requests, or no quota left (429).",
            "Wait a little, check the quota of your account, then ask again.",
        )
    if status == 404 and service == _KEEPER:
        return (
            f"The service does not know this conversation (404): {_detail(error)}",
            "It was deleted, or belongs to another account. Choose another session id, or step back.",
        )
    if status >= 500:
        return f"{service} failed ({status}).", "It is not your message. Wait a little and send it again."
    return (
        f"{service} refused the request ({status}): {_detail(error)}",
        f"Check the model's name and the base URL of the provider. {_WAY_OUT}",
    )


_WAY_OUT = (
    "If this is about an item of the session, every run will send that item and fail: pop items until it is gone, clear the "
    "session, or step back."
)
"""What the SDK cannot convert for this model, and what the service will not take, stays stored."""


def _not_encodable(error: UnicodeEncodeError) -> Words:
    character = ord(error.object[error.start])
    if 0xD800 <= character <= 0xDFFF:
        what = (
            f"A text holds half a surrogate pair (U+{character:04X}), which can be neither sent nor written as UTF-8."
        )
        return what, _WAY_OUT
    return f"A text holds U+{character:04X}, which cannot be written as {error.encoding}.", _WAY_OUT


def _detail(error: BaseException) -> str:
    text = redact(" ".join(str(error).split()))
    return text if len(text) <= DETAIL_LIMIT else text[:DETAIL_LIMIT] + "…"
