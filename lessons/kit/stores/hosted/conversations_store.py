"""The store with OpenAIConversationsSession: rows are items of a conversation at a service, emulated or OpenAI's own."""

import json
import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lessons.kit.background import background
from lessons.kit.deleting import discard
from lessons.kit.files import check_is_file, read_file, write_file
from lessons.kit.problems.disk_errors import JSON_ERRORS, damaged, foreign_words
from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.stores.as_stored import KeepsOnlyItems
from lessons.kit.stores.hosted.accounts import Account, EmulatedAccount, OpenAIAccount, missing_key
from lessons.kit.stores.hosted.script import HOSTED_SCRIPT
from lessons.kit.stores.kind import StoreKind
from lessons.kit.stores.rows import (
    PICTURE_ROWS,
    Row,
    RowPage,
    TablePicture,
    page_of,
    picture_of_items,
)
from lessons.kit.stores.sdk_private import set_conversation
from lessons.kit.stores.session_list import Metadata, SessionPage, SessionSummary, Sort, cut_page, first_line
from lessons.kit.stores.whole_sessions import WholeSession

if TYPE_CHECKING:
    from agents import OpenAIConversationsSession, SessionSettings
    from httpx2 import Request, Response
    from openai import AsyncOpenAI

_NO_NAMES = Problem(
    "A conversation is known by the id that the service gave it. The class keeps nothing else.",
    "Nothing was changed.",
    "Choose a SQLite file.",
)
_NOT_THERE = Problem(
    "Whole sessions cannot be put into conversations at OpenAI.", "Nothing was changed.", "Choose another store."
)
_IDS, _ACCOUNT = "sessions.json", "conversations"


@dataclass(frozen=True)
class Known:
    """The conversation of one session id, and when this app made and last used it, in nanoseconds since 1970."""

    conversation_id: str
    made: int
    used: int


