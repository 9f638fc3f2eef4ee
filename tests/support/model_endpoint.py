"""A model endpoint on loopback for tests: OpenAI's routes over real HTTP, answered by the offline model and the emulation."""

import asyncio
import itertools
import json
import socket
import tempfile
import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from agents import FunctionTool, ModelSettings, ModelTracing
from agents.handoffs import Handoff
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from lessons.kit.models.offline.model import OfflineModel
from lessons.kit.stores.hosted.emulation.conversations import Conversations
from lessons.kit.stores.hosted.emulation.service import EmulatedService


@dataclass(frozen=True)
class ReceivedRequest:
    """One request as it arrived: its path, its headers (names in lower case) and its body."""

    path: str
    headers: dict[str, str]
    json: dict[str, Any]

    @property
    def authorization(self) -> str | None:
        return self.headers.get("authorization")


@dataclass(frozen=True)
class Body:
    """A body to answer with, in pieces. One that `breaks` is not ended: the connection is closed after the last piece."""

    pieces: Iterable[str]
    media_type: str = "text/event-stream"
    breaks: bool = False
    status: int = 200


class ModelEndpoint:
    """Serves POST /v1/responses and POST /v1/chat/completions on 127.0.0.1 and a free port, streamed and not.

    It also has the routes of the emulated service, whose requests are not in `requests`.

        with ModelEndpoint() as endpoint:
            client = AsyncOpenAI(base_url=endpoint.url, api_key="any")
            ...
            assert endpoint.requests[-1].path == "/v1/responses"

    The offline model answers, from the items of the request alone, so that a run over HTTP stores what a run without
    it stores. If it `thinks`, each answer of /v1/responses begins with a reasoning item, as a reasoning model's answer does.
    `url` ends in /v1; `requests` has every request so far, refused ones too. These change what happens to
    the requests that come later, from any thread:

    * `fail_with(status)`: answers with an error of OpenAI's form. The one for 401 repeats a part of the key, as
      OpenAI does. Clients retry 429 and 500 on their own: expect a request for each try.
    * `answer_nothing()`: a successful answer without any text or tool call.
    * `hang()`: takes the request and sends nothing. `wait_for_request()` returns when one has come.
    * `answer_with(*bodies)`: the next requests get these bodies, in this order, whatever they are, and all after them the last.
    * `release()`: answers as at the start again; requests that hang are answered now.
    """

    def __init__(self, *, thinks: bool = False) -> None:
        self._thinks = thinks
        self.requests: list[ReceivedRequest] = []
        self._folder = tempfile.TemporaryDirectory()
        self._arrived = threading.Condition()
        self._status: int | None = None
        self._empty = False
        self._bodies: list[Body] = []
        self._go_on = threading.Event()
        self._go_on.set()
        # The socket listens before the server runs: a client that is early waits in its queue.
        self._socket = socket.create_server(("127.0.0.1", 0))
        # Inherited by the connections; without it every streamed answer waits 40 ms for an acknowledgement.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        routes = [
            Route("/v1/responses", self._responses, methods=["POST"]),
            Route("/v1/chat/completions", self._chat_completions, methods=["POST"]),
            *EmulatedService(Conversations(Path(self._folder.name))).app.routes,
        ]
        config = uvicorn.Config(
            Starlette(routes=routes), log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="model endpoint")

    def __enter__(self) -> "ModelEndpoint":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.release()
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
        self._folder.cleanup()

    def fail_with(self, status: int) -> None:
        self._status = status

    def answer_nothing(self) -> None:
        self._empty = True

    def answer_with(self, *bodies: "Body") -> None:
        self._bodies = list(bodies)

    def hang(self) -> None:
        self._go_on.clear()

    def release(self) -> None:
        self._status, self._empty, self._bodies = None, False, []
        self._go_on.set()

    def wait_for_request(self, count: int = 1, timeout: float = 60) -> None:
        """Return when `count` requests have come in total. Raises TimeoutError after `timeout` seconds."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.requests) >= count, timeout):
                raise TimeoutError(f"{len(self.requests)} of {count} requests came within {timeout} s")

    async def _receive(self, request: Request) -> tuple[dict[str, Any], Response | None]:
        """The body of the request, and the answer to give instead of the model's, if one is set."""
        body = await request.json()
        with self._arrived:
            self.requests.append(ReceivedRequest(request.url.path, dict(request.headers), body))
            self._arrived.notify_all()
        await asyncio.to_thread(self._go_on.wait)
        if self._bodies:
            return body, _raw(self._bodies.pop(0) if len(self._bodies) > 1 else self._bodies[0])
        return body, _error(self._status, request.headers) if self._status else None

    async def _responses(self, request: Request) -> Response:
        body, error = await self._receive(request)
        if error:
            return error
        events = self._answer(body.get("instructions"), body["input"], body.get("tools", []))
        if self._thinks:
            events = _after_thinking(events)
        if body.get("stream"):
            return _stream(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" async for event in events)
        return JSONResponse([event async for event in events][-1]["response"])

    async def _chat_completions(self, request: Request) -> Response:
        body, error = await self._receive(request)
        if error:
            return error
        instructions, items = _items_of(body["messages"])
        events = self._answer(instructions, items, [tool["function"] for tool in body.get("tools", [])])
        if body.get("stream"):
            with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
            chunks = _chunks_of(events, body["model"], with_usage=with_usage)
            return _stream(f"data: {chunk}\n\n" async for chunk in chunks)
        final = [event async for event in events][-1]["response"]
        return JSONResponse(_completion_of(final, body["model"]))

    async def _answer(
        self, instructions: str | None, items: str | list[Any], tools: list[dict[str, Any]]
    ) -> AsyncIterator[dict[str, Any]]:
        """The offline model's events as JSON; the last one has the whole response."""
        functions, handoffs = _split_handoffs(tools)
        events = OfflineModel().stream_response(
            instructions,
            items,
            ModelSettings(),
            functions,
            None,
            handoffs,
            ModelTracing.DISABLED,
            previous_response_id=None,
            conversation_id=None,
            prompt=None,
        )
        async for event in events:
            # Nothing that is None: 0.23 refuses to approve a call whose field async_ is in the answer by that name.
            sent = event.model_dump(mode="json", exclude_none=True)
            if "response" in sent:  # The offline model marks its ids as its own; a service has other ones.
                sent["response"]["id"] = f"resp_{sent['response']['id']}"
            if self._empty and sent["type"] != "response.completed":
                continue
            if self._empty:
                sent["response"]["output"] = []
            yield sent


async def _after_thinking(events: AsyncIterator[dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
    """The same answer behind a reasoning item without a summary, which is what the service sends if none was asked for."""
    thought = {"type": "reasoning", "id": f"rs_{uuid.uuid4().hex}", "summary": []}
    numbers = itertools.count()
    async for event in events:
        if "response" in event and event["response"]["output"]:
            event["response"]["output"].insert(0, thought)
        if "output_index" in event:
            event["output_index"] += 1
        yield event | {"sequence_number": next(numbers)}
        if event["type"] == "response.in_progress":
            for kind in ("added", "done"):
                told = {"type": f"response.output_item.{kind}", "output_index": 0, "item": thought}
                yield told | {"sequence_number": next(numbers)}


def _split_handoffs(tools: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """The functions and the handoffs: a request lists both as tools, a model takes them separately. Neither is called here."""
    functions, handoffs = [], []
    for tool in tools:
        name, description, schema = tool["name"], tool.get("description") or "", tool.get("parameters") or {}
        if name.startswith("transfer_to_"):
            agent_name = name.removeprefix("transfer_to_")
            handoffs.append(Handoff(name, description, schema, _never_called, agent_name))
        else:
            functions.append(FunctionTool(name, description, schema, _never_called, strict_json_schema=False))
    return functions, handoffs


async def _never_called(*arguments: Any) -> Any:
    raise AssertionError("the client runs the tools, not the endpoint")


def _raw(body: Body) -> Response:
    async def pieces() -> AsyncIterator[str]:
        for piece in body.pieces:
            yield piece
            await asyncio.sleep(0)  # so that it is noticed when the client has left
        if body.breaks:
            raise ConnectionAbortedError("the answer ends here, as it should")

    return StreamingResponse(pieces(), body.status, media_type=body.media_type)


def _stream(pieces: AsyncIterator[str]) -> StreamingResponse:
    return StreamingResponse(pieces, media_type="text/event-stream")


def _error(status: int, headers: Any) -> JSONResponse:
    key = headers.get("authorization", "").removeprefix("Bearer ")
    message, kind, code = {
        401: (
            f"Incorrect API key provided: {key[:8]}{'*' * max(len(key) - 12, 4)}{key[-4:]}. "
            "You can find your API key at https://platform.openai.com/account/api-keys.",
            "invalid_request_error",
            "invalid_api_key",
        ),
        429: ("Rate limit reached. Please try again in 1ms.", "requests", "rate_limit_exceeded"),
        500: ("The server had an error while processing your request. Sorry about that!", "server_error", None),
    }.get(status, (f"The request failed with status {status}.", "invalid_request_error", None))
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    # Without this header the client waits half a second or more before it tries again.
    return JSONResponse(body, status, headers={"retry-after-ms": "1", "x-request-id": f"req_{time.time_ns()}"})


def _items_of(messages: list[dict[str, Any]]) -> tuple[str | None, list[dict[str, Any]]]:
    """The instructions and the items behind a request's messages. The SDK puts the instructions first."""
    instructions = None
    if messages and messages[0]["role"] in ("system", "developer"):
        instructions, messages = _text(messages[0]["content"]), messages[1:]
    items: list[dict[str, Any]] = []
    for message in messages:
        if message["role"] == "tool":
            output = {"call_id": message["tool_call_id"], "output": _text(message["content"])}
            items.append({"type": "function_call_output"} | output)
            continue
        if text := _text(message.get("content")):
            items.append({"role": message["role"], "content": text})
        for call in message.get("tool_calls") or []:
            items.append({"type": "function_call", "call_id": call["id"]} | call["function"])
    return instructions, items


def _completion_of(response: dict[str, Any], model: str) -> dict[str, Any]:
    """The body of an answer that is not streamed."""
    calls = _tool_calls(response)
    message = {"role": "assistant", "content": _reply(response) or None, "refusal": None}
    if calls:
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "finish_reason": _finish_reason(calls), "logprobs": None}
    return _head(response, model, "chat.completion") | {"choices": [choice], "usage": _usage(response)}


async def _chunks_of(events: AsyncIterator[dict[str, Any]], model: str, *, with_usage: bool) -> AsyncIterator[str]:
    """The data of a streamed answer, each text as it comes. As at the real service, usage is sent only on request."""
    head = {"id": "", "object": "chat.completion.chunk", "created": int(time.time()), "model": model}

    def chunk(delta: dict[str, Any], finish_reason: str | None = None) -> str:
        return json.dumps(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]})

    head["id"] = f"chatcmpl-{time.time_ns()}"
    yield chunk({"role": "assistant", "content": ""})
    async for event in events:
        if event["type"] == "response.output_text.delta":
            yield chunk({"content": event["delta"]})
        if event["type"] == "response.completed":
            calls = _tool_calls(event["response"])
            for index, call in enumerate(calls):
                yield chunk({"tool_calls": [{"index": index} | call]})
            yield chunk({}, _finish_reason(calls))
            if with_usage:
                yield json.dumps(head | {"choices": [], "usage": _usage(event["response"])})
    yield "[DONE]"


def _head(response: dict[str, Any], model: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{response['id']}", "object": kind, "created": int(time.time()), "model": model}


def _text(content: str | list[dict[str, Any]] | None) -> str:
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content)
    return content or ""


def _reply(response: dict[str, Any]) -> str:
    messages = [item for item in response["output"] if item["type"] == "message"]
    return "".join(part["text"] for item in messages for part in item["content"])


def _tool_calls(response: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"id": item["call_id"], "type": "function", "function": {"name": item["name"], "arguments": item["arguments"]}}
        for item in response["output"]
        if item["type"] == "function_call"
    ]


def _finish_reason(calls: list[dict[str, Any]]) -> str:
    return "tool_calls" if calls else "stop"


def _usage(response: dict[str, Any]) -> dict[str, int]:
    usage = response["usage"]
    return {
        "prompt_tokens": usage["input_tokens"],
        "completion_tokens": usage["output_tokens"],
        "total_tokens": usage["total_tokens"],
    }
