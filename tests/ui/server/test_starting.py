"""What the server does with its sockets when it starts."""

import asyncio
import socket
from types import SimpleNamespace
from typing import Any

import pytest

from lessons.course.index import COURSE
from lessons.ui.server.starting import send_small_at_once
from tests.support.app_server import served
from tests.support.tab import Tab


async def waits_for_confirmation(with_setting: bool) -> bool:
    """Whether the system holds a small message back until the one before it is confirmed, on a connection of the server."""
    listening = socket.socket(socket.AF_INET)  # as Streamlit makes it
    listening.bind(("127.0.0.1", 0))
    found: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def came(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.set_result(not writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    serving = await asyncio.start_server(came, sock=listening)
    if with_setting:
        server: Any = SimpleNamespace(started=True, servers=[serving])
        await send_small_at_once(server)
    _, writer = await asyncio.open_connection(*listening.getsockname())
    try:
        return await found
    finally:
        writer.close()
        serving.close()


def test_a_small_message_is_sent_at_once():
    assert asyncio.run(waits_for_confirmation(with_setting=False))
    assert not asyncio.run(waits_for_confirmation(with_setting=True))


@pytest.mark.server
def test_the_first_visitor_of_a_server_sees_no_navigation_of_file_names_and_the_page_is_run_once_for_it(tmp_path):
    """Streamlit ran the file of the first page alone, without the entry, and then again with it."""
    seen: list[str] = []

    async def visit(url: str) -> None:
        async with Tab(url) as tab:
            tab.on_msg = lambda message, _: seen.extend(
                message.navigation.sections or message.WhichOneof("type").split()
            )
            await tab.open("basic")

    with served(tmp_path) as server:
        asyncio.run(visit(server.url))
    titles = list(dict.fromkeys(page.part for page in COURSE))
    assert seen[: len(titles) + 3] == ["new_session", "session_status_changed", *titles, "page_config_changed"]
