"""What happens to the server of a chaos run: it is killed, its disk is full, its files are locked, its databases are away."""

import asyncio
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests.chaos.disk import FileLimit, SmallDisk
from tests.chaos.visitor import Visitor
from tests.support.app_server import AppServer
from tests.support.own_databases import OwnDatabase

KILLS, DISK_FULL, FILES_LOCKED = "kills of the server", "disk full", "files locked"
HOLD_LOCK = Path(__file__).with_name("hold_lock.py")
ROWS_BETWEEN_KILLS = 2, 40
"""The least and the most new rows before a kill. They are rows and not seconds, so a slow start brings no more kills."""
PATIENCE_SECONDS = 30.0
AWAY_SECONDS = 0.0, 1.5
OUTAGE_SECONDS = 0.5, 4.0
LOCK_SECONDS = 1.0, 8.0
BETWEEN_OUTAGES = 0.5, 2.0


class Attacks:
    """All that is done to one server, from `chance`. `counts` says how often each thing was done."""

    def __init__(
        self,
        server: AppServer,
        disk: SmallDisk | FileLimit | None,
        databases: Sequence[OwnDatabase],
        visitors: Sequence[Visitor],
        chance: random.Random,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._server, self._disk, self._databases = server, disk, databases
        self._visitors, self._chance = visitors, chance

    async def go_on(self, until: float) -> None:
        """Attack until that time of perf_counter(), and leave everything running, free and unlocked."""
        # What is drawn for the kills does not depend on how long the outages take.
        kills, outages = (random.Random(self._chance.random()) for _ in range(2))
        await asyncio.gather(self._kills(until, kills), self._outages(until, outages))

    async def _kills(self, until: float, chance: random.Random) -> None:
        while await self._rows_are_acknowledged(chance.randint(*ROWS_BETWEEN_KILLS), until):
            await asyncio.sleep(chance.random())
            self._server.kill()
            self.counts[KILLS] += 1
            await asyncio.sleep(chance.uniform(*AWAY_SECONDS))
            await asyncio.to_thread(self._server.start)

    async def _rows_are_acknowledged(self, rows: int, until: float) -> bool:
        """Wait for this many more rows, for PATIENCE_SECONDS at most. False if the time of the run is over before."""
        start, now = self._acknowledged(), time.perf_counter()
        while self._acknowledged() < start + rows and time.perf_counter() < now + PATIENCE_SECONDS:
            if not await _wait(0.05, until):
                return False
        return True

    def _acknowledged(self) -> int:
        return sum(len(visitor.acknowledged) for visitor in self._visitors)

    async def _outages(self, until: float, chance: random.Random) -> None:
        kinds: list[Callable[[random.Random], Awaitable[None]]] = [self._lock_files]
        if self._disk is not None:
            kinds.append(self._fill_disk)
        kinds += [self._outage_of(database) for database in self._databases]
        waiting: list[Callable[[random.Random], Awaitable[None]]] = []
        while await _wait(chance.uniform(*BETWEEN_OUTAGES), until):
            waiting = waiting or chance.sample(kinds, len(kinds))
            await waiting.pop()(chance)

    async def _fill_disk(self, chance: random.Random) -> None:
        assert self._disk is not None
        try:
            pid = self._server.pid
        except RuntimeError:
            return  # killed a moment ago
        self.counts[DISK_FULL] += 1
        end = time.perf_counter() + chance.uniform(*OUTAGE_SECONDS)
        try:
            while time.perf_counter() < end:
                await asyncio.to_thread(self._disk.fill, pid)  # again and again: what is deleted makes room
                await asyncio.sleep(0.05)
        finally:
            self._disk.free()

    async def _lock_files(self, chance: random.Random) -> None:
        """Lock each file with a chance of one in three. Visitors of the other files go on."""
        files = sorted(self._server.data.glob("*/*/*.db"))
        chosen = [str(path) for path in files if chance.random() < 1 / 3]
        seconds = chance.uniform(*LOCK_SECONDS)
        if not chosen:
            return
        command = [sys.executable, "-S", str(HOLD_LOCK), f"{seconds:.1f}", *chosen]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            self.counts[FILES_LOCKED] += int(await asyncio.to_thread(process.stdout.readline))
            await asyncio.sleep(seconds)
        finally:
            process.kill()
            process.communicate()

    def _outage_of(self, database: OwnDatabase) -> Callable[[random.Random], Awaitable[None]]:
        async def away(chance: random.Random) -> None:
            brutal = chance.random() < 0.5
            await asyncio.to_thread(database.kill if brutal else database.stop)
            self.counts[
                f"{type(database).__name__.removeprefix('Own').removeprefix('Lasting')} {'killed' if brutal else 'stopped'}"
            ] += 1
            await asyncio.sleep(chance.uniform(*OUTAGE_SECONDS))
            await asyncio.to_thread(database.start)

        return away


async def _wait(seconds: float, until: float) -> bool:
    """False when the time would be over before; then it does not wait."""
    if time.perf_counter() + seconds > until:
        return False
    await asyncio.sleep(seconds)
    return True
