"""Checks answers of the conversations and compaction APIs, and explains an answer of another shape in words."""

from typing import TYPE_CHECKING, Any

from lessons.kit.problems.problem import Problem, Refused

if TYPE_CHECKING:
    from httpx2 import Request, Response

_COMPACT = "/responses/compact"


def check_answer(request: "Request", answer: "Response") -> None:
    """Raises Refused if a successful answer does not have the shape of the API. Its body must have been read.

    Error answers are not checked, since they say themselves what is wrong.
    """
    path = request.url.path.rstrip("/")
    is_compaction = path.endswith(_COMPACT)
    if not answer.is_success or not (is_compaction or "/conversations" in path):
        return
    try:
        value = answer.json()
    except (ValueError, RecursionError):
        kind = answer.headers.get("content-type", "").partition(";")[0] or "an unknown kind"
        lacking = f"it is not JSON ({kind}, {len(answer.content):,} bytes)"
    else:
        lacking = _lacking(value, request.method, path)
    if lacking and is_compaction:
        raise _refused("The service that compacts", "Responses API", lacking, "The rows are as they were.")
    if lacking:
        raise not_understood(lacking, request.method)


def not_understood(what: str, method: str = "GET") -> Refused:
    """The refusal of an answer that is not an answer of the Conversations API. `what` says why, as a clause."""
    kept = "The rows there are kept, and cannot be looked at now."
    if method != "GET":
        kept = (
            "All that was stored before is kept. The answer does not say whether the service has stored anything now."
        )
    return _refused("The service that keeps the conversation", "Conversations API", what, kept)


def _refused(service: str, api: str, what: str, kept: str) -> Refused:
    return Refused(
        Problem(
            f"{service} answered, but not as OpenAI's {api} does: {what}.",
            kept,
            f"Check OPENAI_BASE_URL: it must be the address of a service with OpenAI's {api}. Then ask again.",
        )
    )


def _lacking(value: Any, method: str, path: str) -> str:
    """What is missing in an answer, in words, '' if it has everything that is read from it."""
    if not isinstance(value, dict):
        return "it is not a JSON object"
    if method == "POST" and path.endswith("/conversations"):
        return "" if isinstance(value.get("id"), str) and value["id"] else "it names no conversation (id)"
    if path.endswith(_COMPACT):
        return "" if _is_list_of_items(value.get("output")) else "it has no list of items (output)"
    if path.endswith("/items"):
        return "" if _is_list_of_items(value.get("data")) else "it has no list of items (data)"
    return ""


def _is_list_of_items(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)
