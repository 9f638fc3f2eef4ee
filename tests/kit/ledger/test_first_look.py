"""The first look at the rows of a session, before the first call of a turn."""

import asyncio
import threading
from types import SimpleNamespace

from lessons.kit.ledger.explaining.make_ledger import make_ledger
from lessons.kit.ledger.explaining.shelf.keeping import complete
from lessons.kit.ledger.explaining.shelf.tracked import Shelf
from lessons.kit.ledger.rows import Rows
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


def test_rows_of_which_the_beginning_is_not_known_are_not_marked_as_added():
    """Of a stream that was left at once, the record said that the turn had added the rows from before it."""

    rows = Rows(((1, '{"role": "user", "content": "Hi"}'),), complete=True, began=1.0, at=2.0)
    shelf = Shelf("store", "chat", None)
    shelf.look(rows)  # the last look, and there was none before it
    complete(shelf)
    [line] = make_ledger(shelf, []).lines
    assert (line.row.key, line.mark) == (1, "")
    assert line.why == "stored before or in this turn: the rows could not be read when it began"
