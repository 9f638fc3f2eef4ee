"""A server that is running out of descriptors refuses new tabs in words, while it still has some left."""

import asyncio
import sys
from collections import Counter

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus

from lessons.ui.server import admission
from tests.support.app_server import APP
from tests.support.measuring import MeasuredServer
from tests.support.st_client import StClient

HTML = {"accept": "text/html,application/xhtml+xml"}
WORDS = "no room for another page"


@pytest.fixture
def client(monkeypatch):
    """Makes a client of an app that answers every request and sends a tab nothing; `left` is how many descriptors are free."""

    async def app(scope, receive, send):
        if scope["type"] == "websocket":
            await WebSocket(scope, receive, send).accept()
        else:
            await admission.PlainTextResponse("served")(scope, receive, send)

    def made(left: int, wait: float = 0.0) -> TestClient:
        monkeypatch.setattr(admission, "left", lambda: left)
        return TestClient(admission.Admission(app, lambda: wait))

    return made


def test_a_page_is_refused_with_words_where_few_descriptors_are_left(client):
    refused = client(admission.SPARE - 1).get("/basic", headers=HTML)
    assert (refused.status_code, WORDS in refused.text) == (503, True)
    assert client(admission.SPARE).get("/basic", headers=HTML).text == "served"
    assert client(0).get("/_stcore/health", headers=HTML).text == "served"
    assert client(0).get("/static/index.js").text == "served"


def test_a_page_is_refused_with_words_while_those_that_are_open_wait_too_long(client):
    refused = client(1_000, wait=admission.BUSY_SECONDS + 1).get("/basic", headers=HTML)
    assert (refused.status_code, "tries again by itself" in refused.text) == (503, True)
    assert refused.headers["refresh"] == str(admission.AGAIN_SECONDS)
    assert client(1_000, wait=admission.BUSY_SECONDS - 1).get("/basic", headers=HTML).text == "served"
    with client(1_000, wait=60).websocket_connect("/_stcore/stream"):
        pass  # a page that was given out is never cut off


def test_pages_that_were_given_out_and_whose_tabs_come_in_a_moment_are_counted(client):
    served = client(admission.SPARE + 2 * admission.TAB)
    assert [served.get("/basic", headers=HTML).status_code for _ in range(4)] == [200, 200, 200, 503]
    with served.websocket_connect("/_stcore/stream"):
        pass
    assert served.get("/basic", headers=HTML).status_code == 200


def test_a_tab_is_refused_with_words_before_there_is_no_descriptor(client):
    with client(admission.LAST).websocket_connect("/_stcore/stream"):
        pass
    with pytest.raises(WebSocketDenialResponse) as refused, client(admission.LAST - 1).websocket_connect("/"):
        pass
    assert WORDS in refused.value.text


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells and sets the limit of another process")


@pytest.mark.server
@on_linux
def test_the_server_raises_its_limit_before_anybody_opens_a_page(tmp_path):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard // 2, hard))
    try:
        with MeasuredServer(APP, tmp_path) as server:
            assert resource.prlimit(server.pid, resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.server
@on_linux
def test_of_forty_tabs_at_the_same_moment_each_is_served_or_gets_words(tmp_path):
    import resource

    with MeasuredServer(APP, tmp_path) as server:
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (100, 100))

        async def come() -> str:
            tab = StClient(server.url, timeout=60)
            try:
                await tab.open("basic")
                assert not tab.exceptions()
                return "words" if WORDS in tab.text() else "served" if "Ledger" in tab.text() else tab.text()
            except InvalidStatus as refused:
                said = (refused.response.body or b"").decode()
                return "words" if WORDS in said else str(refused)

        async def come_all() -> Counter[str]:
            return Counter(await asyncio.gather(*(come() for _ in range(40))))

        found = asyncio.run(come_all())
        assert found.keys() == {"served", "words"}
        assert found["served"] >= 5
        assert server.errors() == []
        assert server.log.stat().st_size < 2_000
