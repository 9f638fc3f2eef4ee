"""Whose service keeps the conversations: the emulated one in this process, or OpenAI's own."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from lessons.kit.imports import load_sdk
from lessons.kit.problems.explain import explain
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.hosted.answers import check_answer
from lessons.kit.stores.hosted.emulation.conversations import Conversations, NotFound, StoredItem

if TYPE_CHECKING:
    from httpx2 import Request, Response
    from openai import AsyncOpenAI, OpenAI

    from lessons.kit.stores.hosted.emulation.service import EmulatedService

Answered = Callable[["Request", "Response"], None]
MOST_ITEMS = 20
"""The most items in one request."""
READ_SECONDS = 20
"""Seconds that a page waits for OpenAI's service."""
READ_AGAIN_SECONDS = 60
"""Seconds for which a page shows rows of OpenAI's service without reading them again, unless this app changes them."""


class Account(Protocol):
    """Conversations at one service. Reading changes nothing there. All methods except `client` can raise Refused."""

    def client(self, answered: Answered) -> "AsyncOpenAI":
        """A client for one session. `answered` is called with each request and its answer."""

    def items(self, conversation_id: str) -> Sequence[StoredItem]:
        """All items in order, each with its row key. Empty if the conversation does not exist."""

    def changed(self) -> None:
        """Forget what was read before, since it can be out of date."""

    def delete(self, conversation_ids: Iterable[str]) -> None:
        """Delete conversations. Ids of conversations that do not exist are ignored."""

    def save_to(self, folder: Path, conversation_ids: Iterable[str]) -> None:
        """Copy conversations into `folder`, which must not exist yet."""

    def restore_from(self, folder: Path, conversation_ids: Iterable[str]) -> Mapping[str, str]:
        """Put the saved conversations back, and delete the others of `conversation_ids`, the current ones.

        Returns changed ids as {old: new}.
        """


class EmulatedAccount:
    """Conversations in a folder, served in this process."""

    def __init__(self, folder: Path) -> None:
        self.conversations = Conversations(folder)

    @cached_property
    def service(self) -> "EmulatedService":
        from lessons.kit.stores.hosted.emulation.service import EmulatedService

        return EmulatedService(self.conversations)

    def client(self, answered: Answered = lambda request, answer: None) -> "AsyncOpenAI":
        return emulated_client(self.service, answered)

    def items(self, conversation_id: str) -> Sequence[StoredItem]:
        try:
            return self.conversations.get(conversation_id).items
        except NotFound:
            return ()

    def changed(self) -> None:
        pass

    def put(self, items: Iterable[dict[str, Any]], instead_of: str | None) -> str:
        """Make a conversation with these items and return its id. Items of the conversation that it replaces keep their ids."""
        from lessons.kit.stores.hosted.emulation.stored_item import as_stored

        known = {one.item["id"] for one in self.items(instead_of)} if instead_of else set()
        stored = [item if item.get("id") in known else as_stored(item) for item in items]
        return self.conversations.create({}, stored).id

    def forget(self, conversation_id: str) -> None:
        """Delete one conversation, if it exists."""
        with suppress(NotFound):
            self.conversations.delete(conversation_id)

    def delete(self, conversation_ids: Iterable[str]) -> None:
        self.conversations.erase()

    def save_to(self, folder: Path, conversation_ids: Iterable[str]) -> None:
        self.conversations.save_to(folder)

    def restore_from(self, folder: Path, conversation_ids: Iterable[str]) -> Mapping[str, str]:
        self.conversations.restore_from(folder)
        return {}


def emulated_client(service: "EmulatedService", answered: Answered = lambda request, answer: None) -> "AsyncOpenAI":
    """A client of the SDK whose requests are answered in this process."""
    import httpx2
    from openai import AsyncOpenAI

    from lessons.kit.http_log import LoggedClient
    from lessons.kit.stores.hosted.emulation.service import ADDRESS

    transport = httpx2.ASGITransport(app=service.app)
    # Without the proxies of the environment, so that nothing leaves this process.
    http_client = LoggedClient(answered, transport=transport, trust_env=False)
    return AsyncOpenAI(api_key="offline", base_url=ADDRESS, max_retries=0, http_client=http_client)


