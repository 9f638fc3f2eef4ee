"""Your own sessions next to Datasette and sqlite-web: the same file, the same questions, in turn in one run.

    python -m venv /somewhere && /somewhere/bin/pip install datasette sqlite-web
    python -m tests.bench.other_viewers /somewhere/bin              a hundred thousand messages
    python -m tests.bench.other_viewers /somewhere/bin 1000000      a million

Next to these messages, the file has one session of a hundred thousand. The other viewers answer an HTTP request for a page of
rows, which is timed until the whole page has arrived. Our page is drawn again through its websocket, which is timed until the
first rows have arrived, and until the whole page has, with the findings of 50 sessions or the dry run of the session. The
processor time is that of the server.
"""

import asyncio
import itertools
import os
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

import psutil

from tests.bench.own_sessions import LONG, build
from tests.support.app_server import APP
from tests.support.measuring import MeasuredServer
from tests.support.redis_server import free_port
from tests.support.st_client import Node, WidgetState
from tests.support.tab import Tab

TIMES, AT_ONCE = 7, 10
SEARCHED = "Monday"
ALSO_SEARCHED = ("waited", SEARCHED)
"""In turn, as page 14 and page 15: a visitor asks for something else than what is shown."""
SESSION = "s00100"
FILE = "own.db"
PAGE = 15
QUESTIONS = ("the first page", f"page {PAGE}", "a search", "open a session", "rows deep in a long session")
Ask = Callable[[], Awaitable[float]]
"""Asks once; returns the milliseconds until the first rows have arrived."""


async def _get(url: str) -> float:
    def get() -> None:
        with urllib.request.urlopen(url, timeout=120) as answer:
            answer.read()

    began = time.perf_counter()
    await asyncio.to_thread(get)
    return (time.perf_counter() - began) * 1e3


class Theirs:
    """Another viewer, as its own process."""

    def __init__(self, command: list[str], base: str, pages: Mapping[str, str]) -> None:
        self._process = psutil.Popen(command, stdout=-3, stderr=-3)
        self.pages = {question: base + page for question, page in pages.items()}

    def cpu_seconds(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)

    async def ready(self) -> None:
        for _ in range(600):
            try:
                await _get(next(iter(self.pages.values())))
                return
            except OSError:
                await asyncio.sleep(0.1)
        raise SystemExit("Another viewer does not answer.")

    def ask(self, question: str) -> Ask:
        return lambda: _get(self.pages[question])

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


def datasette(path: Path, programs: Path) -> Theirs:
    port = free_port()
    command = [str(programs / "datasette"), "serve", str(path), "--port", str(port)]
    command += ["--setting", "sql_time_limit_ms", "60000", "--setting", "max_returned_rows", "100"]
    sql = "select * from agent_messages where message_data like '%' || :q || '%' order by id desc limit 50"
    deep = (PAGE - 1) * 50
    sessions = f"select * from agent_sessions order by updated_at desc limit 50 offset {deep}"
    pages = {
        QUESTIONS[0]: "/agent_sessions?_size=50&_sort_desc=updated_at",
        QUESTIONS[1]: f"?{urllib.parse.urlencode({'sql': sessions})}",
        QUESTIONS[2]: f"?{urllib.parse.urlencode({'sql': sql, 'q': SEARCHED})}",
        QUESTIONS[3]: f"/agent_messages?_size=100&session_id__exact={SESSION}",
        QUESTIONS[4]: f"/agent_messages?_size=50&session_id__exact={LONG}&_next=50000",
    }
    return Theirs(command, f"http://127.0.0.1:{port}/{path.stem}", pages)


def sqlite_web(path: Path, programs: Path) -> Theirs:
    port = free_port()

    def asked(sql: str) -> str:
        return f"/agent_messages/query/?{urllib.parse.urlencode({'sql': sql})}"

    pages = {
        QUESTIONS[0]: "/agent_sessions/content/?ordering=-3",
        QUESTIONS[1]: f"/agent_sessions/content/?ordering=-3&page={PAGE}",
        QUESTIONS[2]: asked(
            f"select * from agent_messages where message_data like '%{SEARCHED}%' order by id desc limit 50"
        ),
        QUESTIONS[3]: asked(f"select * from agent_messages where session_id = '{SESSION}' order by id"),
        QUESTIONS[4]: asked(
            f"select * from agent_messages where session_id = '{LONG}' and id < 50000 order by id desc limit 50"
        ),
    }
    command = [str(programs / "sqlite_web"), "-r", "-x", "-p", str(port), str(path)]
    return Theirs(command, f"http://127.0.0.1:{port}", pages)


async def _open(tab: Tab, more: str) -> None:
    tab.page_name, tab.query_string = "inspect", f"storage={FILE}{more}"
    await tab.connect()
    for _ in range(100):  # the first visitor waits for the SDK
        # The page asks every few seconds for a look at the file, so it is never without a rerun that is to come.
        timing = await tab.rerun(page_name="inspect", page_script_hash="", look_again=False)
        if timing.ok and any("<td" in one.text or "lines" in one.text for one in tab.walk()):
            return
        await asyncio.sleep(0.2)
    raise RuntimeError(f"The page does not come: {timing}")


