"""The emulated service answers the SDK's own classes as OpenAI's service does, in this process."""

import asyncio
import json

import httpx2
import pytest
from agents import OpenAIConversationsSession, OpenAIResponsesCompactionSession, SQLiteSession
from openai import APITimeoutError, BadRequestError, InternalServerError, NotFoundError, RateLimitError

from lessons.kit.stores.hosted.accounts import EmulatedAccount
from lessons.kit.stores.hosted.emulation.conversations import Conversations
from lessons.kit.stores.hosted.emulation.service import FAKE, error
from tests.support.sdk import add_in_parts, before_sdk, since_sdk

SPLITS = "OpenAIConversationsSession sends more than 20 items in several requests"
ONE_REQUEST = "OpenAIConversationsSession sends all items in one request"


@pytest.fixture
def account(tmp_path):
    return EmulatedAccount(tmp_path / "account")


@pytest.fixture
def asked():
    """The requests that the client of `session` made, as 'METHOD path', in order."""
    return []


@pytest.fixture
def session(account, asked):
    def answered(request, answer):
        asked.append(f"{request.method} {request.url.raw_path.decode().removeprefix('/v1')}")

    return OpenAIConversationsSession(openai_client=account.client(answered))


def user(text):
    return {"role": "user", "content": text}


def users(count):
    return [user(f"message {number}") for number in range(count)]


def texts(items):
    return [item["content"][0]["text"] for item in items]


def run(*calls):
    async def one_after_the_other():
        return [await call for call in calls]

    return asyncio.run(one_after_the_other())


def test_the_first_use_makes_a_conversation_whose_id_says_that_it_is_emulated(session, asked):
    with pytest.raises(ValueError, match="not yet available"):
        _ = session.session_id
    assert run(session.get_items()) == [[]]
    assert session.session_id.startswith("conv_emulated_")
    assert asked == ["POST /conversations", f"GET /conversations/{session.session_id}/items?order=asc"]


@since_sdk((0, 24), SPLITS)
def test_forty_five_items_are_sent_in_three_chunks(session, asked, account):
    run(session.add_items(users(45)))
    stored = account.items(session.session_id)
    assert [one.number for one in stored] == list(range(1, 46))
    where = f"POST /conversations/{session.session_id}/items"
    assert asked == ["POST /conversations", where, where, where]


@before_sdk((0, 24), ONE_REQUEST)
def test_more_than_twenty_items_are_sent_in_one_request_which_the_service_refuses(session, asked, account):
    with pytest.raises(BadRequestError, match="items holds 21; a request may hold 20 at the most"):
        run(session.add_items(users(21)))
    assert account.items(session.session_id) == ()
    assert asked == ["POST /conversations", f"POST /conversations/{session.session_id}/items"]


def test_forty_five_items_are_read_in_three_pages(session, asked):
    run(add_in_parts(session, users(45)))
    asked.clear()
    (items,) = run(session.get_items())
    assert texts(items) == [f"message {number}" for number in range(45)]
    where = f"GET /conversations/{session.session_id}/items"
    ends = [items[19]["id"], items[39]["id"]]
    assert asked == [f"{where}?order=asc", *(f"{where}?order=asc&after={last}" for last in ends)]


def test_a_limit_reads_from_the_newest_and_stops_there(session, asked):
    run(add_in_parts(session, users(45)))
    asked.clear()
    (items,) = run(session.get_items(limit=21))
    assert texts(items) == [f"message {number}" for number in range(24, 45)]
    assert [request.partition("order=")[2].partition("&")[0] for request in asked] == ["desc", "desc"]
    asked.clear()
    assert run(session.get_items(limit=0)) == [[]]
    assert asked == []


@pytest.mark.parametrize(
    ("item", "kind", "prefix"),
    [
        (user("hello"), "message", "msg_"),
        ({"role": "assistant", "content": "hello"}, "message", "msg_"),
        ({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}, "function_call", "fc_"),
        ({"type": "function_call_output", "call_id": "c", "output": "1"}, "function_call_output", "fco_"),
        ({"type": "reasoning", "summary": [], "encrypted_content": "x"}, "reasoning", "rs_"),
    ],
)
def test_an_item_comes_back_as_it_is_stored_with_an_id_of_the_service(session, account, item, kind, prefix):
    _, (back,) = run(session.add_items([item]), session.get_items())
    assert back == account.items(session.session_id)[0].item
    assert back["type"] == kind
    assert back["id"].startswith(prefix)
    given = {name: value for name, value in item.items() if name != "content"}
    assert given.items() <= back.items()


def test_a_pop_reads_the_newest_and_deletes_it(session, asked):
    run(session.add_items(users(2)))
    asked.clear()
    (popped,) = run(session.pop_item())
    assert texts([popped]) == ["message 1"]
    where = f"/conversations/{session.session_id}/items"
    assert asked == [f"GET {where}?order=desc", f"DELETE {where}/{popped['id']}"]
    assert run(session.pop_item(), session.pop_item())[1] is None


