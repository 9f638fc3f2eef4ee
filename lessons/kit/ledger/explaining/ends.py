"""What the end of a run says about its items: whether a model was asked, what waits for a person, the reply, a handoff."""

from collections.abc import Iterable
from typing import Any

from agents.items import HandoffCallItem, HandoffOutputItem

from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.explaining.cause_words import asked, ended_by
from lessons.kit.ledger.explaining.following import SAME, kind, same_identity
from lessons.kit.ledger.explaining.order import PUT_IN
from lessons.kit.ledger.explaining.requests import Requests
from lessons.kit.ledger.explaining.risk import OUTPUT_OF_CALL
from lessons.kit.ledger.explaining.shelf.tracked import Told, Tracked, take_same
from lessons.kit.ledger.watching.events import LookedAt, Said, WatchedRun
from lessons.kit.stores.sdk_private import is_cancelled


def tell_end(requests: Requests) -> None:
    """Tell every item of the run what the end of the run explains. For a run that goes on, only what is known so far."""
    run = requests.run
    requests.prepare()
    if isinstance(run.failure, LookedAt):
        for item, _ in requests.going:
            if item.origin == "input":
                item.tell(Cause.NEW_INPUT, "the new input: the run would store it", run)
        return
    handed = set(handoff_ids(run))
    waiting = set(_waiting(run))
    _tell_not_asked(requests)
    for item in requests.made:
        value = item.value if isinstance(item.value, dict) else {}
        if value.get("call_id") in waiting and _still_waits(item, value, requests):
            item.tell(Cause.WAITING_FOR_APPROVAL, WAITS, run)
        if item.stored and item.added is None:
            item.added = _how_made(item, value, requests, handed)
    if run.session is None:
        _tell_without_session(requests)
    if not run.goes_on:
        _tell_not_stored(requests, waiting)
    elif run.session is not None:
        _tell_so_far(requests)
    _tell_said(requests)
    for number, why in requests.ended_early.items():
        for item in requests.made:
            if any(_says_the_same(item.value, value) for value in requests.answers.get(number, ())):
                item.note = f"the answer ended early: {why}"


WAITS = "waits for a person; it is sent once its output is stored"


def _still_waits(call: Tracked, value: dict[str, Any], requests: Requests) -> bool:
    """Whether the call of an interrupted run still has no output and was not sent."""
    if str(value.get("type")).endswith("_output") or call.sent:
        return False
    later = (row.value for row in requests.shelf.rows if row is not call and isinstance(row.value, dict))
    return all(row.get("call_id") != value.get("call_id") for row in later)


def _final(requests: Requests) -> list[Any]:
    """The items of the last answer if it calls no tool: the run asks no model after it."""
    answer = requests.answers[max(requests.answers)] if requests.answers else []
    return [] if any(isinstance(one, dict) and one.get("type") in OUTPUT_OF_CALL for one in answer) else answer


def _tell_not_asked(requests: Requests) -> None:
    """Tell each item that was ready and not sent why: the run ended before its first request, or between two."""
    run = requests.run
    if run.goes_on or (run.failure is None and not is_cancelled(run.result)):
        return
    ready = [item for item, _ in requests.going] if not requests.sent else []
    last = max(requests.sent, default=None)
    if last is not None and not requests.was_asked(last):  # prepared, but the model was not asked
        for item, _ in requests.going:
            if last in item.sent:
                item.sent.remove(last)
                ready.append(item)
        del requests.sent[last]
    else:
        final = _final(requests)
        unsent = [
            item
            for item in requests.made
            if item.stored and not item.sent and not any(_says_the_same(item.value, value) for value in final)
        ]
        if run.failure is not None:
            ready += unsent
        for item in unsent if run.failure is None else ():  # a stop after the turn is not an error
            item.note = f"not sent: {asked(run, before=True)}"
    for item in ready:
        item.tell(Cause.MODEL_NOT_ASKED, asked(run, before=bool(requests.sent)), run)


def _how_made(item: Tracked, value: dict[str, Any], requests: Requests, handed: set[Any]) -> Told:
    number = requests.run.number
    if value.get("call_id") in handed:
        return Told(Cause.HANDOFF, f"the handoff of run {number}", number)
    sent_here = set(item.sent) & set(requests.sent)
    if kind(value) == ("message", "assistant") and not sent_here and _is_final(value, requests):
        return Told(Cause.REPLY, f"the reply of run {number}", number)
    return Told(Cause.STORED_IN_RUN, f"made and stored in run {number}", number)


def _is_final(value: dict[str, Any], requests: Requests) -> bool:
    if requests.run.failure is None and not requests.answers:
        return True
    return any(_says_the_same(value, one) for one in _final(requests))


def _tell_without_session(requests: Requests) -> None:
    for item in requests.new:
        if not item.stored:
            item.tell(Cause.NO_SESSION, "this run had no session: nothing is stored", requests.run)
    for item in requests.made:
        item.tell(Cause.NO_SESSION, "this run had no session: nothing is stored", requests.run)


