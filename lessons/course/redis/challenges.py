"""The challenges of Redis."""

import re

from agents import Runner

from lessons.course.redis.evidence import ends, touched_the_list
from lessons.frame.evidence import why_by_hand
from lessons.frame.lesson import Attempt, Challenge, StoredItem, WrongAttempt
from lessons.frame.meaning import tells_a_name
from lessons.frame.own_runs import lines_of
from lessons.kit.items import Item
from lessons.kit.models.offline.language.text import asks
from lessons.kit.records import TurnRecord


async def code_with_a_ttl_name_without(agent, open_session):
    await Runner.run(agent, "The code word is swordfish", session=open_session("code", ttl=60))
    return await Runner.run(agent, "My name is Alice", session=open_session("alice", ttl=None))


async def both_in_one_session(agent, open_session):
    session = open_session("alice", ttl=60)
    await Runner.run(agent, "The code word is swordfish", session=session)
    return await Runner.run(agent, "My name is Alice", session=session)


async def both_without_a_ttl(agent, open_session):
    await Runner.run(agent, "The code word is swordfish", session=open_session("code", ttl=None))
    return await Runner.run(agent, "My name is Alice", session=open_session("alice", ttl=None))


async def both_with_a_ttl(agent, open_session):
    await Runner.run(agent, "The code word is swordfish", session=open_session("code", ttl=60))
    return await Runner.run(agent, "My name is Alice", session=open_session("alice", ttl=60))


def end_now(attempt: Attempt, session_id: str) -> str:
    """When the list of this session will expire, by the last turn that changed it; '' if it does not expire."""
    touched = [seen for seen in attempt.records if touched_the_list(seen, session_id)]
    return ends(touched[-1], session_id)[1] if touched else ""


def _tells_a_code_word(item: Item) -> bool:
    return (
        item.kind == "user"
        and re.search(r"\bcode[ -]?wor[dt]\b|\bpalabra clave\b|\bmot de (?:code|passe)\b", item.text, re.IGNORECASE)
        is not None
        and not asks(item.text)
    )


def check_code_word(attempt: Attempt) -> str | None:
    codes, names = attempt.rows_where(_tells_a_code_word), attempt.names_told
    for said, found in (("a code word", codes), ("your name", names)):
        if not found:
            return f"No row tells {said}. What has expired is gone: say it again."
    for found in (codes, names):
        if all(why_by_hand(attempt, one) for one in found):
            return why_by_hand(attempt, *found)
    codes, names = ([one for one in found if why_by_hand(attempt, one) is None] for found in (codes, names))
    reasons = [_why_not_apart(attempt, code, name) for code in reversed(codes) for name in reversed(names)]
    return None if None in reasons else reasons[0]


def _why_not_apart(attempt: Attempt, *rows: tuple[str, StoredItem]) -> str | None:
    (code_id, code), (name_id, name) = rows
    if code_id == name_id:
        return f'Rows {code.key} and {name.key} are both in session "{code_id}": a list expires as a whole.'
    if not end_now(attempt, code_id):
        return f'Row {code.key} of session "{code_id}" holds the code word, and its list has no TTL.'
    if end_now(attempt, name_id):
        return f'Row {name.key} of session "{name_id}" holds your name, and expires too.'
    return None


NAME = {"role": "user", "content": "My name is Alice"}


async def clear_and_add_again(open_session):
    timed = open_session("alice", ttl=60)
    await timed.add_items([NAME])
    items = await timed.get_items()
    await timed.clear_session()
    await open_session("alice", ttl=None).add_items(items)


async def add_again_without_a_ttl(open_session):
    await open_session("alice", ttl=60).add_items([NAME])
    await open_session("alice", ttl=None).add_items([NAME])


async def never_give_it_a_ttl(open_session):
    await open_session("alice", ttl=None).add_items([NAME])


def had_a_ttl(attempt: Attempt, session_id: str) -> bool:
    """Whether the list of this session had an expiry while a name was in it, or a turn added a name with a TTL."""
    return any(
        (any(ends(seen, session_id)) or _added_with_a_ttl(seen, session_id))
        and any(found == session_id and tells_a_name(line.item) for found, line in lines_of(seen))
        for seen in attempt.records
    )


def _added_with_a_ttl(seen: TurnRecord, session_id: str) -> bool:
    opened = [one for one in seen.opened if "ttl=" in one.options.replace("ttl=None", "")]
    added = [call for call in seen.calls if call.method == "add_items" and call.session_id == session_id]
    return bool(added) and any(one.session_id == session_id for one in opened)


def check_rescue(attempt: Attempt) -> str | None:
    names = attempt.rows_where(lambda item: item.kind in ("user", "system", "developer") and tells_a_name(item))
    if not names:
        return "No row tells your name. What has expired is gone: say it again."
    reasons = [_why_not_rescued(attempt, session_id, row) for session_id, row in names]
    return None if None in reasons else reasons[-1]


def _why_not_rescued(attempt: Attempt, session_id: str, row: StoredItem) -> str | None:
    if end := end_now(attempt, session_id):
        return f'Row {row.key} of session "{session_id}" still expires, at {end[11:19]} UTC.'
    if not had_a_ttl(attempt, session_id):
        return f'Row {row.key} of session "{session_id}" stays, but no TTL was taken away: it never had one.'
    return None


CHALLENGES = (
    Challenge(
        "Tell a code word to a session that expires, and your name to one that stays.",
        hint="Choose the TTL in the tool Redis keys before you send. The session is opened with it.",
        check=check_code_word,
        solution=code_with_a_ttl_name_without,
        wrong_attempts=(
            WrongAttempt(both_in_one_session, "a list expires as a whole"),
            WrongAttempt(both_without_a_ttl, "and its list has no TTL"),
            WrongAttempt(both_with_a_ttl, "and expires too"),
        ),
    ),
    Challenge(
        "Store your name with a TTL. Then make it stay, in the same session.",
        hint="An add without a TTL does not change the expiry. clear_session() deletes the keys and their expiry.",
        check=check_rescue,
        solution=clear_and_add_again,
        wrong_attempts=(
            WrongAttempt(add_again_without_a_ttl, "still expires, at"),
            WrongAttempt(never_give_it_a_ttl, "it never had one"),
        ),
    ),
)
