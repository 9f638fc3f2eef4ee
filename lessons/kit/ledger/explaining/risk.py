"""Finds what hosted models refuse, as users report. The offline model answers all of it."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast, get_args, get_type_hints

from agents.exceptions import UserError
from agents.run_internal.items import _TOOL_CALL_TO_OUTPUT_TYPE

OUTPUT_OF_CALL = _TOOL_CALL_TO_OUTPUT_TYPE
CALL_OF_OUTPUT = {output: call for call, output in OUTPUT_OF_CALL.items()}
ID_PREFIXES = {"message": "msg", "function_call": "fc", "reasoning": "rs"}
"""The prefixes that the Responses API wants for the ids of items."""
ROLES = ("user", "assistant", "system", "developer")
"""The roles that the Responses API accepts."""
ID_CHARACTERS = 64
PLACEHOLDER_ID = "__fake_id__"
"""The SDK gives this id to items of a Chat Completions model. It removes the id before it sends them."""
SCRIPTED_ID = "scripted-message"
"""The id that the SDK's own model for tests, ScriptedModel, gives each message. It gives a call its call_id as id."""
ASYNC = "async_"
"""The name under which the SDK stores, and sends, the field async of a call: the openai package calls it so in Python."""
_PARTS_OF_A_MESSAGE = (
    "input_text",
    "input_image",
    "input_file",
    "input_audio",
    "output_text",
    "output_audio",
    "refusal",
)
_PARTS = frozenset((*_PARTS_OF_A_MESSAGE, "summary_text", "reasoning_text", "text", "image_url"))
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "function_call": ("call_id", "name", "arguments"),
    "custom_tool_call": ("call_id", "name", "input"),
    "custom_tool_call_output": ("call_id",),
    "item_reference": ("id",),
    **dict.fromkeys(("computer_call", "shell_call", "apply_patch_call", "local_shell_call"), ("call_id",)),
    **dict.fromkeys(("computer_call_output", "shell_call_output", "apply_patch_call_output"), ("call_id",)),
}
"""Fields of an item that must be texts. The call_id of a function_call_output may be missing."""
_ANSWERS = ("function_call_output", "custom_tool_call_output")
"""Types of items whose output is a text or a list of parts."""


class Risks:
    """Why hosted models refuse a sent list, as users report. Each item is looked at when it is asked for.

    `is_whole` is False where the service keeps the conversation: then the service can have the other half of a call.
    """

    def __init__(self, sent: Sequence[Any], *, is_whole: bool = True) -> None:
        self._sent = sent
        self._first = _first_places(sent) if is_whole else None

    def at(self, place: int) -> str:
        """A sentence about the item at this place of the list, '' if no refusal is reported."""
        return _risk(self._sent[place], place, self._first)


def _first_places(sent: Sequence[Any]) -> dict[tuple[str, str], int]:
    """The first place of each call and each output, by type and call id."""
    found: dict[tuple[str, str], int] = {}
    for place, item in enumerate(sent):
        type_ = str(item.get("type")) if isinstance(item, dict) else ""
        if type_ in OUTPUT_OF_CALL or type_ in CALL_OF_OUTPUT:
            found.setdefault((type_, str(item.get("call_id"))), place)
    return found


def _risk(item: Any, place: int, first: dict[tuple[str, str], int] | None) -> str:
    if not isinstance(item, dict):
        return "it is not an object: OpenAI's reference of the Responses API does not have such an item"
    if _is_plain_message(item):
        return ""  # most items; none of the checks below can find anything in it
    type_ = str(item.get("type"))
    if first is not None and names_a_call(item):
        asked = first.get((CALL_OF_OUTPUT[type_], str(item["call_id"])))
        if asked is None:
            return "an output without its call: users report that the Responses and Chat Completions APIs refuse it"
        if asked > place:
            return "an output before its call: users report that the Chat Completions API refuses it"
    if first is not None and type_ in OUTPUT_OF_CALL and (OUTPUT_OF_CALL[type_], str(item.get("call_id"))) not in first:
        return "a call without its output: users report that the Responses and Chat Completions APIs refuse it"
    if is_message(item) and item.get("tool_calls"):
        return (
            "tool_calls in a message: users report that the Responses API refuses them, and wants function_call items"
        )
    if is_message(item) and item["role"] not in ROLES:
        return f"the role {str(item['role'])[:20]!r}: users report that the Responses API refuses it"
    if is_message(item) and "content" in item and item["content"] is None:
        return "content: null, and some users report that the Responses API refuses it"
    if part := part_of_another_form(item):
        wanted = (
            "output_text" if item.get("role") == "assistant" else f"input_{'image' if part == 'image_url' else 'text'}"
        )
        return f"a part of the type {part}: users report that the Responses API refuses it, and wants {wanted}"
    if _is_empty_reasoning(item):
        return "an empty reasoning item: users report that llama.cpp refuses it in its Responses API"
    if odd := odd_form(item):
        return odd_risk(odd)
    return _foreign_id(item) or _refused_by_chat_completions(item)