class ConversationsStore(KeepsOnlyItems):
    """Sessions at a service. The class takes no session id, so this store notes the conversation of each id in a file.

    It writes the note when the service answers that it made a conversation, and removes it when the service deleted it.
    """

    session_type = "OpenAIConversationsSession"
    only_items = _NO_NAMES

    def __init__(self, name: str, label: str, medium: str, folder: Path, account: Account) -> None:
        self.name, self.label, self.medium, self.folder, self.account = name, label, medium, folder, account
        self._sessions: dict[str, OpenAIConversationsSession] = {}
        self._clients: list[AsyncOpenAI] = []
        self._guard = threading.RLock()

    def open_session(
        self,
        session_id: str,
        *,
        conversation_id: str | None = None,
        session_settings: "SessionSettings | None" = None,
    ) -> "OpenAIConversationsSession":
        """The handle of this id. With any option, a new one. `conversation_id` becomes the conversation of this id."""
        if conversation_id or session_settings or session_id not in self._sessions:
            from agents import OpenAIConversationsSession

            if conversation_id:
                self._note(session_id, conversation_id)
            client = self.account.client(lambda request, answer: self._answered(session_id, request, answer))
            self._clients.append(client)
            self._sessions[session_id] = OpenAIConversationsSession(
                conversation_id=self.conversation_id(session_id),
                session_settings=session_settings,
                openai_client=client,
            )
        return self._sessions[session_id]

    def conversation_id(self, session_id: str) -> str | None:
        """The id of this session's conversation at the service. None before the first call and after a clear."""
        known = self._known().get(session_id)
        return known.conversation_id if known else None

    def opening_code(self, session_id: str) -> str:
        known = self.conversation_id(session_id)
        return f'OpenAIConversationsSession(conversation_id="{known}")' if known else "OpenAIConversationsSession()"

    def sessions(self, search: str = "", sort: Sort = "last used", page: int = 1) -> SessionPage:
        known = {name: one for name, one in self._newest_first().items() if search.casefold() in name.casefold()}
        keys = {"session id": lambda name: name, "created": lambda name: -known[name].made}
        ids = sorted(known, key=keys[sort]) if sort in keys else list(known)
        shown, number = cut_page(ids, page)
        return SessionPage(tuple(self._summary(name, known[name]) for name in shown), len(ids), number)

    def session_ids(self, limit: int = 100) -> list[str]:
        return list(self._newest_first())[:limit]

    def page(self, session_id: str, before: int | None = None, after: int | None = None, limit: int = 50) -> RowPage:
        return page_of(self._rows(session_id), before, after, limit)

    def newest_rows(self, limit: int = 50) -> tuple[Row, ...]:
        # Each conversation has its own list, and the service has no order between conversations.
        return tuple(row for session_id in self.session_ids() for row in self.page(session_id).rows)[-limit:]

    def picture(self, session_id: str) -> tuple[TablePicture, ...]:
        rows, known = self._rows(session_id), self.conversation_id(session_id)
        newest = rows[-PICTURE_ROWS:]
        conversations: dict[int | str, dict[str, str]] = {known: {"session_id": session_id}} if known else {}
        return (
            TablePicture("items", picture_of_items(newest), complete=len(newest) == len(rows)),
            TablePicture("conversations", conversations, key_name="conversation_id"),
        )

    def schema(self) -> str:
        ids = {session_id: one.conversation_id for session_id, one in self._newest_first().items()}
        if not ids:
            return ""
        noted = json.dumps(ids, indent=2, ensure_ascii=False)
        return f"-- session id: conversation id, as noted by this app. The class has no place for it.\n{noted}"

    def size(self) -> None:
        return None  # a service does not tell its size

    def close(self) -> list[str]:
        known = self._known_if_readable()
        dropped = [
            f"{name} in {known[name].conversation_id if name in known else 'no conversation yet'}"
            for name in self._sessions
        ]
        for client in self._clients:
            background().start(client.close())  # the connections belong to the background loop
        self._sessions.clear()
        self._clients.clear()
        return dropped

    def release(self) -> None:
        pass  # a client closes idle connections after some seconds, and an emulated service has none

    def loses_when_closed(self) -> bool:
        return False

    def erase(self) -> None:
        self.close()
        self.account.delete([one.conversation_id for one in self._known_if_readable().values()])
        discard(self.folder)

    def save_to(self, folder: Path) -> None:
        known = self._known()
        if known:
            shutil.copyfile(self.folder / _IDS, folder / _IDS)
            self.account.save_to(folder / _ACCOUNT, [one.conversation_id for one in known.values()])

    def restore_from(self, folder: Path) -> None:
        now = [one.conversation_id for one in self._known_if_readable().values()]
        replaced = self.account.restore_from(folder / _ACCOUNT, now)
        saved = _load(folder / _IDS)
        if not saved:
            self.erase()
            return
        for name, one in saved.items():
            saved[name] = Known(replaced.get(one.conversation_id, one.conversation_id), one.made, one.used)
        with self._guard:
            try:
                check_is_file(self.folder / _IDS)
            except OSError:
                discard(self.folder / _IDS)
            self._keep(saved)
        for name, session in self._sessions.items():  # open handles get their restored conversation
            set_conversation(session, self.conversation_id(name))

    def whole_sessions(self) -> Iterator[WholeSession]:
        for name, known in self._known().items():
            yield WholeSession(name, _time(known.made), _time(known.used), self._rows(name))

    def replace_sessions(self, changed: Iterable[tuple[str, WholeSession | None]]) -> None:
        """Only for an emulated service. New conversations are made first. No session has them until all are noted at once."""
        account = self.account
        if not isinstance(account, EmulatedAccount):
            raise Refused(_NOT_THERE)
        with self._guard:
            known, replaced = self._known(), []
            for name, whole in changed:
                before = known.pop(name, None)
                if before is not None:
                    replaced.append(before.conversation_id)
                if whole is not None:
                    items = [json.loads(row.data) for row in whole.rows]
                    made = account.put(items, before.conversation_id if before else None)
                    known[name] = Known(made, *map(_nanoseconds, (whole.created_at, whole.updated_at)))
            self._keep(known)
        for name, session in self._sessions.items():  # open handles get their new conversation
            set_conversation(session, self.conversation_id(name))
        for conversation_id in replaced:
            account.forget(conversation_id)

    def _rows(self, session_id: str) -> list[Row]:
        known = self.conversation_id(session_id)
        items = self.account.items(known) if known else ()
        return [Row(one.number, session_id, json.dumps(one.item), "") for one in items]

    def _summary(self, session_id: str, known: Known) -> SessionSummary:
        items = self.account.items(known.conversation_id)
        line = first_line(json.dumps(items[0].item)) if items else ""
        return SessionSummary(session_id, line, len(items), _time(known.made), _time(known.used), Metadata())

    def _answered(self, session_id: str, request: "Request", answer: "Response") -> None:
        """Note in the file what a request of a session has changed at the service."""
        if request.method == "GET" or not answer.is_success:
            return
        self.account.changed()
        parts = request.url.path.rstrip("/").rpartition("/conversations")[2].split("/")
        if request.method == "POST" and parts == [""]:
            self._note(session_id, answer.json()["id"])
        elif request.method == "DELETE" and len(parts) == 2:
            self._note(session_id, None)
        else:
            self._note(session_id, self.conversation_id(session_id))

    def _note(self, session_id: str, conversation_id: str | None) -> None:
        with self._guard:
            known, now = self._known(), time.time_ns()
            before = known.pop(session_id, None)
            if conversation_id is not None:
                made = before.made if before and before.conversation_id == conversation_id else now
                known[session_id] = Known(conversation_id, made, now)
            self._keep(known)

    def _known(self) -> dict[str, Known]:
        try:
            return _load(self.folder / _IDS)
        except (OSError, *JSON_ERRORS) as error:
            why = getattr(error, "strerror", None) or foreign_words(error)
            what = f"The file {_IDS}, which names the conversation of each session, is damaged: {why}"
            left = (
                "" if isinstance(self.account, EmulatedAccount) else " Conversations that it named stay at the service."
            )
            raise damaged(what, more=left) from error

    def _known_if_readable(self) -> dict[str, Known]:
        """The notes, or nothing if the file is damaged, so that a damaged file does not prevent deleting the store."""
        with suppress(Refused):
            return self._known()
        return {}

    def _keep(self, known: Mapping[str, Known]) -> None:
        noted = json.dumps({name: vars(one) for name, one in known.items()})
        write_file(self.folder / _IDS, noted.encode())

    def _newest_first(self) -> dict[str, Known]:
        return dict(sorted(self._known().items(), key=lambda pair: pair[1].used, reverse=True))


