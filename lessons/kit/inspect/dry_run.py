"""What the next run would send of a stored session: a dry run of the real Runner on a private copy of its rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal

from lessons.kit.inspect.private_copy import private_copy
from lessons.kit.inspect.stored import ClassName, StoredSession
from lessons.kit.items import Item

if TYPE_CHECKING:
    from lessons.kit.ledger import Ledger
    from lessons.kit.stores.encrypted.envelope import OpensOnce

Api = Literal["Responses", "Chat Completions"]
NEXT = "next question"
MAIN = "main"
"""The branch that a new AdvancedSQLiteSession reads."""
_ORDER_SHOWN = 40


@dataclass(frozen=True)
class Settings:
    """How the sessions are opened, and what is asked next. With `class_name` None, the class that makes such tables opens them.

    `limit` is None for no limit. `key` is the encryption key, which is never shown. `ttl` is in seconds, None if it is not
    given. `callback` says whether a session_input_callback that changes nothing is set. `branch` is for an
    AdvancedSQLiteSession.
    """

    class_name: ClassName | None = None
    limit: int | None = None
    api: Api = "Responses"
    key: str | None = field(default=None, repr=False)
    ttl: int | None = None
    message: str = NEXT
    callback: bool = False
    branch: str = MAIN


@dataclass(frozen=True)
class Setup:
    """One dry run: everything that its outcome depends on, apart from the rows. The fields are as in `Settings`.

    `policy` is the reasoning_item_id_policy of the RunConfig, None if it is not set.
    """

    class_name: ClassName
    limit: int | None = None
    key: str | None = field(default=None, repr=False)
    ttl: int | None = None
    callback: bool = False
    policy: Literal["omit"] | None = None
    message: str = NEXT
    branch: str = MAIN


@dataclass(frozen=True)
class Line:
    """What happens to one row, as the ledger says: whether it is returned and sent, the Cause and its words, '' for none.

    `risk` says where a service refuses the item, as users report. `item` is the row as an item.
    """

    returned: bool
    sent: bool
    cause: str
    why: str
    risk: str
    item: Item = field(compare=False)


@dataclass(frozen=True)
class Outcome:
    """What a run would do: its lines by row key, and the items that it sends, in order.

    Each item in `sent` has the key of its row, None if it has no row, as the new message. `raises` is what it would raise
    before it asks the model, '' for nothing.
    """

    lines: dict[int, Line] = field(default_factory=dict)
    sent: tuple[tuple[int | None, Any], ...] = ()
    raises: str = ""

    @cached_property
    def sent_keys(self) -> tuple[int, ...]:
        return tuple(key for key, _ in self.sent if key is not None)

    @property
    def other_order(self) -> str:
        """The rows in the order in which they are sent, in words; '' if that is their stored order."""
        sent = self.sent_keys
        if list(sent) == [key for key in self.lines if key in self.values]:
            return ""
        more = ", …" if len(sent) > _ORDER_SHOWN else ""
        return f"They are sent in this order: {', '.join(map(str, sent[:_ORDER_SHOWN]))}{more}."

    def value(self, key: int) -> Any:
        """The item as it is sent for a row, None if the row is not sent."""
        return self.values.get(key)

    @cached_property
    def values(self) -> dict[int, Any]:
        """The items that are sent, by the keys of their rows."""
        return {key: value for key, value in reversed(self.sent) if key is not None}


async def dry_run(stored: StoredSession, setup: Setup, cipher: "OpensOnce | None" = None) -> Outcome:
    """What `Runner.run(agent, message, session=…)` would send. No model is asked, and only the copy is written to.

    `cipher` is for the key of the setup, and remembers the rows that it has opened before.
    """
    try:
        ledger = await _ledger(stored, setup, cipher)
    except Exception as error:  # an error of the session, the SDK or an item is the outcome
        if _is_ours(error):
            raise
        return Outcome(raises=f"{type(error).__name__}: {error}")
    keys = _keys(stored, setup.class_name, [line.row.key if line.row is not None else None for line in ledger.lines])
    lines = {
        key: Line(line.returned, bool(line.sent), str(line.cause or ""), line.why, line.risk, line.item)
        for key, line in zip(keys, ledger.lines, strict=True)
        if key is not None
    }
    return Outcome(lines, tuple((keys[one.line], one.value) for one in ledger.requests.get(1, ())))


async def dry_run_as_table(stored: StoredSession, setup: Setup, cipher: "OpensOnce | None" = None) -> str:
    """The ledger of the same run as a plain table, '' if it raises. It is a second run, since few callers want the table."""
    try:
        return str(await _ledger(stored, setup, cipher))
    except Exception as error:
        if _is_ours(error):
            raise
        return ""


async def _ledger(stored: StoredSession, setup: Setup, cipher: "OpensOnce | None") -> "Ledger":
    from lessons.kit.ledger import next_run
    from lessons.kit.ledger.watching.session_calls import Known

    branch = setup.branch if setup.branch != MAIN else ""
    async with private_copy(stored, setup.class_name, setup.key, setup.ttl, branch, cipher) as copy:
        return await next_run(
            copy.session,
            setup.message,
            run_config=_config(callback=setup.callback, policy=setup.policy),
            limit=setup.limit,
            rows_limit=len(stored.rows) + 1,
            known=Known(copy.rows, stored.session_id) if copy.rows is not None else None,
            has_tables=True,  # a private copy has them: to ask takes a fifth of a dry run on SQLAlchemySession
        )


@cache
def _config(*, callback: bool, policy: str | None) -> Any:
    """The RunConfig of a dry run, which nobody changes: checking its fields takes a twentieth of a short dry run."""
    from agents import RunConfig

    more: dict[str, Any] = {"session_input_callback": _unchanged} if callback else {}
    if policy is not None:
        more["reasoning_item_id_policy"] = policy
    return RunConfig(**more)


def _is_ours(error: Exception) -> bool:
    """Whether code of this project raised the error: then it says nothing about the run."""
    if isinstance(error, RecursionError):
        return False  # the SDK goes as deep into an item as the ledger does
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return at is not None and str(at.tb_frame.f_globals.get("__name__", "")).startswith("lessons.")


def _keys(stored: StoredSession, class_name: ClassName, keys: Sequence[int | None]) -> list[int | None]:
    if class_name != "RedisSession":
        return list(keys)
    return [stored.rows[key - 1].key if key is not None else None for key in keys]


def _unchanged(history: list[Any], new: list[Any]) -> list[Any]:
    return [*history, *new]


def api_refuses(api: Api, items: Sequence[Any]) -> list[tuple[int, str]]:
    """The positions of the items on which the SDK's class for Chat Completions raises, with its words. Empty for Responses."""
    if api == "Responses":
        return []
    from agents.models.chatcmpl_converter import Converter

    try:
        Converter.items_to_messages(list(items))
    except Exception:  # an item of any shape can be stored
        return [(position, said) for position, item in enumerate(items) if (said := _refusal(item))]
    return []