def is_of_another_form(item: Mapping[str, Any]) -> bool:
    """Whether users report that the Responses API refuses the form of the item."""
    if item.get("role") and is_message(item):
        strange = str(item["role"]) not in ROLES or bool(item.get("tool_calls")) or item.get("content") is None
        if strange or part_of_another_form(item):
            return True
    return _is_empty_reasoning(item) or bool(odd_form(item))


def _is_empty_reasoning(item: Mapping[str, Any]) -> bool:
    return item.get("type") == "reasoning" and not any(
        item.get(name) for name in ("summary", "content", "encrypted_content", "id")
    )


def is_message(item: Mapping[str, Any]) -> bool:
    """Whether it is a message. Items of other types, such as additional_tools, can have a role too."""
    return item.get("role") is not None and item.get("type") in (None, "", "message")


def names_a_call(item: Mapping[str, Any]) -> bool:
    """Whether an item is an output with a call id. The Responses API also accepts some outputs without one."""
    return str(item.get("type")) in CALL_OF_OUTPUT and item.get("call_id") is not None


@cache
def known_fields() -> Mapping[str, frozenset[str]]:
    """The types of items that the installed openai package can send, each with its fields."""
    from openai.types.responses import ResponseInputItemParam

    found: dict[str, frozenset[str]] = {}
    for one in get_args(ResponseInputItemParam):
        hints = get_type_hints(one)
        declared = [hints.get("type")]
        while declared:
            name = declared.pop()
            declared += get_args(name)
            if isinstance(name, str):
                found[name] = found.get(name, frozenset()) | hints.keys()
    return found


def is_of_unknown_type(item: Mapping[str, Any]) -> bool:
    """Whether the installed openai package does not know the type of the item."""
    type_ = item.get("type")
    return type_ is not None and (not isinstance(type_, str) or type_ not in known_fields())


def odd_risk(odd: str) -> str:
    """The sentence about what `odd_form` has found."""
    return f"{odd}: users report that the Responses API refuses an item in another form than its reference gives"


def odd_form(item: Mapping[str, Any]) -> str:
    """What in the form of the item differs from the reference of the Responses API, '' if nothing is known to differ."""
    type_ = str(item.get("type"))
    if is_message(item):
        return _odd_content(item) or _odd_id(item, "id") or _odd_field(item, "message")
    if type_ == "message":
        return "a message without a role"
    for name in _TEXTS.get(type_, ()):
        if not isinstance(item.get(name), str):
            return f"{name} of a {type_} is {_kind(item.get(name))} and not a text"
    if type_ in _ANSWERS and not isinstance(item.get("output"), str | list):
        return f"output of a {type_} is {_kind(item.get('output'))} and not a text"
    if type_ == "reasoning" and not isinstance(item.get("summary"), list):
        return "reasoning without a summary, which may be an empty list"
    if type_ == "reasoning" and item.get("status", "") is None:
        return "the status of reasoning is null"
    return _odd_id(item, "call_id") or _odd_id(item, "id") or _odd_field(item, type_)


def _odd_field(item: Mapping[str, Any], type_: str) -> str:
    """Names a field that items of this type do not have. Checks only the types that people also write by hand."""
    if (
        type_ not in ("message", "function_call", "function_call_output", "reasoning")
        or str(item.get("type", type_)) != type_
    ):
        return ""
    known = known_fields()[type_]
    if item.keys() <= known:
        return ""
    unknown = sorted(item.keys() - known - _NOT_SENT - (set() if item.get("tool_calls") else {"tool_calls"}))
    return f"the field {unknown[0]!r:.40}, which {_ITS_NAME.get(type_, f'a {type_}')} does not have" if unknown else ""


