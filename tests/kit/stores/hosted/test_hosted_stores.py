"""Conversations and compaction as stores: exchanges in the call log, the trace, faults, resuming, OpenAI's own service."""

import asyncio

import pytest
from agents import OpenAIConversationsSession, Runner
from openai import OpenAI

from lessons.kit.ledger.cause import Cause
from lessons.kit.problems.problem import Refused
from lessons.kit.records import load_records, save_record
from lessons.kit.stores.hosted.accounts import EmulatedAccount, OpenAIAccount
from lessons.kit.stores.hosted.conversations_store import ConversationsStore
from lessons.kit.stores.hosted.emulation.service import FAKE, error
from lessons.kit.stores.registry import store_kinds, usable_kinds
from tests.support.sdk import add_in_parts
from tests.support.turns import (
    another_process,
    ask_name,
    assistant,
    do,
    key_of,
    keys,
    line_of,
    tell,
    user,
    weather_agent,
)

EMULATED, COMPACTION = "hosted_emulated", "compaction_emulated"
HTTP_POST_ITEMS = "POST /v1/conversations/{}/items"


def exchanges(record):
    return [(call.method, call.exchange.status, call.depth) for call in record.exchanges]


async def ask_weather(agent, session):
    return await Runner.run(agent, "What's the weather in Oslo?", session=session)


# The call log.


def test_every_exchange_stands_below_the_session_call_that_made_it(desk, provider):
    record = do(desk, provider, tell, store=EMULATED)
    known = desk.store(EMULATED).conversation_id("alice")
    assert [(call.method, call.depth) for call in record.calls] == [
        ("get_items", 1),
        ("POST /v1/conversations", 2),
        (f"GET /v1/conversations/{known}/items?order=asc", 2),
        ("add_items", 1),
        (HTTP_POST_ITEMS.format(known), 2),
        ("add_items", 1),
        (HTTP_POST_ITEMS.format(known), 2),
    ]
    assert record.called == ["get_items", "add_items", "add_items"]
    assert {call.session_id for call in record.calls} == {"alice"}
    first = record.exchanges[0].exchange
    assert (first.status, first.request, first.request_bytes) == (200, '{"items":[]}', 12)
    assert known in first.answer
    assert first.answer_bytes == len(first.answer)


def test_the_class_sends_no_ids_of_the_model_and_the_service_adds_its_own(desk, provider):
    record = do(desk, provider, tell, store=EMULATED)
    sent = record.exchanges[-1].exchange.request
    assert '"id"' not in sent
    assert '"id":"msg_' in record.exchanges[-1].exchange.answer.replace(" ", "")


def test_exchanges_are_kept_in_the_record_without_the_key(desk, provider, tmp_path):
    record = do(desk, provider, tell, store=EMULATED)
    save_record(tmp_path, record)
    assert load_records(tmp_path) == [record]
    saved = (tmp_path / f"{record.id}.json").read_text()
    assert "bearer" not in saved.lower()
    assert "authorization" not in saved.lower()


def test_a_secret_in_a_body_is_hidden_also_where_the_body_is_cut(desk, provider, monkeypatch):
    monkeypatch.setenv("A_PASSWORD", "correct-horse-battery")

    async def add(session):
        await session.add_items([user("x" * 950 + "correct-horse-battery")])

    body = do(desk, provider, add, store=EMULATED).exchanges[-1].exchange.request
    assert "[hidden]" in body
    assert "correct" not in body


def test_long_bodies_are_cut_and_their_length_is_told(desk, provider):
    async def add(session):
        await session.add_items([user("x" * 50_000)])

    exchange = do(desk, provider, add, store=EMULATED).exchanges[-1].exchange
    assert len(exchange.request) == 1_000
    assert exchange.request_bytes > 50_000


def test_exchanges_outside_of_a_turn_are_logged_nowhere(desk, provider):
    record = do(desk, provider, tell, store=EMULATED)
    asyncio.run(desk.store(EMULATED).open_session("alice").get_items())
    assert desk.records == (record,)


# The trace.


def test_stored_items_are_told_in_the_trace_in_the_form_of_the_service(desk, provider):
    do(desk, provider, tell, store=EMULATED)
    record = do(desk, provider, ask_name, store=EMULATED)
    assert [(key_of(line), line.mark, line.returned, line.sent) for line in record.ledger.lines] == [
        (1, "", True, (1,)),
        (2, "", True, (1,)),
        (3, "added", False, (1,)),
        (4, "added", False, ()),
    ]
    assert line_of(record, "What's my name").cause is Cause.NEW_INPUT
    assert "Alice" in record.reply


