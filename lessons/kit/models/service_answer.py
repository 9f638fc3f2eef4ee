"""Reads from a model service's answer whether it is complete, why it ended early, and whether it is an answer at all.

The SDK keeps none of this: it stores a Chat Completions stream that breaks off in a sentence as if it were a complete reply. So
each answer is inspected while the client reads it. It is not changed, but one that is longer than ANSWER_LIMIT is ended: a
stream without an end would fill the memory.
"""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2
    from agents.models.interface import Model

ANSWER_LIMIT = 64_000_000
"""The most bytes of one answer, in all its events. 100,000 events of a few words have half of that."""
BEGINNING = 120
"""The number of bytes that are shown of something that is not a model's answer."""
DETAIL_LIMIT = 2_000

WHOLE = ("stop", "tool_calls", "function_call", "response.completed", "completed")
_STREAMED = (b"data:", b"event:", b"id:", b"retry:", b":")
# Inside a JSON string, each quotation mark has a backslash before it, so these patterns find only keys.
_SAYS_AN_END = re.compile(
    rb'"finish_reason"\s*:\s*"|"type"\s*:\s*"(?:response\.(?:completed|incomplete|failed|error)|error)"|"error"\s*:\s*[{"]'
)
_OF_A_MODEL = re.compile(rb'"choices"\s*:|"type"\s*:\s*"response\.')


class AnswerTooLong(Exception):
    """An answer of the model's service is longer than ANSWER_LIMIT."""


@dataclass
class ServiceAnswer:
    """What is known of the answer to one request, as far as it was read.

    `is_read`: its end was reached. `broke`: the connection broke before the end. `end` is the word with which the service ended
    it, '' if none came, and `reason` is the service's reason. `error` is the message of an error in it. `choices` are the
    numbers of the choices of a Chat Completions answer, of which the SDK uses number 0. Without `has_limit`, it can have any
    length.
    """

    status: int
    media_type: str
    size: int = 0
    end: str = ""
    reason: str = ""
    error: str = ""
    choices: set[int] = field(default_factory=set)
    has_incomplete_item: bool = False
    has_limit: bool = True
    is_read: bool = False
    broke: bool = False
    _beginning: bytes = b""
    _events: int = 0
    _parts: int = 0
    _of_responses: bool = False
    _rest: list[bytes] = field(default_factory=list)
    _data: list[bytes] = field(default_factory=list)

    def take(self, part: bytes) -> None:
        """Take the next bytes of the body. Raises AnswerTooLong if the answer has a limit and is longer."""
        self.size += len(part)
        if len(self._beginning) < BEGINNING:
            self._beginning = (self._beginning + part)[:BEGINNING]
        if self.is_too_long:
            self._rest.clear()
            raise AnswerTooLong(f"The answer is longer than {ANSWER_LIMIT:,} bytes.")
        if b"\n" not in part or not self._is_streamed:
            self._rest.append(part)
            return
        *lines, rest = b"".join((*self._rest, part)).split(b"\n")
        self._rest = [rest]
        for line in lines:
            self._line(line.rstrip(b"\r"))

    def read_to_the_end(self) -> None:
        """Take the end of the body: nothing follows."""
        self.is_read = True
        rest, self._rest = b"".join(self._rest), []
        if self._is_streamed:
            self._line(rest)
            self._line(b"")
        else:
            self._body(rest)

    @property
    def is_too_long(self) -> bool:
        return self.has_limit and self.size > ANSWER_LIMIT

    @property
    def ended_early(self) -> str:
        """Why the answer is incomplete, in words. '' if it is complete, if that is not known, or if the app left it."""
        if self.is_too_long:
            return f"it was longer than {ANSWER_LIMIT:,} bytes, and the app ended it there"
        if not self._was_taken or (not self._parts and not self.broke):
            return ""
        if self.error:
            return f"the service sent an error: {_short(self.error)}"
        if self.end and self.end not in WHOLE:
            return self._unfinished
        if self.has_incomplete_item:
            return "the service marked it as incomplete"
        if self.end:
            return ""
        if self.broke:
            return "the connection broke"
        missing = "response.completed" if self._of_responses else "finish_reason"
        return f"the stream stopped, and no {missing} came" if self.is_read else ""

    @property
    def why_not_an_answer(self) -> str:
        """What came in place of a model's answer, in words. '' if a model's answer came, or if nothing has come yet."""
        # An answer that is still arriving says nothing before its first event.
        if not self._was_taken or self.broke or self.is_too_long or self._parts or not (self.is_read or self._events):
            return ""
        if self.error:
            return f"The model's service sent an error in place of an answer: {_short(self.error)}"
        if not self._beginning.strip():
            return "The model's service sent an empty answer."
        kind = self.media_type.partition(";")[0] or "text of no type"
        begins = _short(self._beginning.decode(errors="replace"))
        return f"The model's service sent something that is not a model's answer: {kind} that begins with “{begins}”"

    @property
    def _was_taken(self) -> bool:
        return self.status < 300

    @property
    def _is_streamed(self) -> bool:
        return self._beginning.lstrip().startswith(_STREAMED)

    @property
    def _unfinished(self) -> str:
        said = f"{self.end}: {_short(self.reason)}" if self.reason else self.end
        said = said if said.startswith("response.") else f"finish_reason: {said}"
        match self.reason or self.end:
            case "length" | "max_output_tokens" | "max_tokens":
                return f"the limit of tokens was reached ({said})"
            case "content_filter":
                return f"the service's content filter stopped it ({said})"
            case _:
                return f"the service did not complete it ({said})"

    def _line(self, line: bytes) -> None:
        if line.startswith(b"data:"):
            self._data.append(line[5:].strip())
        elif not line and self._data:
            data, self._data = b"\n".join(self._data), []
            self.is_read = self.is_read or data == b"[DONE]"
            self._events += 1
            self._parts += _OF_A_MODEL.search(data) is not None
            self._of_responses = self._of_responses or b'"response.' in data
            if _SAYS_AN_END.search(data) is not None or data.count(b'"delta"') > 1:
                self._ends(_decoded(data))

    def _body(self, body: bytes) -> None:
        value = _decoded(body)
        self._parts += any(isinstance(value.get(name), list) for name in ("output", "choices"))
        self._ends({"type": f"response.{value.get('status')}", "response": value} if "output" in value else value)

    def _ends(self, value: dict[str, Any]) -> None:
        """Note what a decoded event or body says about the end of the answer."""
        kind = str(value.get("type") or "")
        if kind.startswith("response."):
            self._ends_response(kind, _dict(value.get("response")))
        elif kind == "error" or value.get("error"):
            self.error = _message(value.get("error") or value)
        for choice in filter(None, map(_dict, _list(value.get("choices")))):
            reason, number = choice.get("finish_reason"), choice.get("index", 0)
            if isinstance(number, int):
                self.choices.add(number)
            if isinstance(reason, str) and number == 0:
                self.end = reason

    def _ends_response(self, kind: str, response: dict[str, Any]) -> None:
        self.end = kind
        self.reason = str(_dict(response.get("incomplete_details")).get("reason") or "")
        if response.get("error"):
            self.reason = _message(response["error"])
        items = filter(None, map(_dict, _list(response.get("output"))))
        self.has_incomplete_item = any(item.get("status") == "incomplete" for item in items)