def cannot_be_written(api: Api, item: Any) -> str:
    """The name of what the openai package raises when it writes the item, '' for nothing.

    NaN and Infinity are not in JSON, and half a surrogate pair is not in UTF-8.
    """
    try:
        if api == "Chat Completions":
            from agents.models.chatcmpl_converter import Converter

            item = Converter.items_to_messages([item])
        _written(item)
    except ValueError as error:
        return type(error).__name__
    except Exception:  # what raises in another way has another finding
        return ""
    return ""


def can_all_be_written(items: Sequence[Any]) -> bool:
    """Whether json and UTF-8 take all of these items. To ask for all at once takes a third of the time."""
    try:
        _written(items)
    except Exception:  # then each is asked for
        return False
    return True


UNWRITABLE = ("NaN", "Infinity", "\\ud", "\\uD")
"""What the text of such a row has, one of these."""


def _written(value: Any) -> bytes:
    """As the openai package writes a request."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False).encode()


def not_posted(api: Api, sent: Sequence[tuple[int | None, Any]]) -> dict[int, str]:
    """What the SDK's model class does with rows that are not in its request, by key: it raises, or leaves them out."""
    found = {key: said for key, said in _unwritten(api, sent) if key is not None}
    if api == "Responses":
        return found
    from lessons.kit.ledger.explaining.wire import left_out_of_messages

    for position, said in api_refuses(api, [value for _, value in sent]):
        if (key := sent[position][0]) is not None:
            found[key] = f"given to the class for Chat Completions, which raises {said}"
    for turn in _turns(sent):
        values = [value for _, value in turn]
        for position in left_out_of_messages(values):
            if (key := turn[position][0]) is not None:
                found.setdefault(key, "given to the class for Chat Completions, which leaves it out of the request")
    return found


def raised(outcome: Outcome, posted: Mapping[int, str]) -> str:
    """What the run would raise before a model is asked: the session or the Runner, or else the model class, with the row.

    `posted` is what `not_posted` returns of it. '' for nothing.
    """
    refused = ((key, words.partition("which raises ")[2]) for key, words in posted.items())
    return outcome.raises or next((f"{words} (row {key})" for key, words in refused if words), "")


_NOT_WRITTEN = "given to the openai package, which raises {} when it writes the request: {}"
_NOT_IN_IT = {"UnicodeEncodeError": "half a surrogate pair is not in UTF-8"}


def _unwritten(api: Api, sent: Sequence[tuple[int | None, Any]]) -> list[tuple[int | None, str]]:
    try:
        _written([value for _, value in sent])
    except ValueError:
        raised = [(key, cannot_be_written(api, value)) for key, value in sent]
        why = "NaN and Infinity are not in JSON"
        return [(key, _NOT_WRITTEN.format(name, _NOT_IN_IT.get(name, why))) for key, name in raised if name]
    except Exception:  # an item of any shape can be stored
        return []
    return []


def _turns(sent: Sequence[tuple[int | None, Any]]) -> list[list[tuple[int | None, Any]]]:
    """The items in groups: a message of a user begins each. No message of the request has items of two groups."""
    turns: list[list[tuple[int | None, Any]]] = [[]]
    for one in sent:
        if isinstance(one[1], dict) and one[1].get("role") == "user":
            turns.append([])
        turns[-1].append(one)
    return turns


def _refusal(item: Any) -> str:
    from agents.models.chatcmpl_converter import Converter

    try:
        Converter.items_to_messages([item])
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:120]}"
    return ""
