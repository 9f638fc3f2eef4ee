"""The ledger of turns with more than one run, or with none: what was sent belongs to the session of its run."""

from agents import Runner

from lessons.kit.ledger.cause import Cause
from tests.support.turns import EXCHANGE, assistant, do, fill, key_of, line_of, user


def test_the_items_of_another_session_are_not_said_to_come_from_a_callback(desk, provider):
    async def talk_to_both(agent, open_session):
        await Runner.run(agent, "My name is Alice", session=open_session("alice"))
        return await Runner.run(agent, "My name is Bob", session=open_session("bob"))

    record = do(desk, provider, talk_to_both)
    assert [(key_of(line), line.sent) for line in record.ledger.lines] == [(1, (1,)), (2, ())]
    assert not any("callback" in line.why for line in record.ledger.lines)


def test_equal_words_in_another_session_are_not_the_same_row(desk, provider):
    async def say_the_same_to_both(agent, open_session):
        await Runner.run(agent, "Hello", session=open_session("alice"))
        return await Runner.run(agent, "Hello", session=open_session("bob"))

    assert do(desk, provider, say_the_same_to_both).ledger.lines[0].sent == (1,)


def test_rows_of_an_earlier_run_are_returned_to_the_next(desk, provider):
    async def tell_and_ask(agent, session):
        await Runner.run(agent, "My name is Alice", session=session)
        return await Runner.run(agent, "What's my name?", session=session)

    record = do(desk, provider, tell_and_ask)
    lines = record.ledger.lines
    assert [(key_of(line), line.mark, line.returned, line.sent) for line in lines] == [
        (1, "added", True, (1, 2)),
        (2, "added", True, (2,)),
        (3, "added", False, (2,)),
        (4, "added", False, ()),
    ]
    assert lines[1].cause is Cause.REPLY
    assert [(run.read, run.sent) for run in record.ledger.runs] == [(0, (1,)), (2, (3,))]
    assert [[row.key for row in run.stored] for run in record.ledger.runs] == [[1, 2], [3, 4]]


def test_rows_that_are_stored_and_removed_in_one_turn(desk, provider):
    fill(desk, *EXCHANGE)

    async def correct(agent, session):
        await Runner.run(agent, "What's 2 + 2?", session=session)
        await session.pop_item()
        await session.pop_item()
        return await Runner.run(agent, "What's 2 + 3?", session=session)

    record = do(desk, provider, correct)
    lines = record.ledger.lines
    assert [(key_of(line), line.mark) for line in lines] == [
        (1, ""),
        (2, ""),
        (3, "removed"),
        (4, "removed"),
        (5, "added"),
        (6, "added"),
    ]
    assert [line.sent for line in lines if key_of(line) in (1, 2)] == [(1, 2), (1, 2)]
    gone = line_of(record, "2 + 2?")
    assert (gone.sent, gone.why) == ((1,), "the new input of run 1, then taken out by pop_item()")
    assert line_of(record, "2 + 3?").sent == (2,)


def test_clearing_in_the_middle_of_a_turn(desk, provider):
    fill(desk, *EXCHANGE)

    async def clear_and_ask(agent, session):
        await Runner.run(agent, "I live in Oslo", session=session)
        await session.clear_session()
        return await Runner.run(agent, "Where do I live?", session=session)

    record = do(desk, provider, clear_and_ask)
    removed = [line for line in record.ledger.lines if line.mark == "removed"]
    assert [(key_of(line), line.returned, line.sent, line.why) for line in removed] == [
        (1, True, (1,), "taken out by clear_session()"),
        (2, True, (1,), "taken out by clear_session()"),
        (3, False, (1,), "the new input of run 1, then taken out by clear_session()"),
        (4, False, (), "the reply of run 1, then taken out by clear_session()"),
    ]
    assert line_of(record, "Where do I live?").sent == (2,)


def test_a_run_without_a_session_before_one_with(desk, provider):
    fill(desk, *EXCHANGE)

    async def ask_twice(agent, session):
        await Runner.run(agent, "Where do I live?")
        return await Runner.run(agent, "What's my name?", session=session)

    record = do(desk, provider, ask_twice)
    assert line_of(record, "Where do I live?").cause is Cause.NO_SESSION
    assert line_of(record, "Where do I live?").sent == (1,)
    assert [line.sent for line in record.ledger.lines if key_of(line) in (1, 2, 3)] == [(2,), (2,), (2,)]


def test_a_run_without_a_session_after_one_with(desk, provider):
    async def ask_twice(agent, session):
        await Runner.run(agent, "What's my name?", session=session)
        return await Runner.run(agent, "Where do I live?")

    record = do(desk, provider, ask_twice)
    assert line_of(record, "Where do I live?").cause is Cause.NO_SESSION
    assert record.ledger.lines[0].sent == (1,)


def test_equal_words_in_a_run_without_a_session_are_not_the_row(desk, provider):
    fill(desk, user("What's my name?"), assistant("I do not know."))

    async def ask_twice(agent, session):
        await Runner.run(agent, "My name is Alice", session=session)
        return await Runner.run(agent, "What's my name?")

    record = do(desk, provider, ask_twice)
    assert record.ledger.lines[0].sent == (1,)
    question = next(line for line in record.ledger.lines if line.row is None)
    assert (question.sent, question.cause) == ((2,), Cause.NO_SESSION)


def test_a_run_without_a_session_that_is_given_rows_by_hand(desk, provider):
    fill(desk, *EXCHANGE)

    async def give_the_history(agent, session):
        history = await session.get_items()
        return await Runner.run(agent, [*history, user("What's my name?")])

    record = do(desk, provider, give_the_history)
    assert "Alice" in record.reply
    assert [(key_of(line), line.returned, line.sent, line.cause) for line in record.ledger.lines] == [
        (1, True, (1,), None),
        (2, True, (1,), None),
        (None, False, (1,), Cause.NO_SESSION),
        (None, False, (), Cause.NO_SESSION),
    ]


def test_items_that_are_added_by_hand_are_no_input_of_a_run(desk, provider):
    async def add(session):
        await session.add_items([user("I like tea"), assistant("Noted.")])

    assert [line.cause for line in do(desk, provider, add).ledger.lines] == [Cause.STORED_BY_HAND] * 2


def test_long_rows_that_are_removed_stay_readable(desk, provider):
    fill(desk, user("x" * 5_000))

    async def clear(session):
        await session.clear_session()

    (line,) = do(desk, provider, clear).ledger.lines
    assert (line.item.kind, line.item.length, line.mark) == ("user", 5_000, "removed")


def test_a_restart_in_memory_says_what_is_gone_in_every_session(desk, provider):
    async def restart_between(agent, open_session, restart):
        await Runner.run(agent, "My name is Alice", session=open_session("alice"))
        await Runner.run(agent, "My name is Bob", session=open_session("bob"))
        restart()
        return await Runner.run(agent, "What's my name?", session=open_session("bob"))

    record = do(desk, provider, restart_between, store="sqlite_memory", session_id="bob")
    assert record.restarted
    assert set(record.dropped_handles) == {"alice in memory", "bob in memory"}
    added = [row.key for table in record.changes if table.session_id == "bob" for row in table.added]
    assert added.count("bob") == 1  # the row of the sessions table
    assert "Bob" not in next(line.item.text for line in record.ledger.lines if line.sent == (3,))
    assert record.returned == ()
