"""A visitor of the load run, who walks through the lessons as people do: reads, runs a step, writes messages, looks again."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from itertools import cycle

from lessons.course.index import LESSONS
from tests.support.said import Said, history_faults, message, new_secret
from tests.support.st_client import Node, Timing
from tests.support.visitor_tab import VisitorTab

SHORTEST, LONGEST = 0.4, 1.6
"""Two turns lie between these shares of the mean time apart."""
ACTS = ("message", "message", "message", "step")
TURNS_IN_A_LESSON = (4, 8)


@dataclass
class Met:
    """What all visitors met: milliseconds, and what went wrong, a sentence each."""

    opened: list[float] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    reruns: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    histories: int = 0
    disordered: list[str] = field(default_factory=list)


class Visitor:
    """One visitor with one tab. Everything that it does follows from `seed` and `number`."""

    def __init__(self, url: str, number: int, seed: int, seconds_apart: float, met: Met) -> None:
        self.number, self.met = number, met
        self.chance = random.Random(f"{seed} {number}")
        self.secret = new_secret(self.chance)
        self.tab = VisitorTab(url, self.secret)
        self._apart = seconds_apart
        self._sent = 0
        self._due = time.perf_counter() + self.chance.uniform(0, seconds_apart)

    async def walk(self, until: float) -> None:
        """Visit lesson after lesson, from one by chance, until that time of perf_counter()."""
        lessons = [entry.slug for entry in LESSONS]
        first = self.chance.randrange(len(lessons))
        order = lessons[first:] + lessons[:first]
        await asyncio.sleep(max(0.0, min(self._due, until) - time.perf_counter()))
        try:
            for lesson in cycle(order):
                if not await self.visit(lesson, until):
                    break
        except Exception as error:
            self._wrong(f"{type(error).__name__}: {error}")
        finally:
            await self.leave()

    async def leave(self) -> None:
        """Close the tab, and note the secrets of others that it ever received."""
        self.met.leaks += [f"{self} was sent the secret {secret}" for secret in sorted(self.tab.leaked)]
        await self.tab.close()

    async def visit(self, lesson: str, until: float) -> bool:
        """Open the lesson and stay for some turns. False when the time is over."""
        start = time.perf_counter()
        timing = await (self.tab.switch_page(lesson) if self.tab.ws else self.tab.open(lesson))
        self.met.opened.append((time.perf_counter() - start) * 1e3)
        self._look_at(timing, f"opening {lesson}")
        # No step of the lesson uses this session, so what is in it is what the visitor said.
        session = f"of {self.secret} {self._sent}"
        said: set[Said] = set()
        in_time = True
        for _ in range(self.chance.randint(*TURNS_IN_A_LESSON)):
            pause = self._apart * self.chance.uniform(SHORTEST, LONGEST)
            self._due = max(self._due + pause, time.perf_counter())  # nobody hurries to make up for a slow server
            if not (in_time := await self._look_meanwhile(lesson, until)):
                break
            step = self._next_step()
            if self.chance.choice(ACTS) == "step" and step is not None:
                timing = await self.tab.click(step)
                self.met.steps.append(timing.total_ms)
                self._look_at(timing, f"a step of {lesson}")
            else:
                said |= await self._say(lesson, session)
        self._compare(lesson, session, said)
        return in_time

    async def _look_meanwhile(self, lesson: str, until: float) -> bool:
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

    async def _say(self, lesson: str, session: str) -> set[Said]:
        """Send one message in the visitor's own session. Returns what has to be stored after it."""
        if self.tab.query.get("session") != [session]:
            self._look_at(await self.tab.change("Session id", session), f"choosing a session of {lesson}")
        self._sent += 1
        timing = await self.tab.chat(message(self.secret, self._sent))
        self.met.turns.append(timing.total_ms)
        self._look_at(timing, f"message {self._sent} in {lesson}")
        turn = {Said(self._sent, False), Said(self._sent, True)}
        if not turn <= set(self.tab.shown()):
            self._wrong(f"message {self._sent} in {lesson} and its reply are not shown as stored")
            return set()
        return turn

    def _compare(self, lesson: str, session: str, said: set[Said]) -> None:
        """Whether the rows on the page are what was said, in order. A page shows the newest fifty."""
        if not said or self.tab.query.get("session") != [session]:
            return  # a step has chosen another session since
        shown = self.tab.shown()
        oldest = min(shown, default=min(said))
        self.met.histories += 1
        faults = history_faults(shown, {each for each in said if each >= oldest})
        self.met.disordered += [f"{self} in {lesson}: {fault}" for fault in faults]

    def _next_step(self) -> Node | None:
        found = [node for node in self.tab.elements("button") if node.key == "next-step" and not node.proto.disabled]
        return found[0] if found else None

    def _look_at(self, timing: Timing, what: str) -> None:
        """Note what the server told of going wrong since the last look."""
        told = [*(node.text for node in self.tab.exceptions()), *self.tab.problems]
        self.tab.problems.clear()
        if told or not timing.ok:
            self._wrong(f"{what}: {'; '.join(told) or timing}")

    def _wrong(self, words: str) -> None:
        self.met.errors.append(f"{self}: {' '.join(words.split())[:300]}")

    def __str__(self) -> str:
        return f"visitor {self.number} ({self.secret})"