def _tell_not_stored(requests: Requests, waiting: set[Any]) -> None:
    """List each item of a model's answers that is not in a row and was not sent."""
    run = requests.run
    others = [item for item in requests.shelf.listed if (item.stored or item.sent) and item.of_run is not run]
    kept = [item for item in requests.made if item.stored or item.sent]
    for number, answered in requests.answers.items():
        after = _newest_of(requests, number)
        lost_reasoning = False
        for value in answered:
            found = take_same(kept, value)
            if found is not None:
                after = found
                if lost_reasoning and found.stored:
                    found.note = found.note or "stored without the reasoning of its answer"
                continue
            if any(_says_the_same(item.value, value) for item in kept):
                continue
            waits = isinstance(value, dict) and value.get("call_id") in waiting
            if (waits or run.session is None) and any(same_identity(item.value, value) for item in others):
                continue  # it belongs to a run that continued this one
            what = "the reply" if kind(value) == ("message", "assistant") else "made by the model"
            if run.session is None:
                told = Told(Cause.NO_SESSION, f"{what}; this run had no session: nothing is stored", run.number)
            elif waits:
                told = Told(Cause.WAITING_FOR_APPROVAL, f"{WAITS}, and it is not stored before", run.number)
            elif requests.filtered_handoff is not None:
                why = f"not stored and not sent: {requests.filtered_handoff}"
                told = Told(Cause.HANDOFF_FILTER, why, run.number)
            else:
                told = Told(
                    Cause.REPLY_NOT_STORED, f"said, and not stored: {_kept_out_by(requests, value)}", run.number
                )
            item = after = Tracked(value, "made", of_run=run, after=after)
            item.told.append(told)
            requests.shelf.list(item)
            lost_reasoning |= kind(value)[0] == "reasoning"


def _tell_so_far(requests: Requests) -> None:
    """Tell the items of a run that goes on what it had not done when the code of the turn had ended."""
    run = requests.run
    for item, _ in requests.going if not requests.sent else ():
        why = "the code of the turn had ended before the model was asked, and its run goes on"
        item.tell(Cause.MODEL_NOT_ASKED, why, run)
    for item in requests.new:
        if not item.stored and all(told.run != run.number for told in item.told):
            item.tell(Cause.UNKNOWN, "not stored when the code of the turn had ended, and its run goes on", run)


def _kept_out_by(requests: Requests, value: Any) -> str:
    """Why no row has what a model said: the run ended early, or its session was given it and stored no such row."""
    handed = (item.value for item in requests.stored if not item.stored)
    run = requests.run
    if run.failure is None and not is_cancelled(run.result) and any(_says_the_same(one, value) for one in handed):
        return f"add_items() of {type(run.session).__name__} was given it, and no row has it"
    return ended_by(run)


def _tell_said(requests: Requests) -> None:
    """List the part of an answer that had arrived when the answer was cut off."""
    run = requests.run
    said = requests.said or _heard(requests)
    if said is None:
        return
    text = said.text
    item = Tracked({"role": "assistant", "content": text}, "made", of_run=run, after=_newest_of(requests))
    if run.session is None:
        item.tell(Cause.NO_SESSION, "the reply as far as it came; this run had no session: nothing is stored", run)
    else:
        why = said.ended_by or ended_by(run)
        item.tell(Cause.REPLY_NOT_STORED, f"said as far as it came, and not stored: {why}", run)
    number = max(requests.sent, default=0)
    if number in requests.ended_early:
        item.note = f"the answer ended early: {requests.ended_early[number]}"
    requests.shelf.list(item)


def _heard(requests: Requests) -> Said | None:
    """The part of an unfinished answer that the code of the turn has read. None while the run goes on."""
    heard, asked = requests.run.heard, sorted(requests.sent)
    if heard is None or not heard.text or requests.run.goes_on or heard.answers >= len(asked):
        return None
    return Said(heard.text, "") if asked[heard.answers] not in requests.answers else None


def _newest_of(requests: Requests, number: int = 0) -> Tracked | None:
    """The newest listed item of the run. What was said and not stored comes after it.

    With the number of a request, it is the newest item that this request sent, if there is one.
    """
    listed = [item for item in requests.shelf.listed if item.of_run is requests.run]
    of_run = [item for item in listed if item.origin not in PUT_IN] or listed
    found = [item for item in of_run if number in item.sent] or of_run
    return found[-1] if found else None


def _says_the_same(stored: Any, said: Any) -> bool:
    if any(is_same(stored, said) for is_same in SAME):
        return True
    return kind(stored) == kind(said) == ("message", "assistant") and _words(stored) == _words(said)


def _words(item: Any) -> list[str]:
    content = item.get("content") if isinstance(item, dict) else None
    if isinstance(content, str):
        return [content]
    return [str(part.get("text")) for part in content or [] if isinstance(part, dict)]


def _new_items(run: WatchedRun) -> Iterable[Any]:
    found = getattr(run.result, "new_items", None)
    if found is None:
        found = getattr(getattr(run.failure, "run_data", None), "new_items", None)
    return found or ()


def handoff_ids(run: WatchedRun) -> Iterable[Any]:
    """The call ids of the run's handoffs. The name is not enough: an ordinary tool can be called transfer_to_savings."""
    for item in _new_items(run):
        if isinstance(item, HandoffCallItem | HandoffOutputItem):
            raw = item.raw_item
            yield raw.get("call_id") if isinstance(raw, dict) else getattr(raw, "call_id", None)


def _waiting(run: WatchedRun) -> Iterable[Any]:
    for item in getattr(run.result, "interruptions", None) or ():
        raw = item.raw_item
        yield raw.get("call_id") if isinstance(raw, dict) else getattr(raw, "call_id", None)
