"""Measures the cost of encryption: the same calls on a plain and an encrypted session, in turn, in a temporary folder."""

import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROUNDS = 40
ITEMS = ({"role": "user", "content": "My name is Alice"}, {"role": "assistant", "content": "Hello, Alice."})
READ_ROWS = ROUNDS * len(ITEMS)


@dataclass(frozen=True)
class Cost:
    """A value for the plain and for the encrypted session. `unit` is "ms" (medians of a call) or "bytes" (for one item)."""

    name: str
    plain: float
    encrypted: float
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        return self.encrypted / self.plain


async def measure_overhead() -> tuple[Cost, ...]:
    """Measure both sessions in turn, so that a slow moment of the machine affects both. Uses a temporary folder."""
    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    with tempfile.TemporaryDirectory(prefix="sessions-lab-", ignore_cleanup_errors=True) as folder:
        stores = [SQLiteSession("alice", Path(folder) / f"{name}.db") for name in ("plain", "encrypted")]
        sessions = (stores[0], EncryptedSession("alice", stores[1], encryption_key="a key for this measurement only"))
        try:
            added = await _in_turn(lambda session: session.add_items([dict(item) for item in ITEMS]), sessions)
            read = await _in_turn(lambda session: session.get_items(), sessions)
            sizes = [sum(len(json.dumps(item)) for item in await store.get_items()) / READ_ROWS for store in stores]
        finally:
            for store in stores:
                store.close()
    return (
        Cost("add_items, 2 items", added[0], added[1]),
        Cost(f"get_items, {READ_ROWS} rows", read[0], read[1]),
        Cost("stored for an item", sizes[0], sizes[1], unit="bytes"),
    )


async def _in_turn(call: Callable[[Any], Awaitable[Any]], sessions: tuple[Any, ...]) -> list[float]:
    """The median milliseconds of a call on each session. The session that goes first changes with every round."""
    taken: list[list[float]] = [[] for _ in sessions]
    for number in range(ROUNDS):
        for at in range(len(sessions))[:: -1 if number % 2 else 1]:
            start = time.perf_counter()
            await call(sessions[at])
            taken[at].append((time.perf_counter() - start) * 1e3)
    return [median(one) for one in taken]