_answers: ContextVar[list[ServiceAnswer] | None] = ContextVar("service_answers", default=None)
"""The answers to the current request of this context. There are several if the client tries again."""


def listen(model: "Model", report: Callable[[Any, ServiceAnswer], object]) -> None:
    """Call `report` at the end of each request of `model` that a service answered, with the input and the last answer.

    Changes the model.
    """
    ask, stream = model.get_response, model.stream_response

    def tell(answers: list[ServiceAnswer], args: tuple[Any, ...], more: dict[str, Any]) -> None:
        if answers:
            report(more["input"] if "input" in more else args[1], answers[-1])

    async def get_response(*args: Any, **more: Any) -> Any:
        answers = _expect_answers()
        try:
            return await ask(*args, **more)
        finally:
            tell(answers, args, more)

    async def stream_response(*args: Any, **more: Any) -> AsyncIterator[Any]:
        answers = _expect_answers()
        events: Any = stream(*args, **more)
        try:
            async with aclosing(events):
                async for event in events:
                    yield event
        finally:
            tell(answers, args, more)

    # The SDK looks at the class of a model, so a wrapper object would change what it does.
    vars(model).update(get_response=get_response, stream_response=stream_response)


def _expect_answers() -> list[ServiceAnswer]:
    answers: list[ServiceAnswer] = []
    _answers.set(answers)
    return answers


async def look_at(response: "httpx2.Response") -> None:
    """A response hook of the model's HTTP client. It inspects the decoded bytes of the body as they are read."""
    answer = ServiceAnswer(response.status_code, response.headers.get("content-type", ""))
    answers = _answers.get()
    if answers is not None:
        answers.append(answer)
    follow(response, answer, lambda: None)


def is_followed(response: "httpx2.Response") -> bool:
    """Whether `follow` inspects the response already."""
    return "aiter_bytes" in vars(response)


def follow(response: "httpx2.Response", answer: ServiceAnswer, at_end: Callable[[], object]) -> None:
    """Pass the bytes of the response to `answer` as they are read. Call `at_end` when it was read, broke off or was left."""
    read = response.aiter_bytes

    async def aiter_bytes(chunk_size: int | None = None) -> AsyncIterator[bytes]:
        try:
            async with aclosing(read(chunk_size)) as parts:
                async for part in parts:
                    answer.take(part)
                    yield part
            answer.read_to_the_end()
        except AnswerTooLong:
            raise
        except Exception:
            answer.broke = True
            raise
        finally:
            at_end()

    vars(response)["aiter_bytes"] = aiter_bytes


def _decoded(data: bytes) -> dict[str, Any]:
    try:
        return _dict(json.loads(data))
    except (ValueError, RecursionError):
        return {}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _message(error: Any) -> str:
    return str(_dict(error).get("message") or error)


def _short(text: str) -> str:
    """The text on one line, cut to DETAIL_LIMIT characters."""
    return " ".join(text[:DETAIL_LIMIT].split())
