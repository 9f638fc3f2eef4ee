"""A visitor of the load run, who walks through the lessons as people do: reads, runs a step, writes messages, looks again."""

import asyncio
import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from urllib.parse import urlsplit

from lessons.course.index import LESSONS, entry
from tests.support.said import Said, history_faults, message, new_secret
from tests.support.st_client import Node, Timing
from tests.support.visitor_tab import VisitorTab

SHORTEST, LONGEST = 0.4, 1.6
"""The time between two turns is between these shares of the mean time."""
ACTS = ("message", "message", "message", "step")
TURNS_IN_A_LESSON = (4, 8)
PATIENCE = 60.0
"""Seconds for which a visitor asks for the first page before the walk begins. During the walk it goes on asking."""
SILENCE = 10.0
"""Seconds within which something must be seen of what was asked for: its answer, or words that say why it waits."""
TOLD_PATIENCE = 180.0
"""Seconds that a visitor waits who is told in words that others come first."""


@dataclass(frozen=True)
class Place:
    """One session of a visitor, and where it is stored."""

    lesson: str
    store: str
    session: str


@dataclass(frozen=True)
class Told:
    """What one visitor said in one of its sessions and saw as stored. `visitor` is its name in the address."""

    visitor: str
    secret: str
    place: Place
    said: frozenset[Said]


@dataclass
class Met:
    """What all visitors met: milliseconds, and what went wrong, a sentence each.

    `told_to_wait` is how often one who came was told that the server is busy, and when to try again; `signs` is how long it
    took each time until anything was seen of what was asked for, be it words that others come first.
    """

    opened: list[float] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    reruns: list[float] = field(default_factory=list)
    signs: list[float] = field(default_factory=list)
    told_to_wait: int = 0
    errors: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    histories: int = 0
    told: list[Told] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)


async def seconds_to_wait(url: str) -> int:
    """0 if the server gives the page to a browser that asks for it; otherwise the seconds after which to ask again."""
    host = urlsplit(url).netloc
    name, _, port = host.partition(":")
    reader, writer = await asyncio.open_connection(name, int(port))
    try:
        writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n".encode())
        answer = (await reader.read()).decode("utf-8", "replace")
    finally:
        writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    if " 503 " not in head.partition("\r\n")[0]:
        return 0
    again = re.search(r"(?im)^retry-after: (\d+)", head)
    if again is None or not body.strip():
        raise RuntimeError(f"refused without words: {answer[:300]}")
    return int(again[1])


