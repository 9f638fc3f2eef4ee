"""A service that answers something other than OpenAI's API does: words that name it, and no raw error."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lessons.kit.problems.problem import Refused
from tests.support.turns import do, tell

STORE = "hosted"
MADE = b'{"id": "conv_1", "object": "conversation", "created_at": 1, "metadata": {}}'
"""What the API answers when it has made a conversation."""

GARBAGE = {
    "html": (b"<html>Log in</html>", "text/html", "it is not JSON (text/html, 19 bytes)"),
    "half": (b'{"id": "conv_1", "da', "application/json", "it is not JSON (application/json, 20 bytes)"),
    "nothing": (b"", "application/json", "it is not JSON"),
    "list": (b"[1, 2]", "application/json", "it is not a JSON object"),
    "text": (b'"hello"', "application/json", "it is not a JSON object"),
    "other shape": (b'{"hello": 1}', "application/json", ""),
    "odd items": (b'{"data": [1], "object": "list"}', "application/json", ""),
}


class Service(ThreadingHTTPServer):
    """Answers each request with the garbage; with `makes`, a conversation is made first, as it should be."""

    def __init__(self, garbage: tuple[bytes, str, str], makes: bool) -> None:
        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                is_making = makes and self.command == "POST" and self.path.endswith("/conversations")
                body, kind = (MADE, "application/json") if is_making else garbage[:2]
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *given: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    server = Service(*request.param)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-any")
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
    # OpenAI's client waits before each further try.
    monkeypatch.setattr("openai._base_client.BaseClient._calculate_retry_timeout", lambda *given: 0)
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("service", "words"),
    [((garbage, makes), garbage[2]) for garbage in GARBAGE.values() for makes in (False, True)],
    indirect=["service"],
    ids=[f"{name}, {at}" for name in GARBAGE for at in ("from the first answer", "instead of items")],
)
def test_garbage_gets_words(service, words, desk, provider):
    record = do(desk, provider, tell, store=STORE)
    assert record.problem is not None
    assert "not as OpenAI's Conversations API does: " + words in record.problem.what
    assert "OPENAI_BASE_URL" in record.problem.next
    store = desk.store(STORE)
    if store.conversation_id("alice") is not None:
        with pytest.raises(Refused, match="not as OpenAI's Conversations API does"):
            store.page("alice")


async def compact(agent, session):
    await session.add_items([{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}])
    await session.run_compaction({"force": True, "compaction_mode": "input"})


@pytest.mark.parametrize(
    ("service", "words"),
    [((garbage, False), garbage[2]) for garbage in GARBAGE.values()],
    indirect=["service"],
    ids=GARBAGE,
)
def test_garbage_instead_of_a_compacted_session_gets_words_and_keeps_the_rows(service, words, desk, provider):
    record = do(desk, provider, compact, store="compaction")
    assert record.problem is not None
    assert "The service that compacts answered, but not as OpenAI's Responses API does: " + words in record.problem.what
    assert len(desk.store("compaction").page("alice").rows) == 2
