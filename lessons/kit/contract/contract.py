"""The contract that every session class should keep, and the check of one class against it.

The rules have the SDK's own words where its docstrings have some (`Session` in agents.memory.session).
"""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lessons.kit.background import in_thread
from lessons.kit.contract import losing_checks as losing
from lessons.kit.contract import sharing_checks as several
from lessons.kit.contract import single_session_checks as one
from lessons.kit.contract.handle import Handle
from lessons.kit.contract.observed_runs import observed_runs
from lessons.kit.contract.sharing_checks import NotShared
from lessons.kit.contract.single_session_checks import Broken, Check, new_id
from lessons.kit.contract.worker import ENDS_THE_PROCESS, OutOfTime, Worker

SECONDS_PER_RULE = 5.0
SECONDS_TO_CLEAN_UP = 1.0
"""For clearing and closing the sessions of one rule. After that time, the rest stays as it is."""
REPORT_CHARACTERS = 1_000

MakeSession = Callable[[str], Any]
"""Takes a session id and returns a new handle on the session of that id, or an awaitable of one."""


@dataclass(frozen=True)
class Rule:
    """What a session promises: a short name, and the promise in a sentence."""

    name: str
    says: str


@dataclass(frozen=True)
class Finding:
    """Whether a session class keeps a rule. `what_happened` says what was seen; for a broken rule, what was expected and what
    came.

    `information` is True if the rule is about shared storage and the handles of the class share nothing, as those of an
    in-memory session. That does not break the rule, so `held` is True too. `lines` names items that differ, one a line.
    """

    rule: Rule
    held: bool
    what_happened: str
    information: bool = False
    lines: tuple[str, ...] = ()


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
    Rule("unicode", "Text of any language comes back unchanged."): one.unicode,
    Rule("large items", "An item of a million characters comes back whole."): one.large_items,
    Rule("own list", "Changing a list that get_items() returned changes nothing stored."): one.own_list,
    Rule("own items", "Changing an item, after it was added or returned, changes nothing stored."): one.own_items,
    Rule("two turns", "The runner can do two turns, and the second sends what the first stored."): one.two_turns,
    Rule("no limit", "get_items() without an argument, as the runner calls it, retrieves all items."): losing.no_limit,
    Rule("long sessions", "The oldest items are kept, however many come after them."): losing.long_sessions,
    Rule("said twice", "An item that equals an earlier one is kept too."): losing.said_twice,
    Rule("repeated ids", "Items with one id are all kept: many models give __fake_id__ to each."): losing.repeated_ids,
    Rule("every item type", "Items of all types that the SDK stores come back."): losing.every_item_type,
    Rule("every role", "Messages of every role come back, system and developer too."): losing.every_role,
    Rule(
        "limit counts items", "A limit counts items of every kind, and not turns or messages."
    ): losing.limit_counts_items,
    Rule("pop takes one", "pop_item() takes out one item and no other, whatever it is."): losing.pop_takes_one,
    Rule("null values", "A key whose value is null comes back."): losing.null_values,
    Rule(
        "half a character", "Text with half a surrogate pair, such as a cut emoji, comes back."
    ): losing.half_a_character,
    Rule("real runs", "get_items() returns what real runs have added, as observe() sees them."): observed_runs,
    Rule("isolation", "Different session ids have separate conversation histories."): several.isolation,
    Rule("similar ids", "Ids that differ in a sign, an accent or upper case are different ids."): several.similar_ids,
    Rule("long ids", "Ids of 400 characters that differ in the last are different ids."): several.long_ids,
    Rule("second handle", "A second session with the same id has the same items."): several.second_handle,
    Rule("concurrent adds", "Calls of add_items() at the same time lose no item."): several.concurrent_adds,
    Rule(
        "two handles at once", "Calls of add_items() through two sessions with the same id lose no item."
    ): several.two_handles_at_once,
}
"""Every rule, in the order in which they are checked, and how."""


async def check_contract(make_session: MakeSession, seconds: float = SECONDS_PER_RULE) -> list[Finding]:
    """All findings of `each_finding`, for an async caller."""
    return await in_thread(lambda: list(each_finding(make_session, seconds)))


def each_finding(make_session: MakeSession, seconds: float = SECONDS_PER_RULE) -> Iterator[Finding]:
    """Check every rule on new session ids. Yields the finding for each as soon as it is known, whatever goes wrong.

    A rule whose check takes longer than `seconds`, blocks, exits or is interrupted is broken, and the others are still checked.
    The checks run in their own thread. The sessions are cleared and closed afterwards, so `make_session` must not return a
    handle that is used elsewhere, nor open storage that matters: a wrong class may clear more than its own id. A session should
    have no limit in its `session_settings`. After a rule for which it made no session, no other rule is checked.
    """
    worker = Worker()
    try:
        for rule in CHECKS:
            opened: list[Any] = []
            finding = _find(rule, make_session, opened, worker, seconds)
            try:
                yield finding
            finally:
                worker = worker if not worker.lost else Worker()
                with suppress(OutOfTime, Exception):
                    worker.do(_clean_up(opened), min(seconds, SECONDS_TO_CLEAN_UP))
                worker = worker if not worker.lost else Worker()
            if not opened:
                return
    finally:
        worker.end()


def _find(rule: Rule, make_session: MakeSession, opened: list[Any], worker: Worker, seconds: float) -> Finding:
    async def open(session_id: str | None = None) -> Handle:
        made = make_session(session_id or new_id())
        opened.append(await made if inspect.isawaitable(made) else made)
        return Handle(opened[-1])

    def broken(why: str, lines: tuple[str, ...] = ()) -> Finding:
        return Finding(rule, False, _on_one_line(why), lines=tuple(map(_on_one_line, lines)))

    try:
        return Finding(rule, True, worker.do(CHECKS[rule](open), seconds))
    except NotShared as why:
        return Finding(rule, True, str(why), information=True)
    except OutOfTime as where:
        return broken(f"expected an end within {seconds:g} seconds, and it did not end{where}")
    except Broken as why:
        return broken(str(why), why.lines)
    except asyncio.CancelledError:
        return broken("expected a result, and the call was cancelled from inside")
    except ENDS_THE_PROCESS as error:
        return broken(f"expected no error, got {_named(error)}, which ends the program")
    except Exception as error:
        return broken(f"expected no error, got {_named(error)}")


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


async def _clean_up(opened: list[Any]) -> None:
    for session in opened:
        await _call_if_there(session, "clear_session")
    for session in opened:
        await _call_if_there(session, "close")
        await _call_if_there(session, "aclose")


async def _call_if_there(session: Any, name: str) -> None:
    # The findings already tell of such errors.
    with suppress(Exception, *ENDS_THE_PROCESS):
        returned = getattr(session, name)()
        if inspect.isawaitable(returned):
            await returned


def _on_one_line(text: str) -> str:
    """The text, cut at REPORT_CHARACTERS, with spaces for characters that could control a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:REPORT_CHARACTERS])
