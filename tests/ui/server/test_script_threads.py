"""Few pages are drawn at the same moment; the others wait for their place, in order, and nobody is locked out."""

import asyncio
import threading
import time

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from lessons.ui.server import script_threads
from lessons.ui.server.script_threads import AT_ONCE, Places, ScriptThreads

SCRIPT_THREAD = "ScriptRunner.scriptThread"
"""Streamlit's name for these threads."""


class Server:
    """An app that starts a thread for each run that a tab asks for, as Streamlit does, and keeps it until `end`."""

    def __init__(self):
        self.threads, self.ends, self.order, self.texts = [], [], [], []
        self.places = Places()
        self.layer = ScriptThreads(self._serve, self.places)

    async def _serve(self, scope, receive, send):
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            if BackMsg.FromString(message["bytes"]).HasField("rerun_script"):
                end = threading.Event()
                thread = threading.Thread(target=end.wait, name=SCRIPT_THREAD, daemon=True)
                thread.start()
                self.threads.append(thread)
                self.ends.append(end)
                self.order.append(scope["tab"])
                self.texts += [
                    widget.chat_input_value.data
                    for widget in BackMsg.FromString(message["bytes"]).rerun_script.widget_states.widgets
                ]
                await self.tell(send, running=True)

    async def tell(self, send, running):
        told = ForwardMsg()
        told.session_status_changed.script_is_running = running
        await send({"type": "websocket.send", "bytes": told.SerializeToString()})

    def alive(self):
        return sum(thread.is_alive() for thread in self.threads)


def rerun():
    asked = BackMsg()
    asked.rerun_script.query_string = ""
    asked.rerun_script.SetInParent()
    return {"type": "websocket.receive", "bytes": asked.SerializeToString()}


def heartbeat():
    asked = BackMsg()
    asked.app_heartbeat = True
    return {"type": "websocket.receive", "bytes": asked.SerializeToString()}


class Tab:
    def __init__(self, server, name):
        self.inbox, self.sent = asyncio.Queue(), []
        self.task = asyncio.create_task(server.layer({"type": "websocket", "tab": name}, self.inbox.get, self._sent))

    async def _sent(self, message):
        self.sent.append(ForwardMsg.FromString(message["bytes"]))

    async def close(self):
        self.inbox.put_nowait({"type": "websocket.disconnect"})
        await asyncio.wait_for(self.task, 60)


async def until(said):
    async with asyncio.timeout(60):
        while not said():
            await asyncio.sleep(0.002)


async def take_all_places(server):
    """Tabs whose pages run until their `end`."""
    tabs = [Tab(server, name) for name in range(AT_ONCE)]
    for tab in tabs:
        tab.inbox.put_nowait(rerun())
    await until(lambda: server.alive() == AT_ONCE)
    return tabs


def in_loop(test):
    def run():
        async def with_server():
            server = Server()
            try:
                await test(server)
            finally:
                for end in server.ends:
                    end.set()

        asyncio.run(with_server())

    run.__name__ = test.__name__
    return run


@in_loop
async def test_no_more_pages_than_there_are_places_are_drawn_and_the_others_follow_in_order(server):
    tabs = [Tab(server, name) for name in range(AT_ONCE + 3)]
    for tab in tabs:
        tab.inbox.put_nowait(rerun())
    await until(lambda: server.alive() == AT_ONCE and server.places.longest_wait() > 0)
    for ended in range(3):
        server.ends[ended].set()
        await until(lambda drawn=AT_ONCE + ended + 1: len(server.order) == drawn)
        assert server.alive() <= AT_ONCE
    assert server.order == list(range(AT_ONCE + 3))
    assert server.places.longest_wait() == 0
    for tab in tabs:
        await tab.close()


@in_loop
async def test_a_tab_whose_page_runs_is_heard_at_once_and_so_is_what_is_not_a_run(server):
    tabs = await take_all_places(server)
    tabs[0].inbox.put_nowait(rerun())  # Stop, or another click
    await until(lambda: len(server.order) == AT_ONCE + 1)
    other = Tab(server, "other")
    other.inbox.put_nowait(heartbeat())
    await until(other.inbox.empty)
    for tab in (*tabs, other):
        await tab.close()


