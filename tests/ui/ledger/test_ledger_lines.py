"""The cells of a line."""

import json
from tempfile import TemporaryDirectory

import pytest
from agents import RunConfig, Runner, SQLiteSession
from agents.extensions.memory import SQLAlchemySession
from agents.run import ModelInputData

from lessons.kit.records import TurnRecord
from lessons.kit.stores.rows import Row, RowPage
from lessons.kit.turns.running_work import LongWork
from lessons.ui.ledger.ledger_lines import _numbers, ledger_lines
from lessons.ui.ledger.shown_rows import ShownRows
from lessons.ui.ledger.turn_heads import _returned
from tests.support.turns import do, tell


@pytest.mark.parametrize(
    ("requests", "shown"),
    [((2,), "2"), ((1, 2), "1, 2"), ((1, 2, 3, 4, 5, 6), "1–6"), ((1, 3, 4, 5, 8), "1, 3–5, 8")],
)
def test_the_requests_that_sent_a_row_fit_their_column(requests, shown):
    """Six numbers took four lines, and all lines below jumped when another turn was opened."""
    assert _numbers(requests) == shown


def _notes(*rows: str, has_newer: bool = False) -> list[str]:
    """The notes of rows that no turn has stored."""
    kept = [Row(at, "alice", f'{{"role": "{role}", "content": "a"}}', "") for at, role in enumerate(rows, start=1)]
    page = RowPage(tuple(kept), has_newer=has_newer, total=len(kept))
    return [line["text"] for line in ledger_lines(ShownRows("file", "alice", page)) if line["type"] == "note"]


def test_a_message_that_no_turn_has_ended_says_that_no_reply_is_stored():
    """The server was restarted in the middle of a turn, and nothing said that there is no reply."""
    assert _notes("user", "assistant", "user") == ["No reply is stored after row 3."]
    assert _notes("user", "assistant") == []
    assert _notes("user", has_newer=True) == []  # the reply can be on the next page


def test_while_long_work_stores_rows_an_empty_ledger_says_when_they_are_shown():
    """While the large data set was made, it said "No rows" and "Run the first step"."""
    lines = ledger_lines(ShownRows("file", "alice"), (), [LongWork("Generate 500 turns")])
    rest = next(line["rest"] for line in lines if line["id"] == "empty")
    assert rest.startswith("What the running work stores is shown when it is done.")


def test_a_turn_without_a_session_stands_only_in_the_ledger_next_to_which_it_was_asked(desk, provider):
    """In the ledgers of the other sessions it was a head with no line."""

    async def ask_without(agent):
        return await Runner.run(agent, "My name is Alice")

    do(desk, provider, ask_without)
    lines = {name: ledger_lines(ShownRows("sqlite_file", name, records=desk.records)) for name in ("alice", "bob")}
    assert [line["type"] for line in lines["alice"]] == ["turn", "item", "item"]
    assert [line["type"] for line in lines["bob"] if line["type"] in ("turn", "item")] == []


def test_rows_that_no_turn_has_removed_leave_a_mark_in_the_ledger(desk, provider):
    """What the tool Operate erases is not a turn: the head of its turn stood there with nothing under it."""
    record = do(desk, provider, tell)
    kept = desk.store("sqlite_file").page("alice")

    def notes(rows: tuple[Row, ...], **more: bool) -> list[tuple[str, str]]:
        page = RowPage(rows, total=len(rows), **more)
        lines = ledger_lines(ShownRows("sqlite_file", "alice", page, {}, desk.records, record))
        return [(line["text"], line["rest"].partition(". ")[0]) for line in lines if line["type"] == "note"]

    assert notes(kept.rows) == []
    assert notes(kept.rows[1:]) == [
        ("Row 1 is no longer stored.", "No record of a turn shown here tells what removed it")
    ]
    assert notes(()) == [("Rows 1, 2 are no longer stored.", "No record of a turn shown here tells what removed them")]
    assert notes(kept.rows[1:], has_older=True) == []  # the other row is on an older page


def test_rows_in_a_table_of_the_steps_own_are_not_said_to_be_gone_and_not_taken_for_rows_of_the_ledger(desk, provider):
    """Step 9 of SQL databases chooses its tables, and the ledger said that their rows are no longer stored."""
    store = "sqlalchemy_sqlite"

    async def tell_in_own_tables(agent, open_session):
        session = open_session("alice", sessions_table="chat_sessions", messages_table="chat_messages")
        return await Runner.run(agent, "My name is Alice", session=session)

    do(desk, provider, tell, store=store)  # the same keys in the table of the ledger
    do(desk, provider, tell_in_own_tables, store=store)
    for explained in (0, 1):
        page = desk.store(store).page("alice")
        lines = ledger_lines(ShownRows(store, "alice", page, {}, desk.records, desk.records[explained]))
        notes = [line["text"] for line in lines if line["type"] == "note"]
        assert notes == ["Rows 1, 2 were stored in the table chat_messages."]
        assert [line["type"] for line in lines] == ["turn", "item", "item", "turn", "note"]
        assert [line.get("mark") for line in lines if line["type"] == "item"] == (
            ["+", "+"] if explained == 0 else [None, None]
        )


