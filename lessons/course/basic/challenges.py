"""The challenges of Basic sessions."""

from agents import Runner

from lessons.frame.evidence import why_by_hand
from lessons.frame.lesson import Attempt, Challenge, WrongAttempt
from lessons.frame.meaning import asks_for_the_name, tells_a_name, tells_this_name
from lessons.frame.own_runs import Moment, OwnRun, added_by_hand, own_runs, restarts, was_stored


async def forget_by_changing_the_id(agent, open_session):
    await Runner.run(agent, "My name is Alice", session=open_session("alice"))
    return await Runner.run(agent, "What's my name?", session=open_session("alice_2"))


async def forget_by_clearing(agent, open_session):
    session = open_session("alice")
    await Runner.run(agent, "My name is Alice", session=session)
    await session.clear_session()
    return await Runner.run(agent, "What's my name?", session=session)


async def ask_the_same_session(agent, session):
    await Runner.run(agent, "My name is Alice", session=session)
    return await Runner.run(agent, "What's my name?", session=session)


def check_forgotten(attempt: Attempt) -> str | None:
    told = attempt.names_told
    if not told:
        return 'No row says a name. Tell it "My name is Alice" first, and leave that row where it is.'
    asked = [
        run
        for run in own_runs(attempt)
        if asks_for_the_name(run.asked)
        and any(was_stored(attempt, session_id, row, run.at) for session_id, row in told)
    ]
    if not asked:
        return "No message of yours has asked for the name since that row was stored."
    if not all(any(map(tells_a_name, run.sent)) for run in asked):
        return None
    for session_id, row in told:
        if session_id == asked[-1].session_id:
            return f'Row {row.key} of session "{session_id}" was sent with your last question. Ask so that it is not.'
    return "Your last question says the name itself. Ask so that it does not."


async def keep_two_people_apart(agent, open_session):
    await Runner.run(agent, "My name is Alice", session=open_session("alice"))
    return await Runner.run(agent, "My name is Bob", session=open_session("bob"))


async def mix_two_people(agent, session):
    await Runner.run(agent, "My name is Alice", session=session)
    return await Runner.run(agent, "My name is Bob", session=session)


async def tell_only_one(agent, session):
    return await Runner.run(agent, "My name is Alice", session=session)


def check_two_people(attempt: Attempt) -> str | None:
    own = {
        "Alice": attempt.rows_where(lambda item: tells_this_name(item, "Alice")),
        "Bob": attempt.rows_where(lambda item: tells_this_name(item, "Bob")),
    }
    for name, found in own.items():
        if not found:
            return f"No row tells that the user is called {name}."
    for session_id in {session_id for found in own.values() for session_id, _ in found}:
        rows = attempt.rows[session_id]
        alice, bob = ([row for row in rows if tells_this_name(row.item, name)] for name in own)
        if alice and bob:
            return f'Rows {alice[0].key} and {bob[0].key} are both in session "{session_id}": it knows both names.'
    for found in own.values():
        if all(why_by_hand(attempt, one) for one in found):
            return why_by_hand(attempt, *found)
    return None


async def survive_a_restart(agent, open_session, restart):
    await Runner.run(agent, "My name is Alice", session=open_session("alice"))
    restart()
    return await Runner.run(agent, "What's my name?", session=open_session("alice"))


async def restart_under_another_id(agent, open_session, restart):
    await Runner.run(agent, "My name is Alice", session=open_session("alice"))
    restart()
    return await Runner.run(agent, "What's my name?", session=open_session("alice_today"))


def check_survived(attempt: Attempt) -> str | None:
    runs = own_runs(attempt)
    told = [run.at for run in runs if _tells(run)]
    if not told:
        return 'You have not told it your name yet. Say "My name is Alice".'
    since = [at for at in restarts(attempt) if at > told[0]]
    if not since:
        return "Nothing was restarted yet: no handle was dropped since you told it your name."
    if any(_remembers(attempt, restart) for restart in since):
        return None
    last = runs[-1]
    if last.session_id is None:
        return "Your last question was asked without a session: nothing was returned to it."
    returned = len(attempt.records[last.at[0]].returned) if last.at > since[0] else 0
    return f'After the restart get_items() of session "{last.session_id}" returned {returned} rows, none with a name of before.'


def _tells(run: OwnRun) -> bool:
    """Whether the user told a name in this run, whichever of its messages it was."""
    return any(item.kind == "user" and tells_a_name(item) for item in run.sent)


def _remembers(attempt: Attempt, restart: Moment) -> bool:
    """Whether a run after the restart sent a name from before it, in a session that was not told a name since."""
    told_again = set()
    for run in own_runs(attempt):
        if run.at < restart or run.session_id is None:
            continue
        by_hand = added_by_hand(attempt, run.session_id, tells_a_name, restart)
        if run.session_id not in told_again and not by_hand and any(map(tells_a_name, run.history)):
            return True
        if _newest_tells_a_name(run):
            told_again.add(run.session_id)
    return False


def _newest_tells_a_name(run: OwnRun) -> bool:
    newest = next((item for item in reversed(run.sent) if item.kind == "user"), None)
    return newest is not None and tells_a_name(newest)


CHALLENGES = (
    Challenge(
        "Tell it your name. Then ask for your name so that the model does not know it, while the row that says it stays.",
        hint="The runner reads one session id. Which id do you ask with?",
        check=check_forgotten,
        solution=forget_by_changing_the_id,
        wrong_attempts=(
            WrongAttempt(forget_by_clearing, "No row says a name"),
            WrongAttempt(ask_the_same_session, 'Row 1 of session "alice" was sent'),
        ),
    ),
    Challenge(
        "Introduce yourself as Alice and as Bob, by messages in the same store, so that neither session knows both names.",
        hint="Give each person their own session id, in the box next to the message.",
        check=check_two_people,
        solution=keep_two_people_apart,
        wrong_attempts=(
            WrongAttempt(mix_two_people, 'Rows 1 and 3 are both in session "alice"'),
            WrongAttempt(tell_only_one, "No row tells that the user is called Bob"),
        ),
    ),
    Challenge(
        "Tell it your name, restart, and have your name sent to the model again.",
        hint="Choose where the rows are kept: what is only in memory goes with its handle. Restart is next to the message box.",
        check=check_survived,
        solution=survive_a_restart,
        wrong_attempts=(
            WrongAttempt(ask_the_same_session, "Nothing was restarted yet"),
            WrongAttempt(restart_under_another_id, 'session "alice_today" returned 0 rows'),
            WrongAttempt(survive_a_restart, 'session "alice" returned 0 rows', store="sqlite_memory"),
        ),
    ),
)
