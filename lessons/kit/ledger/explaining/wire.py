"""Which items of a request the SDK's model class left out of the HTTP body."""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any, cast

from agents.models.chatcmpl_converter import Converter


def left_out(sent: Sequence[Any], path: str, model: str, posted: Sequence[Any]) -> list[int]:
    """The places of the sent items that are not in the HTTP body that was posted. `path` is that of the API.

    The body for Responses has the items one by one. For Chat Completions, the SDK's converter makes messages of them, and one
    item can become several messages or several items one message. There a reasoning item was left out if the converter makes
    the same messages without it.
    """
    return _of_responses(sent, posted) if path == "/responses" else _of_chat_completions(sent, model, posted)


def _of_responses(sent: Sequence[Any], posted: Sequence[Any]) -> list[int]:
    found, at = [], 0
    for place, item in enumerate(sent):
        if at < len(posted) and _is_of(posted[at], item):
            at += 1
        else:
            found.append(place)
    return found if at == len(posted) else []  # the body contains something else, so nothing is known


def _is_of(posted: Any, sent: Any) -> bool:
    """Whether the posted item is the sent one, possibly without some of its fields."""
    if not (isinstance(posted, dict) and isinstance(sent, dict)):
        return bool(posted == sent)
    return all(name in sent and sent[name] == value for name, value in posted.items())


def _of_chat_completions(sent: Sequence[Any], model: str, posted: Sequence[Any]) -> list[int]:
    whole = _messages(sent, model)
    if whole is None or whole != list(posted)[-len(whole) :]:
        return []
    return [
        place
        for place, item in enumerate(sent)
        if isinstance(item, dict)
        and item.get("type") == "reasoning"
        and _messages([*sent[:place], *sent[place + 1 :]], model) == whole
    ]


def left_out_of_messages(items: Sequence[Any]) -> list[int]:
    """The places of reasoning items without which the SDK's converter makes the same messages for Chat Completions."""
    return _of_chat_completions(items, "", _messages(items, "") or [])


def not_answered_at_once(items: Sequence[Any]) -> set[str]:
    """The call ids that the SDK's converter writes for Chat Completions without an answer directly after their message."""
    messages = _messages(items, "") or []
    found: set[str] = set()
    for place, message in enumerate(messages):
        if calls := message.get("tool_calls"):
            after = takewhile(lambda one: one["role"] == "tool", messages[place + 1 :])
            found |= {call["id"] for call in calls} - {one["tool_call_id"] for one in after}
    return found


def _messages(items: Sequence[Any], model: str) -> list[Any] | None:
    try:
        return list(Converter.items_to_messages(cast(Any, list(items)), model=model))
    except Exception:  # the converter refuses some items
        return None