def test_a_tool_turn_is_matched_although_the_service_gives_other_ids(desk, provider):
    record = do(desk, provider, ask_weather, store=EMULATED, make_agent=weather_agent)
    assert [(line.item.kind, line.sent, line.cause) for line in record.ledger.lines] == [
        ("user", (1, 2), Cause.NEW_INPUT),
        ("tool call", (2,), Cause.STORED_IN_RUN),
        ("tool output", (2,), Cause.STORED_IN_RUN),
        ("assistant", (), Cause.REPLY),
    ]


def test_a_clear_takes_all_rows_and_the_next_run_has_another_conversation(desk, provider):
    do(desk, provider, tell, store=EMULATED)
    old = desk.store(EMULATED).conversation_id("alice")

    async def clear_and_tell(agent, session):
        await session.clear_session()
        return await Runner.run(agent, "My name is Bob", session=session)

    record = do(desk, provider, clear_and_tell, store=EMULATED)
    assert [row.key for row in record.removed] == [1, 2]
    assert [row.key for row in record.added] == [3, 4]
    assert desk.store(EMULATED).conversation_id("alice") not in (None, old)
    changed = {table.table: table for table in record.changes}["conversations"]
    assert [row.key for row in changed.removed] == [old]


# Which conversation belongs to which session.


def test_a_session_goes_on_with_its_conversation_after_a_restart_of_the_server(desk, provider):
    do(desk, provider, tell, store=EMULATED)
    known = desk.store(EMULATED).conversation_id("alice")
    desk.close()
    again = another_process(desk)
    assert again.store(EMULATED).opening_code("alice") == f'OpenAIConversationsSession(conversation_id="{known}")'
    assert "Alice" in do(again, provider, ask_name, store=EMULATED).reply
    assert again.store(EMULATED).conversation_id("alice") == known
    again.close()


def test_a_session_can_be_opened_by_the_id_of_a_conversation(desk, provider):
    do(desk, provider, tell, store=EMULATED)
    known = desk.store(EMULATED).conversation_id("alice")

    async def resume(agent, open_session):
        session = open_session("resumed", conversation_id=known)
        return await Runner.run(agent, "What's my name?", session=session)

    assert "Alice" in do(desk, provider, resume, store=EMULATED, session_id="resumed").reply
    assert keys(desk, EMULATED, "resumed") == keys(desk, EMULATED, "alice") == [1, 2, 3, 4]


def test_before_the_first_call_and_after_a_clear_there_is_no_conversation(desk, provider):
    store = desk.store(EMULATED)
    assert store.conversation_id("alice") is None
    assert store.opening_code("alice") == "OpenAIConversationsSession()"
    do(desk, provider, tell, store=EMULATED)

    async def clear(session):
        await session.clear_session()

    do(desk, provider, clear, store=EMULATED)
    assert store.conversation_id("alice") is None
    assert store.session_ids() == []


@pytest.mark.parametrize("content", ["not JSON", "[]", '{"alice": 5}', '{"alice": {"x": 1}}'])
def test_a_damaged_list_of_conversations_is_named_and_kept(tmp_path, content):
    store = usable_kinds()[EMULATED].open(tmp_path)
    store.folder.mkdir()
    (store.folder / "sessions.json").write_text(content)
    with pytest.raises(Refused, match=r"The file sessions\.json"):
        store.page("alice")
    assert (store.folder / "sessions.json").read_text() == content


def test_a_damaged_conversation_is_named_and_kept(desk, provider):
    do(desk, provider, tell, store=EMULATED)
    (path,) = desk.folder.rglob("conv_emulated_*.json")
    path.write_text("{}")
    with pytest.raises(Refused, match=f"The file {path.name} is damaged"):
        desk.store(EMULATED).page("alice")
    assert path.read_text() == "{}"


# Faults of the service.