def test_items_that_the_code_returned_are_told_in_words_and_other_values_as_they_are():
    """The same JSON stood in the rows and below them, and took two lines."""
    items = [{"role": "user", "content": "What's 2 + 2?"}, {"role": "assistant", "content": "four" * 20}]
    shown = 'user "What\'s 2 + 2?", assistant "fourfourfourfourfourfourfourfour…" · The JSON is in Session calls.'
    assert _returned(json.dumps(items), is_open=True) == f"2 items: {shown}"
    assert _returned(json.dumps([True, *items]), is_open=True) == f"3 values: true, {shown}"  # the answer to a ping
    assert _returned(json.dumps(items[0]), is_open=True).startswith('1 item: user "What')
    usage = json.dumps([{"turn": 1, "tokens": 20}], indent=1)
    assert _returned(usage, is_open=True) == '[{"turn": 1, "tokens": 20}]'
    assert _returned("null", is_open=True) == "None"


def test_a_long_value_of_the_open_turn_is_told_part_by_part():
    """The first part took all the room: "Read the usage" did not show the total, which it is about."""
    value = {"each turn": ["x" * 100] * 4, "of the session": {"requests": 4}}
    stored = json.dumps(value, indent=1)
    assert _returned(stored, is_open=True).split("\n") == [
        f"each turn: {json.dumps(value['each turn'])[:269]}…",
        'of the session: {"requests": 4}',
        f"{len(stored)} characters, all of them in Session calls",
    ]
    short = json.dumps(value)[:160]
    assert _returned(stored, is_open=False) == f"{short}… {len(stored)} characters, all of them in Session calls"
    cut = stored[:300]  # a record keeps the beginning of a very long one
    assert _returned(cut, is_open=True).endswith("… 300 characters, all of them in Session calls")
    seven = _returned(json.dumps(["x" * 30] * 7), is_open=True)
    assert seven.count("\n") == 6
    assert seven.endswith(" characters, all of them in Session calls")


def test_a_turn_that_read_nothing_says_at_each_row_that_it_was_not_read_and_once_what_was_called(desk, provider):
    """Each of twelve rows said all four calls of "Read the usage"."""
    do(desk, provider, tell)

    async def count(session):
        await session.pop_item()

    do(desk, provider, count)
    record, page = desk.records[-1], desk.store("sqlite_file").page("alice")
    shown = ShownRows("sqlite_file", "alice", page, {}, desk.records, record)
    closed, opened = (next(x for x in ledger_lines(shown, open_) if x["id"] == "r1") for open_ in ((), ("r1",)))
    assert closed["why"] == "not read in this turn"
    assert opened["why"] == "this turn did not read the session: pop_item(), no run"
    head = [line["facts"] for line in ledger_lines(shown) if line["type"] == "turn"][-1]
    assert head.startswith("one pop_item(), no run → ")


@pytest.mark.parametrize("explained", [0, 1])
def test_rows_in_another_storage_are_lines_of_the_turn_that_opened_it(desk, provider, explained):
    """Step 4 of SQL databases opens two databases in memory. Their rows have the same id and key; none is in this store.

    They were drawn above the head of their turn, as rows of this store, and without returned, sent and why.
    """
    do(desk, provider, ask_in_two_memories)
    do(desk, provider, tell)
    shown = ShownRows(
        "sqlite_file", "alice", desk.store("sqlite_file").page("alice"), {}, desk.records, desk.records[explained]
    )
    lines = list(ledger_lines(shown))
    heads = [at for at, line in enumerate(lines) if line["type"] == "turn"]
    elsewhere = lines[heads[0] + 1 : heads[1]]
    assert [line["none"] for line in elsewhere] == ["row 1 in :memory:", "row 2 in :memory:"] * 2
    assert [line["text"] for line in elsewhere[:3]] == ["My name is Bob", "Nice to meet you, Bob.", "What's my name?"]
    assert all("lost with its handle" in line["why"] for line in elsewhere)
    assert [line.get("sent") for line in elsewhere] == (["1", "no", "2", "no"] if explained == 0 else [None] * 4)