class Visitor:
    """One visitor with one tab. Everything that it does follows from `seed` and `number`."""

    def __init__(self, url: str, number: int, seed: int, seconds_apart: float, met: Met) -> None:
        self.number, self.met = number, met
        self.chance = random.Random(f"{seed} {number}")
        self.secret = new_secret(self.chance)
        self.tab = VisitorTab(url, self.secret)
        self.tab.timeout = TOLD_PATIENCE
        self._apart = seconds_apart
        self._sent = 0
        self._told: dict[Place, set[Said]] = {}
        self._due = 0.0
        first = self.chance.randrange(len(LESSONS))
        self._lessons = [one.slug for one in (*LESSONS[first:], *LESSONS[:first])]
        self._at = ""
        self._has_arrived = False

    async def arrive(self, seconds: float) -> None:
        """Open the first page within that time. A visitor who cannot is noted, and does not walk."""
        await asyncio.sleep(self.chance.uniform(0, seconds))
        with self._noting():
            await self._enter(time.perf_counter() + PATIENCE)

    async def _enter(self, until: float) -> None:
        """Ask for the page as a browser does until the server gives it. If the server is busy, ask again when it says."""
        while not self._has_arrived and time.perf_counter() < until:
            seconds = await seconds_to_wait(self.tab.base_url)
            if seconds:
                self.met.told_to_wait += 1
                await asyncio.sleep(seconds)
            else:
                await self._open(self._lessons[0])
                self._has_arrived = True

    async def walk(self, until: float) -> None:
        """Visit lesson after lesson until that time of perf_counter(), and leave."""
        self._due = time.perf_counter() - self.chance.uniform(0, self._apart)
        with self._noting():
            await self._enter(until)
            for lesson in cycle(self._lessons):
                if not self._has_arrived or not await self.visit(lesson, until):
                    break
        await self.leave()

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """Note whatever goes wrong with the connection or the page, and end what the visitor does there."""
        try:
            yield
        except Exception as error:
            self._wrong(f"{type(error).__name__}: {error}")

    async def leave(self) -> None:
        """Close the tab. Note the secrets of others that it ever received, and what was said where."""
        name = self.tab.query.get("visitor", [""])[0]
        self.met.told += [Told(name, self.secret, place, frozenset(said)) for place, said in self._told.items()]
        self.met.leaks += [f"{self} was sent the secret {secret}" for secret in sorted(self.tab.leaked)]
        await self.tab.close()

    async def visit(self, lesson: str, until: float) -> bool:
        """Open the lesson and stay for some turns. False when the time is over."""
        if self._at != lesson:
            await self._open(lesson)
        # No step of the lesson uses this session, or puts aside what is in it: it has what the visitor said.
        session = entry(lesson).session_id
        in_time = True
        for _ in range(self.chance.randint(*TURNS_IN_A_LESSON)):
            pause = self._apart * self.chance.uniform(SHORTEST, LONGEST)
            self._due = max(self._due + pause, time.perf_counter())  # nobody hurries to make up for a slow server
            if not (in_time := await self._look_until_due(lesson, until)):
                break
            step = self._next_step()
            if self.chance.choice(ACTS) == "step" and step is not None:
                timing = await self.tab.click(step)
                self.met.steps.append(timing.total_ms)
                self._look_at(timing, f"a step of {lesson}")
            else:
                await self._say(lesson, session)
        self._compare(lesson, session)
        return in_time

    async def _open(self, lesson: str) -> None:
        start = time.perf_counter()
        timing = await (self.tab.switch_page(lesson) if self.tab.ws else self.tab.open(lesson))
        self.met.opened.append((time.perf_counter() - start) * 1e3)
        self._at = lesson
        self._look_at(timing, f"opening {lesson}")

    async def _look_until_due(self, lesson: str, until: float) -> bool:
        """Wait until the next turn is due, and look at the page again on the way. False when the time is over before."""
        if self._due > until:
            return False
        wait = self._due - time.perf_counter()
        await asyncio.sleep(max(0.0, wait / 2))
        timing = await self.tab.rerun()
        self.met.reruns.append(timing.total_ms)
        self._look_at(timing, f"looking at {lesson}")
        await asyncio.sleep(max(0.0, self._due - time.perf_counter()))
        return True

    async def _say(self, lesson: str, session: str) -> None:
        """Send one message in the visitor's own session, and keep what has to be stored after it."""
        if self._place(lesson).session != session:
            self._look_at(await self.tab.change("Session id", session), f"choosing a session of {lesson}")
        self._sent += 1
        timing = await self.tab.chat(message(self.secret, self._sent))
        self.met.turns.append(timing.total_ms)
        self._look_at(timing, f"message {self._sent} in {lesson}")
        turn = {Said(self._sent, False), Said(self._sent, True)}
        if turn <= set(self.tab.shown()):
            self._told.setdefault(self._place(lesson), set()).update(turn)
        else:
            self._wrong(f"message {self._sent} in {lesson} and its reply are not shown as stored")

    def _place(self, lesson: str) -> Place:
        """What the page shows, by its address."""
        store, session = (self.tab.query.get(name, [""])[0] for name in ("store", "session"))
        return Place(lesson, store, session)

    def _compare(self, lesson: str, session: str) -> None:
        """Compare the rows on the page with what was said, and note each fault. A page shows the newest fifty."""
        place = self._place(lesson)
        said = self._told.get(place)
        if not said or place.session != session:
            return  # a step has chosen another session since
        shown = self.tab.shown()
        oldest = min(shown, default=min(said))
        self.met.histories += 1
        faults = history_faults(shown, {each for each in said if each >= oldest})
        self.met.disordered += [f"{self} in {lesson}: {fault}" for fault in faults]

    def _next_step(self) -> Node | None:
        return self.tab.enabled_button("next-step")

    def _look_at(self, timing: Timing, what: str) -> None:
        """Note what the server told of going wrong since the last look."""
        self.met.signs.append(timing.first_delta_ms)
        if timing.first_delta_ms > SILENCE * 1e3:
            self._wrong(f"{what}: nothing was seen of it for {timing.first_delta_ms / 1e3:.0f} s, not even words")
        told = [*(node.text for node in self.tab.exceptions()), *self.tab.problems]
        self.tab.problems.clear()
        if told or not timing.ok:
            self._wrong(f"{what}: {'; '.join(told) or timing}")

    def _wrong(self, words: str) -> None:
        self.met.errors.append(f"{self}: {' '.join(words.split())[:300]}")

    def __str__(self) -> str:
        return f"visitor {self.number} ({self.secret})"
