"""The challenges of Encrypted sessions. You can solve all of them on the page, with the key and the TTL."""

from collections.abc import Sequence

from agents import Runner

from lessons.frame.evidence import questions, why_by_hand
from lessons.frame.lesson import Attempt, Challenge, StoredItem, WrongAttempt
from lessons.frame.meaning import asks_for_the_name, tells_a_name
from lessons.frame.own_runs import Moment, lines_of, own_calls, own_runs
from lessons.kit.records import SessionCall, TurnRecord

TELL = "My name is Alice"
ASK = "What's my name?"


async def hide_them_by_the_ttl(agent, open_session):
    await Runner.run(agent, TELL, session=open_session("alice"))
    expired = open_session("alice", ttl=-1)
    return await Runner.run(agent, ASK, session=expired)


async def only_remember(agent, session):
    await Runner.run(agent, TELL, session=session)
    return await Runner.run(agent, ASK, session=session)


async def clear_the_session(agent, session):
    await Runner.run(agent, TELL, session=session)
    await session.clear_session()
    return await Runner.run(agent, ASK, session=session)


async def ask_another_session(agent, open_session):
    await Runner.run(agent, TELL, session=open_session("alice"))
    return await Runner.run(agent, ASK, session=open_session("bob"))


async def hide_and_clear(agent, open_session):
    await hide_them_by_the_ttl(agent, open_session)
    await open_session("alice").clear_session()


async def hide_them_by_the_key_and_come_back(agent, open_session):
    await Runner.run(agent, TELL, session=open_session("alice"))
    other = open_session("alice", encryption_key="another key")
    await Runner.run(agent, ASK, session=other)
    return await Runner.run(agent, ASK, session=open_session("alice"))


async def hide_and_tell_it_again(agent, open_session):
    await Runner.run(agent, TELL, session=open_session("alice"))
    expired = open_session("alice", ttl=-1)
    await Runner.run(agent, ASK, session=expired)
    await Runner.run(agent, TELL, session=expired)
    return await Runner.run(agent, ASK, session=expired)


async def say_one_thing_with_another_key(agent, open_session):
    await Runner.run(agent, TELL, session=open_session("alice"))
    other = open_session("alice", encryption_key="another key")
    return await Runner.run(agent, "My PIN is 1234", session=other)


async def let_it_expire(agent, open_session):
    await Runner.run(agent, TELL, session=open_session("alice"))
    return await Runner.run(agent, "My PIN is 1234", session=open_session("alice", ttl=-1))


async def use_two_sessions(agent, open_session):
    await Runner.run(agent, TELL, session=open_session("alice"))
    other = open_session("bob", encryption_key="another key")
    return await Runner.run(agent, "My PIN is 1234", session=other)


async def seal_everything(agent, open_session):
    other = open_session("alice", encryption_key="another key")
    return await Runner.run(agent, TELL, session=other)


REMOVING = ("pop_item", "clear_session")


def reads(attempt: Attempt) -> list[tuple[Moment, str, int, int]]:
    """Every read of a session, in time order: its id, how many rows the storage gave, and how many came out readable."""
    found = []
    for number, record in enumerate(attempt.records):
        outer: SessionCall | None = None
        for call in record.calls:
            if call.method != "get_items" or call.error is not None:
                continue
            if call.depth == 1:
                outer = call
            elif outer is not None and outer.session_id == call.session_id:
                found.append(((number, outer.order), call.session_id, call.rows or 0, outer.rows or 0))
                outer = None
    return found


def not_hidden(attempt: Attempt, hidden: set[str]) -> str | None:
    """Why no read has met hidden rows, or that a call has deleted rows. None if neither is so."""
    removed = [
        call for _, call in own_calls(attempt) if call.method in REMOVING and (call.session_id in hidden or not hidden)
    ]
    if removed:
        return f'{removed[0].method}() was called on session "{removed[0].session_id}": that deletes rows.'
    if not any(attempt.rows.values()):
        return "No rows are stored."
    met = [(session_id, rows, readable) for _, session_id, rows, readable in reads(attempt) if rows]
    if not met:
        return "No run has read a session that holds rows."
    if not hidden:
        session_id, rows, readable = met[-1]
        return f'The last run that met rows could read {readable} of {rows} in session "{session_id}".'
    return None


