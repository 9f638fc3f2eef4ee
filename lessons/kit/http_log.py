"""An HTTP client whose exchanges are part of the session calls that make them."""

from collections.abc import Callable
from typing import Any

from httpx2 import Request, Response
from openai import DefaultAsyncHttpxClient

from lessons.kit.ledger.watching.exchanges import noted_exchange


class LoggedClient(DefaultAsyncHttpxClient):
    """The client that AsyncOpenAI uses by default, with a log. `answered` is called with every answer that came.

    `options` are those of httpx2.AsyncClient.
    """

    def __init__(self, answered: Callable[[Request, Response], None] = lambda request, answer: None, **options: Any):
        super().__init__(**options)
        self._answered = answered

    async def send(self, request: Request, **options: Any) -> Response:
        path = request.url.raw_path.decode(errors="replace")
        with noted_exchange(f"{request.method} {path}", request.content.decode(errors="replace")) as log:
            answer = await super().send(request, **options)
            log.status, log.body = answer.status_code, answer.text
        self._answered(request, answer)
        return answer
