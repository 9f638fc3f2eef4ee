"""What the runs of a turn did is said run by run, in order; a turn without a run says what it was."""

import re

from agents import RunConfig, Runner

from lessons.kit.ledger.run_words import run_words
from lessons.kit.stores.rows import PICTURE_ROWS
from lessons.ui.ledger.session_calls import calls_html
from lessons.ui.ledger.turn_heads import facts_of
from tests.support.turns import EXCHANGE, do, fill


def test_each_run_is_told_by_itself(desk, provider):
    async def ask_twice(agent, session):
        await Runner.run(agent, "My name is Alice", session=session)
        newest = RunConfig(session_settings={"limit": 1})
        await Runner.run(agent, "What's 2 + 2?", session=session, run_config=newest)
        return await Runner.run(agent, "Alone")

    assert run_words(do(desk, provider, ask_twice)) == (
        "run 1: read 0, sent 1, stored rows 1, 2",
        "run 2: read 1 of at most 1, sent 2, stored rows 3, 4",
        "run 3: no session, sent 1, stored nothing",
    )


def test_runs_with_several_sessions_name_theirs(desk, provider):
    async def ask_both(agent, open_session):
        await Runner.run(agent, "My name is Alice", session=open_session("alice"))
        return await Runner.run(agent, "My name is Bob", session=open_session("bob"))

    assert run_words(do(desk, provider, ask_both)) == (
        "run 1 with alice: read 0, sent 1, stored rows 1, 2 of alice",
        "run 2 with bob: read 0, sent 1, stored rows 3, 4 of bob",
    )


def test_a_turn_without_a_run_says_what_it_was(desk, provider):
    fill(desk, *EXCHANGE)

    async def pop(session):
        await session.pop_item()

    def restart_only(restart):
        restart()

    assert run_words(do(desk, provider, pop)) == ("one pop_item(), no run",)
    assert run_words(do(desk, provider, restart_only)) == ("one restart, no run",)


def test_the_head_of_a_turn_tells_each_run(desk, provider):
    async def ask_twice(agent, session):
        await Runner.run(agent, "My name is Alice", session=session)
        return await Runner.run(agent, "What's 2 + 2?", session=session)

    async def ask_once(agent, session):
        return await Runner.run(agent, "Hi", session=session)

    facts = facts_of(do(desk, provider, ask_twice))
    assert facts.startswith("run 1: read 0, sent 1, stored rows 1, 2 · run 2: read 2, sent 3, stored rows 3, 4 · ")
    assert facts_of(do(desk, provider, ask_once)).startswith("run 1: read 4, sent 5, stored rows 5, 6 · ")


def test_a_head_says_that_there_can_be_more_rows_than_a_record_knows(desk, provider):
    async def add_many(session):
        await session.add_items([{"role": "user", "content": str(number)} for number in range(PICTURE_ROWS + 50)])

    async def add_few(session):
        await session.add_items([{"role": "user", "content": "one more"}])

    async def clear(session):
        await session.clear_session()

    assert "rows 51–150, perhaps more, stored" in facts_of(do(desk, provider, add_many))
    assert "row 151 stored" in facts_of(do(desk, provider, add_few))
    assert "rows 52–151, perhaps more, removed" in facts_of(do(desk, provider, clear))


def test_a_head_names_the_session_of_rows_that_are_not_in_the_turns_own(desk, provider):
    """A copy stored rows 3, 4 under another id, and the head said so in a ledger that has no such rows."""
    fill(desk, *EXCHANGE)

    async def copy(session, open_session):
        await open_session("copied").add_items(await session.get_items())

    assert "no run → rows 3, 4 of copied stored" in facts_of(do(desk, provider, copy))


def test_a_head_adds_up_many_runs_that_did_the_same_and_tells_each_where_one_differs(desk, provider):
    """Ten runs were a wall of figures, cut after the sixth."""

    async def ask(agent, open_session, messages):
        for number, message in enumerate(messages):
            await Runner.run(agent, message, session=open_session(f"guest_{number}"))

    async def ask_five(agent, open_session):
        await ask(agent, open_session, ["Hi"] * 5)

    async def ask_four(agent, open_session):
        await ask(agent, open_session, ["Hi"] * 4)

    each = "5 runs, each in its own session: read 0, sent 1, stored 2 rows · "
    assert facts_of(do(desk, provider, ask_five)).startswith(each)
    assert facts_of(do(desk, provider, ask_four)).startswith("run 1 with guest_0: read 2, sent 3, stored ")
    differs = facts_of(do(desk, provider, ask_five))  # the fifth session has two rows, the others four
    assert differs.startswith("run 1 with guest_0: read 4, ")
    assert "run 5 with guest_4: read 2, " in differs


def test_a_head_says_what_was_stored_under_another_prefix_of_redis(desk, provider):
    """It said "no row stored", next to a step that says where the item is."""

    async def add_under_another(open_session):
        await open_session("dana", key_prefix="support").add_items(EXCHANGE)

    async def add(open_session):
        await open_session("dana").add_items(EXCHANGE)

    facts = [facts_of(do(desk, provider, code, store="redis_fake")) for code in (add_under_another, add)]
    assert facts[0].startswith("one add_items(), no run → 2 items stored under the prefix support · ")
    assert "→ rows 1, 2" in facts[1]
    assert "prefix" not in facts[1]


def test_calls_of_the_session_that_is_wrapped_are_told_next_to_the_others(desk, provider):
    """They stood below add_items() as if they were part of it, and the head left out what had deleted rows."""

    async def replace(session):
        await session.add_items(list(EXCHANGE))
        rows = await session.underlying_session.get_items()
        await session.underlying_session.clear_session()
        await session.underlying_session.add_items(rows)

    record = do(desk, provider, replace, store="encrypted_sqlite_file")
    said = (
        "one add_items(), three calls of underlying_session, no run → rows 3, 4 stored, rows 1, 2 stored and removed · "
    )
    assert facts_of(record).startswith(said)
    lines = re.findall(r'padding-left:([\d.]+)rem">(.*?)</td>', calls_html(record).replace("<wbr>", ""))
    assert lines == [
        ("0.5", "add_items()"),
        ("1.5", "add_items()"),
        ("0.5", "underlying_session.get_items()"),
        ("0.5", "underlying_session.clear_session()"),
        ("0.5", "underlying_session.add_items()"),
    ]
    total = sum(call.milliseconds for call in record.calls if not call.is_inner)
    assert f"5 session calls: {total:.1f} ms of" in calls_html(record)