def looks_again():
    asked = BackMsg()
    asked.rerun_script.is_auto_rerun = True
    asked.rerun_script.fragment_id = "live"
    return {"type": "websocket.receive", "bytes": asked.SerializeToString()}


@in_loop
async def test_a_page_that_looks_by_a_clock_does_not_heap_up_runs_while_it_waits(server):
    tabs = await take_all_places(server)
    waiting = Tab(server, "waiting")
    for message in (looks_again(), looks_again(), rerun(), looks_again()):
        waiting.inbox.put_nowait(message)
    await until(waiting.inbox.empty)
    for end in list(server.ends):
        end.set()
    await until(lambda: server.order[AT_ONCE:] == ["waiting", "waiting"])
    await asyncio.sleep(0.05)
    assert server.order[AT_ONCE:] == ["waiting", "waiting"]
    for tab in (*tabs, waiting):
        await tab.close()


@in_loop
async def test_a_tab_that_goes_while_it_waits_takes_no_place(server):
    tabs = await take_all_places(server)
    gone, stays = Tab(server, "gone"), Tab(server, "stays")
    gone.inbox.put_nowait(rerun())
    await until(gone.inbox.empty)
    await gone.close()
    stays.inbox.put_nowait(rerun())
    server.ends[0].set()
    await until(lambda: len(server.order) > AT_ONCE)
    assert server.order[AT_ONCE:] == ["stays"]
    for tab in (*tabs, stays):
        await tab.close()


@in_loop
async def test_the_messages_of_a_tab_that_goes_while_it_waits_are_not_lost(server):
    tabs = await take_all_places(server)
    gone = Tab(server, "gone")
    for asked in (rerun(), says("first"), says("second")):
        gone.inbox.put_nowait(asked)
    await until(gone.inbox.empty)
    await gone.close()
    assert server.texts == ["first", "second"]
    for tab in tabs:
        await tab.close()


def says(text):
    asked = BackMsg()
    asked.rerun_script.widget_states.widgets.add(id="message").chat_input_value.data = text
    return {"type": "websocket.receive", "bytes": asked.SerializeToString()}


def test_a_tab_that_waits_is_told_why_and_how_many_come_before_it_until_its_turn_comes(monkeypatch):
    monkeypatch.setattr(script_threads, "WORDS_SECONDS", 0.02)

    @in_loop
    async def test(server):
        tabs = [Tab(server, name) for name in range(AT_ONCE + 3)]
        for tab in tabs:
            tab.inbox.put_nowait(rerun())
        told = [[], [], []]

        def all_told():
            for one, tab in zip(told, tabs[AT_ONCE:], strict=True):
                one[:] = [message.delta.new_element for message in tab.sent if message.HasField("delta")]
            return all(told)

        await until(all_told)
        said = ["This page is next.", "1 other page comes first.", "2 other pages come first."]
        for one, words in zip(told, said, strict=True):
            assert words in one[0].html.body
            assert 'role="status"' in one[0].html.body
        assert not any(message.HasField("delta") for tab in tabs[:AT_ONCE] for message in tab.sent)
        for end in list(server.ends):
            end.set()
        await until(lambda: len(server.order) == len(tabs) and all_told())
        assert [one[-1].WhichOneof("type") for one in told] == ["empty"] * 3
        for tab in tabs:
            await tab.close()

    test()


@in_loop
async def test_a_tab_whose_app_fails_gives_its_place_back(server):
    async def raises(scope, receive, send):
        await receive()
        raise RuntimeError("before a thread was started")

    layer = ScriptThreads(raises, server.places)
    for _ in range(AT_ONCE + 1):
        inbox = asyncio.Queue()
        inbox.put_nowait(rerun())
        with pytest.raises(RuntimeError):
            await asyncio.wait_for(layer({"type": "websocket"}, inbox.get, None), 60)


def test_where_no_page_ends_one_more_is_drawn_after_a_while(monkeypatch):
    monkeypatch.setattr(script_threads, "STUCK_SECONDS", 0.1)

    @in_loop
    async def test(server):
        tabs = [Tab(server, name) for name in range(AT_ONCE + 2)]
        start = time.monotonic()
        for tab in tabs:
            tab.inbox.put_nowait(rerun())
        await until(lambda: server.alive() == AT_ONCE + 2)
        assert time.monotonic() - start > 0.2
        for tab in tabs:
            await tab.close()

    test()
