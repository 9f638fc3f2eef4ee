"""The trace of turns with more than one run, or with none: what was sent belongs to the session of its run."""

from agents import Runner

from tests.support.turns import EXCHANGE, assistant, do, fill, key_of, line_of, user


def test_the_items_of_another_session_are_not_said_to_come_from_a_callback(desk, provider):
    async def talk_to_both(agent, open_session):
        await Runner.run(agent, "My name is Alice", session=open_session("alice"))
        return await Runner.run(agent, "My name is Bob", session=open_session("bob"))

    record = do(desk, provider, talk_to_both)
    assert [(key_of(line), line.sent) for line in record.trace.lines] == [(1, (1,)), (2, ())]
    assert not any("callback" in line.why for line in record.trace.lines)


def test_equal_words_in_another_session_are_not_the_same_row(desk, provider):
    async def say_the_same_to_both(agent, open_session):
        await Runner.run(agent, "Hello", session=open_session("alice"))
        return await Runner.run(agent, "Hello", session=open_session("bob"))

    assert do(desk, provider, say_the_same_to_both).trace.lines[0].sent == (1,)


def test_rows_of_an_earlier_run_are_returned_to_the_next(desk, provider):
    async def tell_and_ask(agent, session):
        await Runner.run(agent, "My name is Alice", session=session)
        return await Runner.run(agent, "What's my name?", session=session)

    lines = do(desk, provider, tell_and_ask).trace.lines
    assert [(key_of(line), line.mark, line.returned, line.sent) for line in lines] == [
        (1, "added", True, (1, 2)),
        (2, "added", True, (2,)),
        (3, "added", False, (2,)),
        (4, "added", False, ()),
    ]
    assert lines[1].why == "stored earlier in this turn"


def test_rows_that_are_stored_and_removed_in_one_turn(desk, provider):
    fill(desk, *EXCHANGE)

    async def correct(agent, session):
        await Runner.run(agent, "What's 2 + 2?", session=session)
        await session.pop_item()
        await session.pop_item()
        return await Runner.run(agent, "What's 2 + 3?", session=session)

    record = do(desk, provider, correct)
    lines = record.trace.lines
    assert [key_of(line) for line in lines if line.row is not None] == [1, 2, 5, 6]
    assert [line.sent for line in lines if key_of(line) in (1, 2)] == [(1, 2), (1, 2)]
    gone = line_of(record, "2 + 2?")
    assert (gone.row, gone.sent, gone.why) == (None, (1,), "stored and removed again in this turn")
    assert line_of(record, "2 + 3?").sent == (2,)


def test_clearing_in_the_middle_of_a_turn(desk, provider):
    fill(desk, *EXCHANGE)

    async def clear_and_ask(agent, session):
        await Runner.run(agent, "I live in Oslo", session=session)
        await session.clear_session()
        return await Runner.run(agent, "Where do I live?", session=session)

    record = do(desk, provider, clear_and_ask)
    removed = [line for line in record.trace.lines if line.mark == "removed"]
    assert [(key_of(line), line.returned, line.sent, line.why) for line in removed] == [
        (1, True, (1,), "removed in this turn"),
        (2, True, (1,), "removed in this turn"),
    ]
    assert line_of(record, "I live in Oslo").why == "stored and removed again in this turn"
    assert line_of(record, "Where do I live?").sent == (2,)


def test_a_run_without_a_session_beside_one_with(desk, provider):
    fill(desk, *EXCHANGE)

    async def ask_twice(agent, session):
        await Runner.run(agent, "Where do I live?")
        return await Runner.run(agent, "What's my name?", session=session)

    record = do(desk, provider, ask_twice)
    assert line_of(record, "Where do I live?").why == "never stored: this run had no session"
    assert line_of(record, "Where do I live?").sent == (1,)
    assert [line.sent for line in record.trace.lines if key_of(line) in (1, 2, 3)] == [(2,), (2,), (2,)]


def test_a_run_without_a_session_after_one_with(desk, provider):
    async def ask_twice(agent, session):
        await Runner.run(agent, "What's my name?", session=session)
        return await Runner.run(agent, "Where do I live?")

    record = do(desk, provider, ask_twice)
    assert line_of(record, "Where do I live?").why == "never stored: this run had no session"
    assert record.trace.lines[0].sent == (1,)


def test_equal_words_in_a_run_without_a_session_are_not_the_row(desk, provider):
    fill(desk, user("What's my name?"), assistant("I do not know."))

    async def ask_twice(agent, session):
        await Runner.run(agent, "My name is Alice", session=session)
        return await Runner.run(agent, "What's my name?")

    record = do(desk, provider, ask_twice)
    assert record.trace.lines[0].sent == (1,)
    question = next(line for line in record.trace.lines if line.row is None)
    assert (question.sent, question.why) == ((2,), "never stored: this run had no session")


def test_a_run_without_a_session_that_is_given_rows_by_hand(desk, provider):
    fill(desk, *EXCHANGE)

    async def give_the_history(agent, session):
        history = await session.get_items()
        return await Runner.run(agent, [*history, user("What's my name?")])

    record = do(desk, provider, give_the_history)
    assert "Alice" in record.reply
    assert [(key_of(line), line.returned, line.sent, line.why) for line in record.trace.lines] == [
        (1, True, (1,), ""),
        (2, True, (1,), ""),
        (None, False, (1,), "never stored: this run had no session"),
        (None, False, (), "never stored: this run had no session"),
    ]


def test_items_that_are_added_by_hand_are_no_input_of_a_run(desk, provider):
    async def add(session):
        await session.add_items([user("I like tea"), assistant("Noted.")])

    assert [line.why for line in do(desk, provider, add).trace.lines] == ["added in this turn"] * 2


def test_long_rows_that_are_removed_stay_readable(desk, provider):
    fill(desk, user("x" * 5_000))

    async def clear(session):
        await session.clear_session()

    (line,) = do(desk, provider, clear).trace.lines
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
    assert "Bob" not in next(line.item.text for line in record.trace.lines if line.sent == (3,))
    assert record.returned == ()