_NOT_SENT = {"provider_data", "created_by", "_agents_tool_description", "_agents_tool_title", ASYNC}
"""Fields that the SDK removes before it sends an item; and one that it adds, of which no refusal is known."""
_ITS_NAME = {"reasoning": "reasoning"}


def _odd_content(item: Mapping[str, Any]) -> str:
    content = item.get("content")
    if item.get("type", "message") != "message" or isinstance(content, str):
        return ""
    if content is None:
        return "" if "content" in item or item.get("tool_calls") else "a message without content"
    if not isinstance(content, list):
        return f"content is {_kind(content)} and not a text"
    for part in content:
        if not isinstance(part, dict):
            return f"a part of the content is {_kind(part)} and not an object"
        if str(part.get("type")) not in _PARTS:
            return f"a part of the content has the type {part.get('type')!r:.40}"
        if part.get("type") in ("input_text", "output_text") and not isinstance(part.get("text"), str):
            return f"the text of a part is {_kind(part.get('text'))} and not a text"
    return ""


def _odd_id(item: Mapping[str, Any], name: str) -> str:
    own = item.get(name)
    if own is None:
        return ""
    if not isinstance(own, str):
        return f"{name} is {_kind(own)} and not a text"
    if name == "call_id" and not own:
        return "call_id is empty"
    return f"{name} has {len(own)} characters, more than {ID_CHARACTERS}" if len(own) > ID_CHARACTERS else ""


def _kind(value: Any) -> str:
    if value is None:
        return "missing"
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list"}
    return names.get(type(value), "an object")


def with_outputs(answer: Sequence[Any], sent: Sequence[Any]) -> list[Any]:
    """An answer of a model, and the outputs of its calls among the sent items."""
    calls = [one["call_id"] for one in answer if isinstance(one, dict) and one.get("call_id")]
    outputs = [one for one in sent if isinstance(one, dict) and one.get("type") in CALL_OF_OUTPUT]
    return [*answer, *(one for one in outputs if one.get("call_id") in calls)]


def part_of_another_form(item: Mapping[str, Any]) -> str:
    """The first part type in a message that belongs to Chat Completions or to another role, '' for none."""
    content = item.get("content") if is_message(item) and item["role"] in ROLES else None
    refused = ("text", "image_url", "input_text" if item.get("role") == "assistant" else "output_text")
    types = [part.get("type") for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    return next((type_ for type_ in types if type_ in refused), "")


def _foreign_id(item: dict[str, Any]) -> str:
    type_ = "message" if is_message(item) else item.get("type")
    prefix, own = ID_PREFIXES.get(str(type_)), item.get("id")
    if prefix is None or not isinstance(own, str) or own == PLACEHOLDER_ID or own.startswith(prefix):
        return ""
    return f"the id {own!r}: users report that the Responses API refuses it, and wants one that begins with {prefix}"


def _is_text(content: Any) -> bool:
    """Whether the content is a list of text parts of a model's answer."""
    return isinstance(content, list) and all(
        isinstance(part, dict) and part.get("type") == "output_text" and isinstance(part.get("text"), str)
        for part in content
    )


_PLAIN_TEXTS: Mapping[str, tuple[str, ...]] = {
    "function_call": ("call_id", "name", "arguments"),
    "function_call_output": ("call_id", "output"),
}


def is_plain(item: Mapping[str, Any]) -> bool:
    """Whether the SDK's class for Chat Completions certainly accepts the item.

    True for a message of one text, a function's call or output, and reasoning as a hosted model returns it.
    """
    if isinstance(item.get("content"), str):
        return _is_plain_message(item)
    type_ = str(item.get("type"))
    if type_ == "reasoning":
        return "role" not in item and "provider_data" not in item
    wanted = _PLAIN_TEXTS.get(type_, ())
    return bool(wanted) and all(isinstance(item.get(name), str) for name in wanted)


def _is_plain_message(item: Mapping[str, Any]) -> bool:
    """Whether the item is a message of one text, with no other field."""
    return (
        isinstance(item.get("content"), str)
        and item.get("role") in ROLES
        and item.keys() <= {"content", "role", "type"}
        and item.get("type", "message") == "message"
    )


def _refused_by_chat_completions(item: dict[str, Any]) -> str:
    if is_plain(item):
        return ""  # accepted in this form; asking the converter takes longer than all other checks
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
