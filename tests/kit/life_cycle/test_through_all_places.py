"""A session with each kind of problem goes through every kind of place and through a file, and the next run is the same."""

import asyncio
import os
from contextlib import ExitStack

import pytest

from lessons.kit.ledger import next_run
from lessons.kit.life_cycle.copying import copy_sessions
from lessons.kit.life_cycle.export_file import write_export
from lessons.kit.life_cycle.moving import move_sessions
from lessons.kit.life_cycle.places.addresses import open_place
from lessons.kit.life_cycle.staged_file import staged
from tests.support.places import empty_place, items
from tests.support.stored_sessions import FIXTURES, fixture

SERVERS = {"postgresql": "POSTGRES_URL", "mysql": "MYSQL_URL", "redis": "REDIS_URL"}
WAY = ["advanced", "sqlalchemy", *SERVERS, "sqlite"]


def sent_next(place):
    async def look():
        async with place.opened("s") as session:
            ledger = await next_run(session, "And now?")
        return [item.value for item in ledger.requests[1]]

    return asyncio.run(look())


@pytest.mark.matrix
@pytest.mark.servers
@pytest.mark.parametrize("case", sorted(path.stem for path in FIXTURES.glob("*.sql")))
def test_a_session_is_the_same_after_every_place_and_a_file(case, tmp_path, monkeypatch):
    first = here = open_place(str(fixture(case, tmp_path)))
    with ExitStack() as stack:
        for kind in WAY:
            if not os.environ.get(SERVERS.get(kind, "PATH")):
                continue
            there = stack.enter_context(empty_place(kind, tmp_path, monkeypatch))
            moved = move_sessions(here, there, ["s"])
            assert not moved.different, kind
            write_export(there, ["s"], tmp_path / f"{kind}.jsonl")
            back = open_place(str(tmp_path / f"{kind}_back.db"))
            with staged(tmp_path / f"{kind}.jsonl") as source:
                copy_sessions(source, back, ["s"])
            assert items(back) == items(there) == items(first), kind
            assert sent_next(back) == sent_next(first), kind
            here = there