def _load(path: Path) -> dict[str, Known]:
    """The notes by session id, {} if the file does not exist. Raises OSError or one of JSON_ERRORS if it is damaged."""
    try:
        noted = json.loads(read_file(path))
    except FileNotFoundError:
        return {}
    if not isinstance(noted, dict):
        raise ValueError("not an object")
    return {name: _as_known(one) for name, one in noted.items()}


def _as_known(noted: Any) -> Known:
    match noted:
        case {"conversation_id": str(conversation_id), "made": int(made), "used": int(used)}:
            return Known(conversation_id, made, used)
    raise ValueError("not what a store notes of a conversation")


def _time(nanoseconds: int) -> str:
    return f"{datetime.fromtimestamp(nanoseconds / 1e9, UTC):%Y-%m-%d %H:%M:%S}"


def _nanoseconds(utc: str) -> int:
    try:
        return int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp() * 1e9)
    except ValueError:
        return time.time_ns()


def _emulated(folder: Path) -> ConversationsStore:
    own = folder / EMULATED_KIND.name
    return ConversationsStore(
        EMULATED_KIND.name, EMULATED_KIND.label, "emulated service", own, EmulatedAccount(own / _ACCOUNT)
    )


def _hosted(folder: Path) -> ConversationsStore:
    return ConversationsStore(
        HOSTED_KIND.name, HOSTED_KIND.label, "at OpenAI", folder / HOSTED_KIND.name, OpenAIAccount()
    )


_KEPT = "OpenAI's service, under your key,\nand the ids of its conversations in a file"

EMULATED_KIND: StoreKind = StoreKind(
    "hosted_emulated",
    "Emulated service",
    _emulated,
    HOSTED_SCRIPT,
    kept=_KEPT,
    columns=("position", "session", "item"),
    notice="Emulated: an app in this process plays OpenAI's Conversations API, without the network.",
)
HOSTED_KIND: StoreKind = StoreKind(
    "hosted",
    "OpenAI's service",
    _hosted,
    HOSTED_SCRIPT,
    kept=_KEPT,
    columns=("position", "session", "item"),
    missing=missing_key,
    notice="OpenAI's own service: what you say is stored there, under your key. Start over deletes the conversations; "
    "OpenAI's reference says that their items are not deleted.",
    is_outside=True,
)
KINDS = (EMULATED_KIND, HOSTED_KIND)
