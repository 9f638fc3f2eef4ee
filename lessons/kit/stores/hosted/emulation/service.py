"""An in-process emulation of OpenAI's Conversations API and of POST /responses/compact.

It has no port, no network and no model: it is a Starlette app that a client calls in this process. It does only what the SDK's
session classes need. What it makes up is labelled.
"""

import json
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lessons.kit.items import describe
from lessons.kit.stores.hosted.emulation.conversations import Conversation, Conversations, NotFound
from lessons.kit.stores.hosted.emulation.stored_item import as_stored

ADDRESS = "http://emulator.invalid/v1"
PAGE, LARGEST_PAGE, MOST_ITEMS = 20, 100, 20
FAKE = "[fake summary, made up by the emulation and readable; OpenAI's is encrypted]"
SUMMARY_CUT = 60

Fault = Callable[[], Response]
"""Returns another answer in place of the right one, or raises what a broken connection raises."""


class EmulatedService:
    """The app on one account's conversations. Each of `faults` answers one of the next requests. None lets one pass."""

    def __init__(self, conversations: Conversations) -> None:
        self.conversations = conversations
        self.faults: list[Fault | None] = []
        one, items = "/v1/conversations/{conversation_id}", "/v1/conversations/{conversation_id}/items"
        routes = {
            ("POST", "/v1/conversations"): self._create,
            ("GET", one): self._get,
            ("DELETE", one): self._delete,
            ("POST", items): self._add,
            ("GET", items): self._list,
            ("DELETE", f"{items}/{{item_id}}"): self._delete_item,
            ("POST", "/v1/responses/compact"): self._compact,
        }
        self.app = Starlette(
            routes=[Route(path, self._endpoint(answer), methods=[method]) for (method, path), answer in routes.items()]
        )

    def _endpoint(self, answer: Callable[[Request, dict[str, Any]], Any]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            fault = self.faults.pop(0) if self.faults else None
            if fault is not None:
                return fault()
            body = json.loads(await request.body() or b"{}")
            try:
                # In a thread: this reads and writes files, and the loop serves all visitors.
                return JSONResponse(await run_in_threadpool(answer, request, body))
            except NotFound as missing:
                return error(404, f"No conversation or item with the id {missing.args[0]!r} was found.")
            except ValueError as wrong:
                return error(400, str(wrong))

        return endpoint

    def _create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        items = _checked(body.get("items") or [])
        return self.conversations.create(body.get("metadata") or {}, items).shown()

    def _get(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return self._conversation(request).shown()

    def _delete(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        conversation_id = request.path_params["conversation_id"]
        self.conversations.delete(conversation_id)
        return {"id": conversation_id, "object": "conversation.deleted", "deleted": True}

    def _add(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        items = _checked(body.get("items"))
        added = self.conversations.add(request.path_params["conversation_id"], items)
        return _list_of([one.item for one in added], has_more=False)

    def _list(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        asked = request.query_params
        items = [one.item for one in self._conversation(request).items]
        if asked.get("order", "desc") == "desc":
            items.reverse()
        if "after" in asked:
            ids = [item["id"] for item in items]
            if asked["after"] not in ids:
                raise NotFound(asked["after"])
            items = items[ids.index(asked["after"]) + 1 :]
        limit = int(asked.get("limit", PAGE))
        if not 1 <= limit <= LARGEST_PAGE:
            raise ValueError(f"limit must be from 1 to {LARGEST_PAGE}.")
        return _list_of(items[:limit], has_more=len(items) > limit)

    def _delete_item(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        path = request.path_params
        return self.conversations.delete_item(path["conversation_id"], path["item_id"]).shown()

    def _compact(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """The user messages in their stored form, and one item that replaces all the rest.

        With a previous_response_id and no input, it has nothing to compact: this service answers no model requests, so it has
        seen no response.
        """
        given = body.get("input") or []
        given = [{"role": "user", "content": given}] if isinstance(given, str) else given
        kept = [as_stored(item) for item in given if isinstance(item, dict) and item.get("role") == "user"]
        rest = [describe(item) for item in given if not (isinstance(item, dict) and item.get("role") == "user")]
        # An earlier summary is summarized without its label: otherwise the label alone would fill its place.
        texts = [(item.kind, item.text.removeprefix(FAKE).strip()) for item in rest]
        said = "; ".join(f"{kind}: {words[:SUMMARY_CUT]}" for kind, words in texts) or "nothing was given"
        summary = {"id": f"cmp_{secrets.token_hex(8)}", "type": "compaction", "encrypted_content": f"{FAKE} {said}"}
        read, wrote = len(json.dumps(given)) // 4, len(said) // 4
        return {
            "id": f"resp_emulated_{secrets.token_hex(8)}",
            "object": "response.compaction",
            "created_at": int(time.time()),
            "output": [*kept, summary],
            "usage": {
                "input_tokens": read,
                "output_tokens": wrote,
                "total_tokens": read + wrote,
                "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                "output_tokens_details": {"reasoning_tokens": 0},
            },
        }

    def _conversation(self, request: Request) -> Conversation:
        return self.conversations.get(request.path_params["conversation_id"])


def error(status: int, message: str) -> JSONResponse:
    """An error answer in OpenAI's form."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": None}}, status)


def _checked(items: Any) -> list[dict[str, Any]]:
    """The items in their stored form. Raises ValueError if one is not an item, or if there are more than MOST_ITEMS."""
    if not isinstance(items, list):
        raise ValueError("items must be a list.")
    if len(items) > MOST_ITEMS:
        raise ValueError(f"items holds {len(items)}; a request may hold {MOST_ITEMS} at the most.")
    for index, item in enumerate(items):
        if not isinstance(item, dict) or not (item.get("role") or item.get("type")):
            raise ValueError(f"items[{index}] is not an item: it has neither a role nor a type.")
    return [as_stored(item) for item in items]


def _list_of(items: list[dict[str, Any]], has_more: bool) -> dict[str, Any]:
    ends = (items[0]["id"], items[-1]["id"]) if items else (None, None)
    return {"object": "list", "data": items, "has_more": has_more, "first_id": ends[0], "last_id": ends[1]}
