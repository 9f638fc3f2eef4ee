"""The contract that every session class should keep, and whether one does.

The rules are the SDK's own words where its docs have some (`Session` in agents.memory.session).
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lessons.kit.contract import checks as one
from lessons.kit.contract import sharing_checks as several
from lessons.kit.contract.checks import Broken, Check, new_id
from lessons.kit.contract.sharing_checks import NotShared

SECONDS_PER_RULE = 5.0
REPORT_CHARACTERS = 500

MakeSession = Callable[[str], Any]
"""Takes a session id and returns a new handle on the session of that id, or an awaitable of one."""


@dataclass(frozen=True)
class Rule:
    """What a session promises: a short name, and the promise in a sentence."""

    name: str
    says: str


@dataclass(frozen=True)
class Finding:
    """Whether a session class keeps a rule, and what was seen; of a rule that is broken, what was expected and what came.

    `information` is True for a rule on shared storage and a class whose handles share nothing. Such a class, like an
    in-memory session, breaks no rule, so `held` is True too.
    """

    rule: Rule
    held: bool
    what_happened: str
    information: bool = False


CHECKS: dict[Rule, Check] = {
    Rule("is a session", "It has session_id, session_settings and the four async methods."): one.is_a_session,
    Rule("session id", "session_id is the id that the session was made with."): one.session_id,
    Rule("starts empty", "A session with a new id has no items."): one.starts_empty,
    Rule("order", "get_items() returns the items in chronological order."): one.order,
    Rule("batches", "add_items() adds all items of its list, in order, after those that are there."): one.batches,
    Rule("empty batch", "add_items([]) adds nothing."): one.empty_batch,
    Rule("limit None", "If limit is None, get_items() retrieves all items."): one.limit_none,
    Rule("limit 0", "0 is a limit, and None is not: get_items(0) retrieves no items."): one.limit_zero,
    Rule("limit N", "get_items(N) returns the latest N items in chronological order."): one.limit_n,
    Rule("limit keyword", "get_items() takes limit as a keyword, as the runner gives it."): one.limit_keyword,
    Rule("pop", "pop_item() removes and returns the most recent item."): one.pop,
    Rule("pop on empty", "pop_item() returns None if the session is empty."): one.pop_on_empty,
    Rule("clear", "clear_session() clears all items for this session."): one.clear,
    Rule("equal items", "Items come back equal, tool items and nested lists too."): one.equal_items,
    Rule("unicode", "Text of any language comes back letter by letter."): one.unicode,
    Rule("large items", "An item of a million characters comes back whole."): one.large_items,
    Rule("own list", "Changing a list that get_items() returned changes nothing stored."): one.own_list,
    Rule("own items", "Changing an item, after it was added or returned, changes nothing stored."): one.own_items,
    Rule("two turns", "The runner can do two turns, and the second is sent what the first stored."): one.two_turns,
    Rule("isolation", "Different session ids have separate conversation histories."): several.isolation,
    Rule("similar ids", "Ids that differ in a sign, an accent or upper case are different ids."): several.similar_ids,
    Rule("long ids", "Ids of 400 characters that differ in the last are different ids."): several.long_ids,
    Rule("second handle", "A second session with the same id has the same items."): several.second_handle,
    Rule("concurrent adds", "Calls of add_items() at the same time lose no item."): several.concurrent_adds,
    Rule("two handles at once", "Nor do those of two sessions with the same id."): several.two_handles_at_once,
}
"""Every rule, in the order in which they are checked, and how."""


async def check_contract(make_session: MakeSession, seconds: float = SECONDS_PER_RULE) -> list[Finding]:
    """Check every rule on session ids that nobody has used; a finding for each, whatever goes wrong.

    A rule that takes longer than `seconds` does not hold. The sessions are cleared and closed afterwards, so `make_session`
    must not return a handle that somebody else uses, nor open storage that matters: a wrong class may clear more than its own
    id. It should set no limit in `session_settings`.
    """
    return [await _find(rule, make_session, seconds) for rule in CHECKS]


async def _find(rule: Rule, make_session: MakeSession, seconds: float) -> Finding:
    opened: list[Any] = []

    async def open(session_id: str | None = None) -> Any:
        made = make_session(session_id or new_id())
        opened.append(await made if inspect.isawaitable(made) else made)
        return opened[-1]

    try:
        return Finding(rule, True, await _within(seconds, CHECKS[rule](open)))
    except NotShared as why:
        return Finding(rule, True, str(why), information=True)
    except _OutOfTime:
        return Finding(rule, False, f"expected an end within {seconds:g} seconds, and none came")
    except Broken as why:
        return Finding(rule, False, _on_one_line(str(why)))
    except Exception as error:
        return Finding(rule, False, _on_one_line(f"expected no error, came {type(error).__name__}: {error}"))
    finally:
        for session in opened:
            await _call_if_there(session, "clear_session", seconds)
        for session in opened:
            await _call_if_there(session, "close", seconds)
            await _call_if_there(session, "aclose", seconds)


class _OutOfTime(Exception):
    """Not TimeoutError, which a session may raise itself."""


async def _within(seconds: float, work: Awaitable[Any]) -> Any:
    task = asyncio.ensure_future(work)
    try:
        # wait_for() would wait for ever for work that ignores being cancelled.
        if not (await asyncio.wait({task}, timeout=seconds))[0]:
            raise _OutOfTime
        if task.cancelled():
            raise Broken("expected a result, and the call was cancelled from inside")
        return task.result()
    finally:
        task.cancel()


async def _call_if_there(session: Any, name: str, seconds: float) -> None:
    # The rules have said it already.
    with suppress(Exception):
        returned = getattr(session, name)()
        if inspect.isawaitable(returned):
            await _within(seconds, returned)


def _on_one_line(text: str) -> str:
    """Cut, and without characters that would steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:REPORT_CHARACTERS])