@pytest.mark.parametrize(
    ("status", "words"),
    [(500, "The service that keeps the conversation failed (500)."), (429, "too many requests"), (404, "404")],
)
def test_a_fault_of_the_service_is_told_with_what_was_kept(desk, provider, status, words):
    do(desk, provider, tell, store=EMULATED)
    service = desk.store(EMULATED).account.service
    service.faults = [None, None, lambda: error(status, "told so")]
    record = do(desk, provider, ask_name, store=EMULATED)
    assert words in record.problem.what
    assert "conversation" in record.problem.what
    assert record.problem.kept == "Stored before it failed: row 3. The next run will send it too."
    assert exchanges(record)[-1][1] == status
    assert do(desk, provider, ask_name, store=EMULATED).problem is None


def test_a_broken_connection_is_told_and_logged(desk, provider):
    import httpx2

    def lost():
        raise httpx2.ConnectError("no route")

    do(desk, provider, tell, store=EMULATED)
    desk.store(EMULATED).account.service.faults = [lost]
    record = do(desk, provider, ask_name, store=EMULATED)
    assert record.problem.what == "The service that keeps the conversation could not be reached."
    assert (record.exchanges[0].exchange.status, record.exchanges[0].error) == (None, "ConnectError")


# Compaction.


async def compact(session):
    await session.run_compaction({"force": True})


async def tell_and_compact(agent, open_session):
    session = open_session("alice", should_trigger_compaction=lambda found: True)
    return await Runner.run(agent, "My name is Alice", session=session)


def test_a_compaction_replaces_the_rows_and_the_trace_says_so(desk, provider):
    do(desk, provider, tell, store=COMPACTION)
    record = do(desk, provider, compact, store=COMPACTION)
    assert [(key_of(line), line.mark, line.item.kind, line.why) for line in record.ledger.lines] == [
        (1, "removed", "user", "replaced by the compaction"),
        (2, "removed", "assistant", "replaced by the compaction"),
        (3, "added", "user", "kept by the compaction, in a new row"),
        (4, "added", "compaction", "stands for what the compaction replaced"),
    ]
    assert line_of(record, FAKE).item.kind == "compaction"
    assert exchanges(record) == [("POST /v1/responses/compact", 200, 2)]


def test_a_run_compacts_when_the_hook_says_so_and_goes_on_remembering(desk, provider):
    record = do(desk, provider, tell_and_compact, store=COMPACTION)
    assert record.called[-1] == "run_compaction"
    assert [(line.item.kind, line.mark, line.sent) for line in record.ledger.lines] == [
        ("user", "removed", (1,)),
        ("assistant", "removed", ()),
        ("user", "added", ()),
        ("compaction", "added", ()),
    ]
    later = do(desk, provider, ask_name, store=COMPACTION)
    assert later.sent_kinds == ["user", "compaction", "user"]
    assert "Alice" in later.reply


def test_what_a_compaction_took_away_is_told_once_for_all_requests(desk, provider):
    """The first reply was sent with two requests, and is not a row now."""

    async def three_turns(agent, open_session):
        session = open_session("alice", should_trigger_compaction=lambda found: found["compaction_candidate_items"][2:])
        for message in ("My name is Alice", "What's 2 + 2?", "What's 3 + 3?"):
            result = await Runner.run(agent, message, session=session)
        return result

    record = do(desk, provider, three_turns, store=COMPACTION)
    line = next(one for one in record.ledger.lines if one.item.kind == "assistant")
    assert (key_of(line), line.sent) == (2, (2, 3))
    assert line.why == "the reply of run 1, then replaced by the compaction"


def test_rows_that_a_turn_stores_after_a_compaction_are_no_part_of_it(desk, provider):
    do(desk, provider, tell, store=COMPACTION)

    async def compact_and_ask(agent, session):
        await compact(session)
        return await Runner.run(agent, "What's my name?", session=session)

    record = do(desk, provider, compact_and_ask, store=COMPACTION)
    assert line_of(record, "What's my name").cause is Cause.NEW_INPUT


def test_after_a_step_back_a_compaction_begins_with_the_rows_that_are_there(desk, provider):
    """The wrapper remembers what it has read: it must not compact rows that are gone."""
    do(desk, provider, tell, store=COMPACTION)

    async def fill_and_look(session):
        await session.run_compaction()  # reads the rows, and declines
        await session.add_items([user("gone with the step"), assistant("too")])

    do(desk, provider, fill_and_look, store=COMPACTION, snapshot="one")
    assert desk.restore("one")
    record = do(desk, provider, compact, store=COMPACTION)
    assert "gone with the step" not in record.exchanges[0].exchange.request
    assert keys(desk, COMPACTION) == [3, 4]