def test_a_number_is_not_given_out_twice(session, account):
    run(session.add_items(users(2)), session.pop_item(), session.add_items(users(1)))
    assert [one.number for one in account.items(session.session_id)] == [1, 3]


def test_a_deleted_conversation_is_not_found_and_the_next_write_makes_another(session, account):
    run(session.add_items(users(1)))
    old = session.session_id
    other = OpenAIConversationsSession(conversation_id=old, openai_client=account.client())
    run(session.clear_session())
    with pytest.raises(NotFoundError):
        run(other.get_items())
    run(session.add_items(users(1)))
    assert session.session_id != old


@pytest.mark.parametrize("conversation_id", ["conv_1", "conv_emulated_ffff", "conv_emulated_..", "../numbering"])
def test_an_id_that_was_not_given_out_is_not_found(account, conversation_id):
    run(OpenAIConversationsSession(openai_client=account.client()).add_items(users(1)))
    with pytest.raises(NotFoundError):
        run(OpenAIConversationsSession(conversation_id=conversation_id, openai_client=account.client()).get_items())


def test_what_is_not_an_item_is_refused_and_nothing_is_stored(session, account):
    run(session.add_items(users(1)))
    with pytest.raises(BadRequestError, match="neither a role nor a type"):
        run(session.add_items([user("good"), {}]))
    assert len(account.items(session.session_id)) == 1


def test_the_conversations_are_there_after_a_restart(session, account):
    run(session.add_items(users(1)))
    again = Conversations(account.conversations.folder)
    assert again.get(session.session_id).items == account.items(session.session_id)


def lost():
    raise httpx2.ReadTimeout("no answer came")


FAULTS = pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (lambda: error(500, "down"), InternalServerError),
        (lambda: error(429, "slow down"), RateLimitError),
        (lost, APITimeoutError),
    ],
    ids=["500", "429", "timeout"],
)


@since_sdk((0, 24), SPLITS)
@FAULTS
def test_a_write_of_many_items_that_fails_half_way_keeps_its_first_chunks(session, account, fault, raised):
    run(session.get_items())
    account.service.faults = [None, None, fault]
    with pytest.raises(raised):
        run(session.add_items(users(45)))
    assert len(account.items(session.session_id)) == 40
    run(session.get_items())  # the fault is over


@FAULTS
def test_a_write_of_one_request_that_fails_stores_nothing(session, account, asked, fault, raised):
    run(session.get_items())
    account.service.faults = [fault]
    with pytest.raises(raised):
        run(session.add_items(users(20)))
    assert account.items(session.session_id) == ()
    run(session.add_items(users(20)))  # the fault is over
    assert len(account.items(session.session_id)) == 20


def compacted(body_of, session, args):
    run(session.run_compaction(args))
    return json.loads(body_of[-1])


@pytest.fixture
def compaction(account):
    """A compaction session over a SQLite session of three items, that session, and the bodies of the requests."""
    bodies, inner = [], SQLiteSession("alice")
    client = account.client(lambda request, answer: bodies.append(request.content))
    run(inner.add_items([user("one"), {"role": "assistant", "content": "two"}, user("three")]))
    yield OpenAIResponsesCompactionSession("alice", inner, client=client), inner, bodies
    inner.close()


def test_a_compaction_keeps_the_users_messages_and_labels_its_summary_as_fake(compaction):
    session, inner, bodies = compaction
    sent = compacted(bodies, session, {"force": True, "compaction_mode": "input"})
    assert [item["content"] for item in sent["input"]] == ["one", "two", "three"]
    (items,) = run(inner.get_items())
    assert texts(items[:2]) == ["one", "three"]
    assert items[2]["type"] == "compaction"
    assert items[2]["encrypted_content"] == f"{FAKE} assistant: two"
    assert len(items) == 3


def test_a_second_compaction_summarizes_what_the_first_summary_says_and_not_its_label(compaction):
    """The label filled the place of the first summary: "compaction: [fake summary, made up by the emulation and readable"."""
    session, inner, bodies = compaction
    for _ in range(2):
        compacted(bodies, session, {"force": True, "compaction_mode": "input"})
    (items,) = run(inner.get_items())
    assert items[-1]["encrypted_content"] == f"{FAKE} compaction: assistant: two"


def test_a_compaction_by_response_id_knows_nothing_and_the_users_messages_are_gone(compaction):
    session, inner, bodies = compaction
    sent = compacted(bodies, session, {"force": True, "response_id": "resp_1"})
    assert sent == {"model": "gpt-4.1", "previous_response_id": "resp_1"}
    (items,) = run(inner.get_items())
    assert [item["type"] for item in items] == ["compaction"]
