"""A visitor of the chaos run, who goes on whatever happens to the server, and keeps what it was told is stored."""

import asyncio
import base64
import random
import time
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlencode

from websockets.exceptions import WebSocketException

from tests.support.said import Said, message, new_secret
from tests.support.st_client import StError
from tests.support.visitor_tab import VisitorTab

ACTS = ("message",) * 7 + ("step", "step back")
THINK_SECONDS = 0.2, 1.2
TURN_SECONDS = 40.0
"""How long one action may take: a locked file and a server that is away are waited for, and a turn has its own limit."""
SERVED_AGAIN_SECONDS = 60.0


@dataclass(frozen=True)
class Place:
    """Where a visitor is: the lesson, and the kind of store that it uses there."""

    lesson: str
    store: str


class Visitor:
    """One visitor with one session. Everything that it does follows from `seed` and `number`.

    `done` counts its steps and those that it took back, `broken_off` the errors that ended its other tries. `acknowledged` is
    what it was shown as stored, and must still be there; what a step has `put_aside` must be there or in a copy. `sent` is the
    number of its last message.
    """

    def __init__(self, url: str, number: int, seed: int, place: Place) -> None:
        self.place, self.number = place, number
        self.chance = random.Random(f"{seed} {number}")
        self.secret = new_secret(self.chance)
        self.name = base64.urlsafe_b64encode(self.chance.randbytes(16)).decode().rstrip("=")
        self.session = f"of {self.secret}"
        self.sent = 0
        self.acknowledged: set[Said] = set()
        self.put_aside: set[Said] = set()
        self.done: Counter[str] = Counter()
        self.broken_off: Counter[str] = Counter()
        self.shown_exceptions: list[str] = []
        self.leaked: set[str] = set()
        self._url = url
        self._tab: VisitorTab | None = None

    async def live(self, until: float) -> None:
        """Send messages, run steps and take them back, until that time of perf_counter()."""
        while time.perf_counter() < until:
            await self._try(self.chance.choice(ACTS))
            await asyncio.sleep(self.chance.uniform(*THINK_SECONDS))

    async def is_served_again(self) -> bool:
        """Whether a new message is stored and answered, now that nothing is in the way."""
        deadline = time.perf_counter() + SERVED_AGAIN_SECONDS
        while time.perf_counter() < deadline:
            await self._try("message")
            if Said(self.sent, True) in self.acknowledged:
                return True
            await asyncio.sleep(0.5)
        return False

    @property
    def problems(self) -> list[str]:
        """What the page has said of going wrong since it was opened."""
        return self._tab.problems if self._tab else []

    async def leave(self) -> None:
        """Close the tab, and keep what it saw."""
        if self._tab is not None:
            tab, self._tab = self._tab, None
            self.acknowledged |= tab.stored
            self.leaked |= tab.leaked
            await tab.close()

    async def _try(self, act: str) -> None:
        """Do one thing. Whatever a killed server does to it, the next try starts with a new tab."""
        try:
            async with asyncio.timeout(TURN_SECONDS):
                tab = await self._opened()
                await self._do(act, tab)
        except (OSError, TimeoutError, WebSocketException, StError) as error:
            self.broken_off[type(error).__name__] += 1
            await self.leave()

    async def _opened(self) -> VisitorTab:
        if self._tab is None:
            self._tab = VisitorTab(self._url, self.secret)
            query = urlencode({"visitor": self.name, "store": self.place.store, "session": self.session})
            await self._tab.open(f"{self.place.lesson}?{query}")
            self._look()
        return self._tab

    async def _do(self, act: str, tab: VisitorTab) -> None:
        button = tab.enabled_button("next-step" if act == "step" else "step-back")
        if act == "message" or button is None:
            self.sent += 1
            await tab.chat(message(self.secret, self.sent))
            self._look()
            return
        self._look()
        if act == "step":
            # It starts from what the last one left, and puts aside what came in between, for a step back.
            self.put_aside |= self.acknowledged
        else:
            # It brings back what its step put aside, and takes what came after: all that was said may be there or not.
            self.put_aside.clear()
        self.acknowledged.clear()
        try:
            await tab.click(button)
        finally:
            tab.stored.clear()
        self.done[act] += 1
        self._look()
        await self.leave()  # the page shows the session of the step now

    def _look(self) -> None:
        if self._tab is not None:
            self.acknowledged |= self._tab.stored
            self.shown_exceptions += [node.text for node in self._tab.exceptions()]

    def __str__(self) -> str:
        return f"visitor {self.number} ({self.secret}, {self.place.store})"