# OpenAI's own service.


@pytest.fixture
def hosted(tmp_path):
    """The store of OpenAI's service, with both of its clients connected to an emulation of it."""
    import httpx2

    emulated = EmulatedAccount(tmp_path / "far away")
    asked = []

    def answer(request):
        """The emulation for a client that is not async."""
        asked.append(request.method)

        async def ask():
            async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=emulated.service.app)) as client:
                found = await client.request(request.method, request.url, content=request.content)
                return httpx2.Response(found.status_code, content=found.content)

        return asyncio.run(ask())

    class Account(OpenAIAccount):
        client = staticmethod(emulated.client)
        _own_client = OpenAI(
            api_key="k",
            base_url="http://far.invalid/v1",
            max_retries=0,
            http_client=httpx2.Client(transport=httpx2.MockTransport(answer)),
        )

    store = ConversationsStore("hosted", "OpenAI", "at OpenAI", tmp_path / "hosted", Account())
    store.emulated, store.asked = emulated, asked
    yield store
    store.close()


def add(store, session_id, *texts):
    asyncio.run(add_in_parts(store.open_session(session_id), [user(text) for text in texts]))


def stored(store, session_id="alice"):
    return [row.data for row in store.page(session_id).rows]


def test_without_a_key_openais_service_is_not_offered_and_says_what_to_set(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for name in ("hosted", "compaction"):
        assert name not in usable_kinds()
        assert store_kinds()[name].missing() == "Set OPENAI_API_KEY to a key of OpenAI."
        assert store_kinds()[name].is_outside
    monkeypatch.setenv("OPENAI_API_KEY", "sk-some-key-of-a-test")
    assert {"hosted", "compaction"} <= usable_kinds().keys()


def test_rows_at_openai_are_read_with_get_alone_and_not_at_every_look(hosted):
    add(hosted, "alice", *map(str, range(130)))
    assert len(hosted.page("alice", limit=200).rows) == 130
    for _ in range(5):
        hosted.page("alice")
        hosted.picture("alice")
    assert hosted.asked == ["GET", "GET"]  # a hundred items a page
    add(hosted, "alice", "more")
    assert hosted.page("alice").total == 131


def test_a_step_back_at_openai_deletes_what_came_later(hosted, tmp_path):
    add(hosted, "alice", "one", "two")
    before, saved = stored(hosted), tmp_path / "saved"
    saved.mkdir()
    hosted.save_to(saved)
    add(hosted, "alice", "three")
    add(hosted, "carol", "new")
    gone = hosted.conversation_id("carol")
    hosted.restore_from(saved)
    assert stored(hosted) == before
    assert hosted.session_ids() == ["alice"]
    assert hosted.emulated.items(gone) == ()


def test_what_was_deleted_at_openai_comes_back_in_a_new_conversation(hosted, tmp_path):
    add(hosted, "alice", *map(str, range(45)))
    old, saved = hosted.conversation_id("alice"), tmp_path / "saved"
    saved.mkdir()
    hosted.save_to(saved)
    asyncio.run(hosted.open_session("alice").pop_item())
    hosted.restore_from(saved)
    assert hosted.conversation_id("alice") != old
    assert hosted.page("alice").total == 45
    assert hosted.emulated.items(old) == ()
    add(hosted, "alice", "later")  # the handle that was open goes on there
    assert hosted.page("alice").total == 46


def test_starting_over_deletes_the_conversations_at_openai(hosted):
    add(hosted, "alice", "one")
    known = hosted.conversation_id("alice")
    hosted.erase()
    assert hosted.emulated.items(known) == ()
    assert hosted.session_ids() == []


def test_a_service_that_fails_while_rows_are_read_is_told(hosted):
    add(hosted, "alice", "one")
    hosted.emulated.service.faults = [lambda: error(500, "down")]
    with pytest.raises(Refused, match=r"The service that keeps the conversation failed \(500\)"):
        hosted.page("alice")


def test_a_compaction_session_refuses_to_wrap_a_conversation(tmp_path):
    from agents import OpenAIResponsesCompactionSession

    inner = OpenAIConversationsSession(openai_client=EmulatedAccount(tmp_path).client())
    with pytest.raises(ValueError, match="cannot wrap OpenAIConversationsSession"):
        OpenAIResponsesCompactionSession("alice", inner)
