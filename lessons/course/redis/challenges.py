"""The challenges of Redis."""

from agents import Runner

from lessons.course.redis.evidence import ends
from lessons.frame.lesson import Attempt, Challenge, WrongAttempt


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
    """When the list of this session will expire, as the last turn that touched it has left it; '' where it stays."""
    touched = [seen for seen in attempt.records if any(ends(seen, session_id))]
    return ends(touched[-1], session_id)[1] if touched else ""


def check_code_word(attempt: Attempt) -> str | None:
    codes, names = attempt.rows_saying("code word is"), attempt.rows_saying("name is")
    for said, found in (("code word is", codes), ("name is", names)):
        if not found:
            return f'No row says "{said}". What has expired is gone: say it again.'
    (code_id, code), (name_id, name) = codes[-1], names[-1]
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


def check_rescue(attempt: Attempt) -> str | None:
    names = attempt.rows_saying("name is")
    if not names:
        return 'No row says "name is". What has expired is gone: say it again.'
    session_id, row = names[-1]
    if end := end_now(attempt, session_id):
        return f'Row {row.key} of session "{session_id}" still expires, at {end[11:19]} UTC.'
    calls = [call for seen in attempt.records for call in seen.calls if call.session_id == session_id]
    if not any(call.method == "clear_session" for call in calls):
        return f'Row {row.key} of session "{session_id}" stays, but no TTL was taken away: it never had one.'
    return None


CHALLENGES = (
    Challenge(
        'Say "The code word is …" to a session that expires, and "My name is …" to one that stays.',
        hint="Choose the TTL under the chat before you send. It holds for the handle that is opened then.",
        check=check_code_word,
        solution=code_with_a_ttl_name_without,
        wrong_attempts=(
            WrongAttempt(both_in_one_session, "a list expires as a whole"),
            WrongAttempt(both_without_a_ttl, "and its list has no TTL"),
            WrongAttempt(both_with_a_ttl, "and expires too"),
        ),
    ),
    Challenge(
        "Your name was stored with a TTL. Make it stay, in the same session.",
        hint="An add without a TTL leaves the expiry as it is. clear_session() deletes the keys, and their expiry with them.",
        check=check_rescue,
        solution=clear_and_add_again,
        wrong_attempts=(
            WrongAttempt(add_again_without_a_ttl, "still expires, at"),
            WrongAttempt(never_give_it_a_ttl, "it never had one"),
        ),
    ),
)
