"""What the server takes from the network, tried on a running one."""

import asyncio
import base64
import http.client
import os
import socket
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from lessons.kit.visitors.workspace import new_visitor
from tests.support.app_server import AppServer, served
from tests.support.st_client import StClient

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    with served(tmp_path_factory.mktemp("network")) as server:
        yield server


def upgraded(server: AppServer, host: str, origin: str = "") -> int:
    """The status of the answer to a browser that opens a page's connection by this name of the server."""
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        lines = [
            "GET /_stcore/stream HTTP/1.1",
            f"Host: {host}",
            f"Origin: {origin or f'http://{host}'}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: streamlit",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        ]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return int(connection.recv(100).split()[1])


def test_a_page_of_another_name_gets_no_connection(server):
    """DNS rebinding: evil.example is made to mean this machine, and its page asks as if from its own server."""
    for name in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.0.7"):
        assert upgraded(server, f"{name}:{server.port}") == 403, name
    for name in ("127.0.0.1", "localhost", "[::1]"):
        assert upgraded(server, f"{name}:{server.port}") == 101, name


def test_an_upload_is_refused_since_nothing_takes_one(server):
    async def status(size: int) -> int:
        async with StClient(server.url) as tab:
            await tab.open()
            return await asyncio.to_thread(uploaded, server, tab.session_id, b"x" * size)

    assert asyncio.run(status(1)) == 413
    assert asyncio.run(status(4_900_000)) == 413


def uploaded(server: AppServer, session_id: str, content: bytes) -> int:
    """The status of the answer to a file that a page sends, with all that Streamlit's own page sends with it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/_stcore/health")
    answer = connection.getresponse()
    answer.read()
    cookie = answer.headers["Set-Cookie"].split(";")[0]
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    headers = {
        "Cookie": cookie,
        "X-Xsrftoken": cookie.partition("=")[2].strip('"'),
        "Content-Type": "multipart/form-data; boundary=b",
    }
    path = f"/_stcore/upload_file/{session_id}/{uuid.uuid4()}"
    connection.request("PUT", path, head + content + b"\r\n--b--\r\n", headers)
    return connection.getresponse().status


def test_more_than_a_megabyte_at_once_ends_the_connection(server):
    async def code() -> int | None:
        async with StClient(server.url) as tab:
            await tab.open()
            await tab.ws.send(b"\xff" * 1_000_001)
            await asyncio.wait_for(tab.ws.wait_closed(), 60)
            return tab.ws.close_code

    assert asyncio.run(code()) == 1009  # the code for a message that is too big


def test_opening_pages_makes_no_folder(server):
    async def look_around() -> None:
        for slug in ("", "basic", "databases", "encrypted", "hosted", "analytics", "redis", "compare", "choose"):
            async with StClient(server.url) as tab:
                await tab.open(f"{slug}?visitor={new_visitor()}")

    asyncio.run(look_around())
    assert list(server.data.glob("*")) == []


def test_what_is_stored_can_be_read_by_nobody_else(server):
    async def store() -> None:
        for slug, store in (
            ("multi_session", "sqlite_file"),
            ("multi_session", "json_files"),
            ("analytics", "advanced_sqlite"),
        ):
            async with StClient(server.url) as tab:
                await tab.open(f"{slug}?visitor={visitor}&store={store}")
                await tab.chat("My name is Alice", wait_text="Alice")

    visitor = new_visitor()
    asyncio.run(store())
    made = [server.data, *server.data.rglob("*")]
    assert any(path.suffix == ".db" for path in made)
    open_to_others = {path.name: oct(mode(path)) for path in made if mode(path) != (0o700 if path.is_dir() else 0o600)}
    assert open_to_others == {}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
