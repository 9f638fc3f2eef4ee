"""Where a hosted model is reported to refuse what was sent. The offline model answers all of it."""

from collections.abc import Sequence
from typing import Any, cast

from agents.exceptions import UserError
from agents.run_internal.items import _TOOL_CALL_TO_OUTPUT_TYPE

OUTPUT_OF_CALL = _TOOL_CALL_TO_OUTPUT_TYPE
CALL_OF_OUTPUT = {output: call for call, output in OUTPUT_OF_CALL.items()}
ID_PREFIXES = {"message": "msg", "function_call": "fc", "reasoning": "rs"}
"""What the Responses API wants the id of an item to begin with."""
ROLES = ("user", "assistant", "system", "developer")
"""Those that the Responses API takes."""
PLACEHOLDER_ID = "__fake_id__"
"""The SDK gives this id to items of a Chat Completions model, and removes it before it sends them."""


def risks(sent: Sequence[Any], *, is_whole: bool = True) -> dict[int, str]:
    """A sentence for each place of a sent list at which a hosted model is reported to refuse the request.

    The list is not whole where the service keeps the conversation: the partner of a call or an output can be there.
    """
    found = {}
    for place, item in enumerate(sent):
        sentence = _risk(item, sent if is_whole else None)
        if sentence:
            found[place] = sentence
    return found


def _risk(item: Any, sent: Sequence[Any] | None) -> str:
    if not isinstance(item, dict):
        return "reported to be refused by hosted models: it is not an object"
    type_ = item.get("type")
    if sent is not None and type_ in CALL_OF_OUTPUT and not _partner(item, CALL_OF_OUTPUT[type_], sent):
        return "an output without its call: reported to be refused by the Responses and Chat Completions APIs"
    if sent is not None and type_ in OUTPUT_OF_CALL and not _partner(item, OUTPUT_OF_CALL[type_], sent):
        return "a call without its output: reported to be refused by the Responses and Chat Completions APIs"
    if item.get("role") is not None and item.get("tool_calls"):
        return "tool_calls in a message: reported to be refused by the Responses API, which wants function_call items"
    if item.get("role") is not None and item["role"] not in ROLES:
        return f"the role {str(item['role'])[:20]!r} is reported to be refused by the Responses API"
    if "role" in item and "content" in item and item["content"] is None:
        return "content: null is reported to be refused by the Responses API"
    if part := part_of_another_form(item):
        wanted = (
            "output_text" if item.get("role") == "assistant" else f"input_{'image' if part == 'image_url' else 'text'}"
        )
        return f"a part of the type {part} is reported to be refused by the Responses API, which wants {wanted}"
    if type_ == "reasoning" and not any(item.get(name) for name in ("summary", "content", "encrypted_content", "id")):
        return "an empty reasoning item is reported to be refused by the Responses API"
    return _foreign_id(item) or _refused_by_chat_completions(item)


def _partner(item: dict[str, Any], type_: str, sent: Sequence[Any]) -> bool:
    return any(
        isinstance(other, dict) and other.get("type") == type_ and other.get("call_id") == item.get("call_id")
        for other in sent
    )


def part_of_another_form(item: dict[str, Any]) -> str:
    """The type of a part of a message that belongs to Chat Completions, or to another role; '' for none."""
    content = item.get("content") if item.get("role") in ROLES else None
    refused = ("text", "image_url", "input_text" if item.get("role") == "assistant" else "output_text")
    types = [part.get("type") for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    return next((type_ for type_ in types if type_ in refused), "")


def _foreign_id(item: dict[str, Any]) -> str:
    type_ = "message" if item.get("role") is not None else item.get("type")
    prefix, own = ID_PREFIXES.get(str(type_)), item.get("id")
    if prefix is None or not isinstance(own, str) or own == PLACEHOLDER_ID or own.startswith(prefix):
        return ""
    return f"the id {own!r} is reported to be refused by the Responses API, which wants one that begins with {prefix}"


def _is_text(content: Any) -> bool:
    """Whether it is a list of texts as a model writes them."""
    return isinstance(content, list) and all(
        isinstance(part, dict) and part.get("type") == "output_text" and isinstance(part.get("text"), str)
        for part in content
    )


def _refused_by_chat_completions(item: dict[str, Any]) -> str:
    if isinstance(item.get("content"), str) or item.get("type") in ("function_call", "function_call_output"):
        return ""  # taken in this form, and asking takes longer than all the rest
    if item.get("type") == "message" and item.get("role") == "assistant" and _is_text(item.get("content")):
        return ""
    from agents.models.chatcmpl_converter import Converter

    try:
        Converter.items_to_messages([cast(Any, item)])
    except UserError:
        return "the Chat Completions class of the SDK refuses this item"
    except Exception:  # an item of any shape can be stored
        return "the Chat Completions class of the SDK fails on this item"
    return ""