class Ours:
    """Our page in five tabs, one for each question."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._tabs: dict[str, Tab] = {}
        self.whole: dict[str, list[float]] = {question: [] for question in QUESTIONS}

    async def open(self, stack: AsyncExitStack) -> None:
        addresses = ("", "", "", f"&session={SESSION}", f"&session={LONG}&row=50000")
        for question, more in zip(QUESTIONS, addresses, strict=True):
            tab = self._tabs[question] = await stack.enter_async_context(Tab(self._url))
            await _open(tab, more)
        older = self._tabs[QUESTIONS[4]]
        place = next(
            one.proto.expandable for one in older.walk() if one.is_block and one.proto.expandable.label == "Older rows"
        )
        older.states[place.id] = WidgetState(id=place.id, bool_value=True)
        await older.rerun(look_again=False)

    def ask(self, question: str) -> Ask:
        tab, shown = self._tabs[question], "lines" if question == QUESTIONS[3] else "<td"
        turn = itertools.cycle(("Older", "Newer"))
        page, searched = itertools.cycle((PAGE - 1, PAGE)), itertools.cycle(ALSO_SEARCHED)

        async def ask() -> float:
            # As a visitor asks: a page, a search and the older rows are a part of the page, which alone is drawn again.
            if question == QUESTIONS[4]:
                timing = await tab.click(_named(tab, "button", next(turn)), wait_text="Rows ", look_again=False)
            elif question == QUESTIONS[1]:
                timing = await tab.change(_named(tab, "pagination"), next(page), wait_text=shown, look_again=False)
            elif question == QUESTIONS[2]:
                field = "Search in ids and text"
                timing = await tab.change(field, next(searched), wait_text=shown, look_again=False)
            else:
                timing = await tab.rerun(wait_text=shown, look_again=False)
            if not timing.ok or timing.text_ms is None:
                raise RuntimeError(f"{question}: {timing}")
            self.whole[question].append(timing.total_ms)
            return timing.text_ms

        return ask


def _named(tab: Tab, kind: str, label: str = "") -> Node:
    found = [one for one in tab.walk() if one.kind == kind and (not label or one.label == label)]
    if not found:
        raise RuntimeError(f"The page has no {kind} {label}: {[one.kind for one in tab.walk()]}")
    return found[0]


async def delay(url: str) -> float:
    """AT_ONCE visitors open a session at the same moment: how much longer the last of them waits than one who is alone."""

    async def opened(tab: Tab) -> float:
        timing = await tab.rerun(wait_text="lines", look_again=False)
        return timing.text_ms or timing.total_ms

    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(Tab(url)) for _ in range(AT_ONCE)]
        for tab in tabs:
            await _open(tab, f"&session={SESSION}")
        alone = [await opened(tabs[0]) for _ in range(TIMES)]
        last = [max(await asyncio.gather(*map(opened, tabs))) for _ in range(TIMES)]
    return median(last) - median(alone)


async def measure(folder: Path, programs: Path) -> None:
    path = folder / FILE
    others = {"Datasette": datasette(path, programs), "sqlite-web": sqlite_web(path, programs)}
    try:
        settings = {"SESSIONS_FILES_DIR": str(folder)}
        with MeasuredServer(APP, folder / "app", **settings) as app:
            async with AsyncExitStack() as stack:
                ours = Ours(app.url)
                await ours.open(stack)
                for one in others.values():
                    await one.ready()
                print(f"{path.stat().st_size / 1e6:.0f} MB, load {os.getloadavg()[0]:.1f}; milliseconds (processor)")
                for question in QUESTIONS:
                    await _compare(question, app, ours, others)
            more = await delay(app.url)
            print(f"{AT_ONCE} visitors open a session at once: the last waits {more:,.0f} ms more than one alone")
    finally:
        for one in others.values():
            one.stop()


async def _compare(question: str, app: MeasuredServer, ours: Ours, others: Mapping[str, Theirs]) -> None:
    asked = {"this app": (ours.ask(question), app.cpu_seconds)}
    asked |= {name: (one.ask(question), one.cpu_seconds) for name, one in others.items()}
    took: dict[str, list[float]] = {name: [] for name in asked}
    spent = dict.fromkeys(asked, 0.0)
    for ask, _ in asked.values():
        await ask()
        await ask()
    ours.whole[question].clear()
    for _ in range(TIMES):
        for name, (ask, cpu) in asked.items():
            before = cpu()
            took[name].append(await ask())
            spent[name] += cpu() - before
    told = [f"{name} {median(took[name]):,.0f} ({spent[name] / TIMES * 1e3:,.0f})" for name in asked]
    print(f"{question:<30}{'   '.join(told)}   this app, all of it {median(ours.whole[question]):,.0f}", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        build(Path(made) / FILE, int(sys.argv[2]) if len(sys.argv) > 2 else 100_000, 100_000)
        asyncio.run(measure(Path(made), Path(sys.argv[1])))
