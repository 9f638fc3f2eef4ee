"""What the Conversations API answers: an answer of another shape gets words, and not the error of the code that reads it."""

from typing import TYPE_CHECKING, Any

from lessons.kit.problems.problem import Problem, Refused

if TYPE_CHECKING:
    from httpx2 import Request, Response

_CHECK_ADDRESS = (
    "Check OPENAI_BASE_URL: it must be the address of a service with OpenAI's Conversations API. Then send the message "
    "again."
)


def check_answer(request: "Request", answer: "Response") -> None:
    """Raises Refused if a success, which was read, does not hold what the API answers. An error says itself what is wrong."""
    path = request.url.path.rstrip("/")
    if not answer.is_success or "/conversations" not in path:
        return
    if answer.status_code == 204:
        raise not_understood("it is empty", request.method)
    try:
        value = answer.json()
    except (ValueError, RecursionError):
        kind = answer.headers.get("content-type", "").partition(";")[0] or "an unknown kind"
        raise not_understood(f"it is not JSON ({kind}, {len(answer.content):,} bytes)", request.method) from None
    lacking = _lacking(value, request.method, path)
    if lacking:
        raise not_understood(lacking, request.method)


def not_understood(what: str, method: str = "GET") -> Refused:
    """The refusal of an answer that is not one of the API; `what` says so of it."""
    kept = "What is stored there is kept; it cannot be looked at now."
    if method != "GET":
        kept = "What was stored before is kept. Whether the service has stored anything now, its answer does not say."
    return Refused(
        Problem(
            f"The service that keeps the conversation answered, but not as OpenAI's Conversations API does: {what}.",
            kept,
            _CHECK_ADDRESS,
        )
    )


def _lacking(value: Any, method: str, path: str) -> str:
    """What an answer should have and has not, in words; '' if it has all that is read of it."""
    if not isinstance(value, dict):
        return "it is not a JSON object"
    if method == "POST" and path.endswith("/conversations"):
        return "" if isinstance(value.get("id"), str) and value["id"] else "it names no conversation (id)"
    if path.endswith("/items"):
        items = value.get("data")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            return "it has no list of items (data)"
    return ""
