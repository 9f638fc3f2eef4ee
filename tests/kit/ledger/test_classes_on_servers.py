"""The ledger and `next_run` of the classes that keep their rows elsewhere, on stand-ins of their servers."""

import asyncio

import pytest
from agents import Runner
from agents.testing import assistant_message

from lessons.kit.ledger import next_run, observe
from tests.guides.test_cells import World, opened
from tests.support.scripted import make_agent
from tests.support.stand_ins import stand_ins


@pytest.mark.parametrize(
    "name",
    ["RedisSession", "MongoDBSession", "DaprSession", "OpenAIConversationsSession", "OpenAIResponsesCompactionSession"],
)
def test_the_ledger_and_next_run_take_the_classes_that_need_a_server(name, tmp_path, monkeypatch):
    async def work(servers):
        async with opened(World(tmp_path, servers), name) as session:
            async with observe(session) as seen:
                await Runner.run(make_agent([assistant_message("one")]), "Hi", session=session)
            looked = await next_run(session, "Again", agent=make_agent())
            return seen.ledger, looked, len(await session.get_items())

    with stand_ins(monkeypatch) as servers:
        ledger, looked, stored = asyncio.run(work(servers))
    assert [(line.item.text, line.sent, str(line.cause)) for line in ledger.lines] == [
        ("Hi", (1,), "new-input"),
        ("one", (), "reply"),
    ]
    assert [(line.item.text, line.sent) for line in looked.lines] == [("Hi", (1,)), ("one", (1,)), ("Again", (1,))]
    assert stored == 2