def openai_client(answered: Answered = lambda request, answer: None) -> "AsyncOpenAI":
    """A client for OpenAI's own service. Key and address are those of the environment."""
    from openai import AsyncOpenAI

    from lessons.kit.http_log import LoggedClient

    def checked(request: "Request", answer: "Response") -> None:
        check_answer(request, answer)
        answered(request, answer)

    return AsyncOpenAI(http_client=LoggedClient(checked))


def missing_key() -> str:
    """A sentence about what to set before OpenAI's own service can be used, '' if nothing is missing."""
    return "" if os.environ.get("OPENAI_API_KEY", "").strip() else "Set OPENAI_API_KEY to a key of OpenAI."


class OpenAIAccount:
    """Conversations at OpenAI, under the key in the environment. A second client reads the rows, with GET requests only."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[float, Sequence[StoredItem]]] = {}

    @cached_property
    def _own_client(self) -> "OpenAI":
        from openai import DefaultHttpxClient, OpenAI

        def read(answer: "Response") -> None:
            answer.read()
            check_answer(answer.request, answer)

        client = DefaultHttpxClient(event_hooks={"response": [read]})
        return OpenAI(timeout=READ_SECONDS, max_retries=1, http_client=client)

    def client(self, answered: Answered) -> "AsyncOpenAI":
        return openai_client(answered)

    def items(self, conversation_id: str) -> Sequence[StoredItem]:
        known = self._read.get(conversation_id)
        if known is None or monotonic() - known[0] > READ_AGAIN_SECONDS:
            found = tuple(StoredItem(number, item) for number, item in enumerate(self._list(conversation_id) or (), 1))
            known = self._read[conversation_id] = monotonic(), found
        return known[1]

    def changed(self) -> None:
        self._read.clear()

    def delete(self, conversation_ids: Iterable[str]) -> None:
        load_sdk()
        from openai import NotFoundError

        for conversation_id in conversation_ids:
            with _explained():
                try:
                    self._own_client.conversations.delete(conversation_id)
                except NotFoundError:
                    continue
        self.changed()

    def save_to(self, folder: Path, conversation_ids: Iterable[str]) -> None:
        folder.mkdir(parents=True)
        for conversation_id in conversation_ids:
            items = self._list(conversation_id) or []
            (folder / f"{conversation_id}.json").write_text(json.dumps(items), "utf-8")

    def restore_from(self, folder: Path, conversation_ids: Iterable[str]) -> Mapping[str, str]:
        saved = {path.stem: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}
        self.delete(set(conversation_ids) - saved.keys())
        replaced = {name: self._put_back(name, items) for name, items in saved.items()}
        self.changed()
        return {old: new for old, new in replaced.items() if old != new}

    def _put_back(self, conversation_id: str, items: list[dict[str, Any]]) -> str:
        """Restore one conversation. Returns its id, which stays the same if it is enough to delete newer items."""
        now = self._list(conversation_id)
        ids = [item["id"] for item in items]
        with _explained():
            client = self._own_client.conversations
            if now is not None and [item["id"] for item in now[: len(items)]] == ids:
                for item in now[len(items) :]:
                    client.items.delete(item["id"], conversation_id=conversation_id)
                return conversation_id
            # The service does not restore deleted items under their old ids.
            made = client.create(items=[]).id
            # Items that the service itself returned, as JSON without a precise type.
            bare: list[Any] = [{name: value for name, value in item.items() if name != "id"} for item in items]
            for first in range(0, len(bare), MOST_ITEMS):
                client.items.create(made, items=bare[first : first + MOST_ITEMS])
        if now is not None:
            self.delete([conversation_id])
        return made

    def _list(self, conversation_id: str) -> list[dict[str, Any]] | None:
        """All items in order, None if the conversation does not exist."""
        load_sdk()  # a page reads these rows first, while the SDK imports the client in another thread
        from openai import NotFoundError

        with _explained():
            try:
                found = self._own_client.conversations.items.list(conversation_id, order="asc", limit=100)
                return [item.model_dump(mode="json", exclude_unset=True) for item in found]
            except NotFoundError:
                return None


@contextmanager
def _explained() -> Iterator[None]:
    from openai import OpenAIError

    try:
        yield
    except OpenAIError as error:
        raise Refused(explain(error)) from error