def check_forgotten(attempt: Attempt) -> str | None:
    done = reads(attempt)
    hidden = [session_id for _, session_id, rows, readable in done if readable < rows]
    reason = not_hidden(attempt, set(hidden))
    if reason is not None:
        return reason
    told = [name for name in hidden if any(map(tells_a_name, questions(attempt, name)))]
    if not told:
        return f'No run has told session "{hidden[-1]}" your name.'
    for run in own_runs(attempt):
        met = [rows - readable for at, name, rows, readable in done if name == run.session_id and run.at[0] == at[0]]
        if (
            run.session_id in told
            and any(met)
            and asks_for_the_name(run.asked)
            and not any(map(tells_a_name, run.sent))
        ):
            return None
    return f'Session "{told[-1]}" was not asked for your name while the row that says it was hidden.'


def check_brought_back(attempt: Attempt) -> str | None:
    done = reads(attempt)
    reason = not_hidden(attempt, {session_id for _, session_id, rows, readable in done if rows and not readable})
    if reason is not None:
        return reason
    at = next(at for at, (_, _, rows, readable) in enumerate(done) if rows and not readable)
    moment, session_id, rows, _ = done[at]
    after = [readable for _, name, _, readable in done[at + 1 :] if name == session_id]
    if not after:
        return f'Session "{session_id}" was not read again since its {rows} rows were hidden.'
    again = max(_returned(record, session_id, rows) for record in attempt.records[moment[0] :])
    again = min(again, max(after))
    if again < rows:
        return f'Since then a run could read {again} of these {rows} rows of session "{session_id}".'
    return None


def _returned(record: TurnRecord, session_id: str, rows: int) -> int:
    """How many of the first `rows` rows of this session were returned in the turn."""
    lines = [line for found, line in lines_of(record) if found == session_id and line.row is not None]
    return sum(line.returned for line in lines[:rows])


def check_thief(attempt: Attempt) -> str | None:
    own = {session_id: rows for session_id, rows in attempt.rows.items() if rows and questions(attempt, session_id)}
    if not own:
        return "You have told no session anything yet."
    for session_id, rows in own.items():
        named = next((at for at, row in enumerate(rows) if _says_name([row])), len(rows))
        sealed = [(session_id, row) for row in rows[named:] if row.sealed]
        if any(why_by_hand(attempt, one) is None for one in sealed):
            return None
    for session_id, rows in own.items():
        if not _says_name(rows):
            return f'The thief cannot read your name in session "{session_id}", but should.'
        for row in rows:
            if row.why:
                return f'Row {row.key} of session "{session_id}" has expired, and a TTL does not stop a thief with the key.'
    session_id, rows = next(iter(own.items()))
    if any(row.sealed for row in rows):
        return (
            f'No run of yours has said anything that the thief cannot read in session "{session_id}" after your name.'
        )
    return f'The thief can read all {len(rows)} rows of session "{session_id}".'


def _says_name(rows: Sequence[StoredItem]) -> bool:
    return any(not row.sealed and row.item.kind == "user" and tells_a_name(row.item) for row in rows)


CHALLENGES = (
    Challenge(
        "Tell the agent your name, make it forget without deleting a row, and ask for it.",
        hint="Let the rows expire, or use another key. Then ask.",
        check=check_forgotten,
        solution=hide_them_by_the_ttl,
        wrong_attempts=(
            WrongAttempt(only_remember, 'could read 2 of 2 in session "alice"'),
            WrongAttempt(clear_the_session, 'clear_session() was called on session "alice"'),
            WrongAttempt(ask_another_session, "No run has read a session that holds rows"),
        ),
    ),
    Challenge(
        "Hide all rows of a session from the agent, and then have it read them again.",
        hint="You can undo what hides rows: set a larger TTL, or use the first key again.",
        check=check_brought_back,
        solution=hide_them_by_the_key_and_come_back,
        wrong_attempts=(
            WrongAttempt(hide_them_by_the_ttl, "was not read again since its 2 rows were hidden"),
            WrongAttempt(hide_and_tell_it_again, "could read 0 of these 2 rows"),
            WrongAttempt(hide_and_clear, "clear_session() was called"),
        ),
    ),
    Challenge(
        "A thief gets your storage and the key in use. In one session, let the thief read your name, but not what you say "
        "next.",
        hint="Each message is encrypted with the key that is in use when it is stored.",
        check=check_thief,
        solution=say_one_thing_with_another_key,
        wrong_attempts=(
            WrongAttempt(only_remember, 'can read all 4 rows of session "alice"'),
            WrongAttempt(use_two_sessions, 'cannot read your name in session "bob"'),
            WrongAttempt(seal_everything, 'cannot read your name in session "alice"'),
        ),
    ),
)
