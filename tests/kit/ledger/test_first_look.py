"""The first look at the rows of a session, before the first call of a turn."""

import asyncio
import threading
from types import SimpleNamespace

from lessons.kit.ledger.watching.session_calls import WatchedSession


def test_a_look_that_is_cancelled_does_not_count_and_the_call_that_waits_for_it_looks():
    noted = []

    async def work():
        may_end = asyncio.Event()

        async def rows():
            await may_end.wait()

        watched = object.__new__(WatchedSession)
        vars(watched).update(_guard=threading.Lock(), _looked=None, session=None, rows=rows)
        watched.observer = SimpleNamespace(note=noted.append)
        stopped, waits = (asyncio.create_task(watched.look_first()) for _ in range(2))
        await asyncio.sleep(0)  # both have begun
        stopped.cancel()
        await asyncio.wait([stopped])
        assert (stopped.cancelled(), watched._looked is None, noted) == (True, True, [])
        may_end.set()
        await asyncio.wait_for(waits, 10)
        assert await watched.look_first() is None

    asyncio.run(work())
    assert len(noted) == 1
