"""Answers that no good model gives, in both forms: streamed by the Responses API and by Chat Completions."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.support.model_endpoint import Body

USAGE = {
    "input_tokens": 3,
    "output_tokens": 4,
    "total_tokens": 7,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens_details": {"reasoning_tokens": 0},
}
CUT = "The capital of Norway is"
PIECES = ("The capital ", "of Norway is")


def event(type_: str, **more: Any) -> str:
    return f"event: {type_}\ndata: {json.dumps({'type': type_, 'sequence_number': 1, **more})}\n\n"


def delta(text: str) -> str:
    return event(
        "response.output_text.delta", item_id="msg_1", output_index=0, content_index=0, delta=text, logprobs=[]
    )


def message(text: str, status: str = "completed") -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": status, "content": [part]}


def call(arguments: str) -> dict[str, Any]:
    return {
        "type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "get_weather", "arguments": arguments,
        "status": "completed",
    }  # fmt: skip


def response(*output: dict[str, Any], status: str = "completed", **more: Any) -> dict[str, Any]:
    return {
        "id": "resp_1", "object": "response", "created_at": 1, "model": "m", "output": list(output), "status": status,
        "parallel_tool_calls": False, "tool_choice": "auto", "tools": [], "usage": USAGE, **more,
    }  # fmt: skip


def end(*output: dict[str, Any], status: str = "completed", **more: Any) -> str:
    return event(f"response.{status}", response=response(*output, status=status, **more))


def chunk(finish_reason: str | None = None, index: int = 0, **delta_: Any) -> str:
    choice = {"index": index, "delta": delta_, "finish_reason": finish_reason}
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return f"data: {json.dumps(head | {'choices': [choice]})}\n\n"


def tool_chunk(arguments: str) -> str:
    function = {"name": "get_weather", "arguments": arguments}
    return chunk(tool_calls=[{"index": 0, "id": "call_1", "type": "function", "function": function}])


DONE = "data: [DONE]\n\n"


@dataclass(frozen=True)
class Odd:
    """The same fault in both forms; None where a form cannot have it."""

    responses: Body | None
    chat: Body | None

    def of(self, name: str) -> Body | None:
        return self.responses if name == "openai" else self.chat


def said(pieces: Iterable[str], whole: str) -> Odd:
    """A whole answer that says `whole` in these pieces."""
    pieces = tuple(pieces)
    return Odd(
        Body([*map(delta, pieces), end(message(whole))]),
        Body([*(chunk(content=piece) for piece in pieces), chunk("stop"), DONE]),
    )


_DELTAS, _CHUNKS = [*map(delta, PIECES)], [chunk(content=piece) for piece in PIECES]
ENDED_EARLY = {
    "broke": Odd(Body(_DELTAS, breaks=True), Body(_CHUNKS, breaks=True)),
    "stopped": Odd(Body(_DELTAS), Body(_CHUNKS)),
    "done without a reason": Odd(None, Body([*_CHUNKS, DONE])),
    "length": Odd(
        Body([
            *_DELTAS,
            end(message(CUT, "incomplete"), status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
        ]),
        Body([*_CHUNKS, chunk("length"), DONE]),
    ),
    "filter": Odd(
        Body([*_DELTAS, end(status="incomplete", incomplete_details={"reason": "content_filter"})]),
        Body([*_CHUNKS, chunk("content_filter"), DONE]),
    ),
    "failed": Odd(
        Body([*_DELTAS, end(status="failed", error={"code": "server_error", "message": "out of memory"})]), None
    ),
    "error": Odd(
        Body([*_DELTAS, event("error", code="x", message="out of memory", param=None)]),
        Body([*_CHUNKS, 'data: {"error": {"message": "out of memory"}}\n\n']),
    ),
    "an incomplete item": Odd(Body([*_DELTAS, end(message(CUT, "incomplete"))]), None),
    "its own reason": Odd(None, Body([*_CHUNKS, chunk("engine_overloaded"), DONE])),
}  # fmt: skip
"""Each says CUT, and is incomplete."""

NO_ANSWER = {
    "a page": Body(["<html><body>Welcome to nginx</body></html>"], "text/html"),
    "nothing": Body([""], "application/json"),
    "an empty stream": Body([""]),
    "another shape": Body(['{"hello": 1}'], "application/json"),
    "a list": Body(["[1, 2]"], "application/json"),
    "a string": Body(['"hello"'], "application/json"),
    "an error": Body(['{"error": {"message": "no such model"}}'], "application/json"),
    "events that are not JSON": Body(["data: hello\n\n"]),
    "events of another shape": Body(['data: {"hello": 1}\n\n', "data: [1]\n\n", "data: 5\n\n", DONE]),
}
"""Each has the status 200, and is not a model's answer."""