def test_why_tells_of_rows_in_another_storage_in_their_own_turn_only(desk, provider):
    """Why is about the turn that is open. Next to it stood the causes of other turns."""
    do(desk, provider, tell_in_a_file)
    do(desk, provider, tell)
    page = desk.store("sqlite_file").page("alice")

    def elsewhere(explained: int) -> list[str | None]:
        shown = ShownRows("sqlite_file", "alice", page, {}, desk.records, desk.records[explained])
        return [line.get("why") for line in ledger_lines(shown) if "chat.db" in line.get("none", "")]

    assert elsewhere(0) == ["the new input of run 1", "the reply of run 1"]
    assert elsewhere(1) == [None, None]


async def tell_in_a_file(agent):
    with TemporaryDirectory() as folder:
        session = SQLiteSession("alice", f"{folder}/chat.db")
        result = await Runner.run(agent, "My name is Alice", session=session)
        session.close()
    return result


async def ask_in_two_memories(agent):
    for message in ("My name is Bob", "What's my name?"):
        session = SQLAlchemySession.from_url("alice", url="sqlite+aiosqlite:///:memory:", create_tables=True)
        result = await Runner.run(agent, message, session=session)
        await session.engine.dispose()
    return result


def _shown(desk, explained: TurnRecord | None) -> list[str]:
    """The heads of the turns, and each item as "row text", with - for no row."""
    page = desk.store("sqlite_file").page("alice")
    lines = ledger_lines(ShownRows("sqlite_file", "alice", page, {}, desk.records, explained))
    return [line["text"] if line["type"] == "turn" else f"{line.get('key', '-')} {line['text']}" for line in lines]


def test_items_without_a_row_stand_in_their_turn_where_they_happened(desk, provider):
    """A summary that was asked for without a session stood below the reply of the run after it."""

    async def sum_up_and_ask(agent, session):
        await Runner.run(agent, "Summarize the conversation so far")
        note = {"role": "system", "content": "note"}
        config = RunConfig(
            session_input_callback=lambda history, new: history[:1],
            call_model_input_filter=lambda data: ModelInputData([note, *data.model_data.input], None),
        )
        return await Runner.run(agent, "What is my name?", session=session, run_config=config)

    first, second = do(desk, provider, tell), do(desk, provider, sum_up_and_ask)
    summary = next(line.item.text for line in second.ledger.lines if line.row is None and line.item.kind == "assistant")
    asked = ["- Summarize the conversation so far", f"- {summary}", "- What is my name?", "- note"]
    expected = ["tell", "1 My name is Alice", f"2 {first.reply}", "sum_up_and_ask", *asked, f"3 {second.reply}"]
    assert _shown(desk, first) == _shown(desk, second) == expected


@pytest.mark.parametrize("more", [0, 1])
def test_rows_that_a_turn_stored_and_removed_stand_above_those_that_use_their_keys_again(desk, provider, more):
    """In Redis a key is a place in the list. The removed rows 3 and 4 stood below the new rows 1 and 2."""

    async def clear_between(agent, session):
        await Runner.run(agent, "What is my name?", session=session)
        await session.clear_session()
        for question in ("What is 1 + 1?", "What is 2 + 2?")[: 1 + more]:
            await Runner.run(agent, question, session=session)

    do(desk, provider, tell, store="redis_fake")
    record = do(desk, provider, clear_between, store="redis_fake")
    page = desk.store("redis_fake").page("alice")
    lines = ledger_lines(ShownRows("redis_fake", "alice", page, {}, desk.records, record))
    shown = [f"{line['mark']} {line['key']}" for line in lines if line["type"] == "item"]
    assert shown == [*(f"− {key}" for key in (1, 2, 3, 4)), *(f"+ {key}" for key in (1, 2, 3, 4)[: 2 + 2 * more])]


def test_each_row_that_had_a_key_within_a_turn_has_its_own_line(desk, provider):
    """The page had one line for several, or two lines with one id."""

    asked = iter(("What is 1 + 1?", "What is 2 + 2?"))

    async def clear_twice(agent, session):
        for number in (1, 2):
            await session.add_items([{"role": "user", "content": f"passing {number}"}])
            await session.clear_session()
        return await Runner.run(agent, next(asked), session=session)

    for question in ("What is 1 + 1?", "What is 2 + 2?"):  # first on an empty session
        record = do(desk, provider, clear_twice, store="redis_fake")
        page = desk.store("redis_fake").page("alice")
        lines = ledger_lines(ShownRows("redis_fake", "alice", page, {}, desk.records, record))
        items = [line for line in lines if line["type"] == "item"]
        assert len({line["id"] for line in items}) == len(items)
        assert [line["text"] for line in items][-4:-1] == ["passing 1", "passing 2", question]
        assert [line["mark"] for line in items[-4:]] == ["−", "−", "+", "+"]
