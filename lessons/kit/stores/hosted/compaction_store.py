"""OpenAIResponsesCompactionSession over a SQLite file: long sessions are compacted by a service, emulated or OpenAI's own."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lessons.kit.stores.hosted.accounts import emulated_client, missing_key, openai_client
from lessons.kit.stores.hosted.conversations_store import HOSTED_SCRIPT
from lessons.kit.stores.hosted.emulation.conversations import Conversations
from lessons.kit.stores.kind import UNCHANGED, StoreKind
from lessons.kit.stores.sqlite.file_store import SQLiteFileStore

if TYPE_CHECKING:
    from agents import OpenAIResponsesCompactionSession
    from openai import AsyncOpenAI


class CompactionStore(SQLiteFileStore):
    """Sessions in a SQLite file, each in the SDK's wrapper that asks a service to compact it.

    `make_client` gives the client of that service. `mode` is the compaction_mode that the class is given.
    """

    session_type = "OpenAIResponsesCompactionSession"

    def __init__(self, kind: StoreKind, place: str, path: Path, make_client: Callable[[], "AsyncOpenAI"], mode: str):
        super().__init__(kind.name, kind.label, path)
        self.place, self._make_client, self._mode = place, make_client, mode
        self._compacting: dict[str, OpenAIResponsesCompactionSession] = {}

    def open_session(self, session_id: str, **options: Any) -> "OpenAIResponsesCompactionSession":
        """`options` are those of the class; with any, this is a handle of its own on the same rows."""
        if session_id in self._compacting and not options:
            return self._compacting[session_id]
        from agents import OpenAIResponsesCompactionSession

        given = {"client": self._make_client(), "compaction_mode": self._mode, **options}
        session = OpenAIResponsesCompactionSession(session_id, super().open_session(session_id), **given)
        if not options:
            self._compacting[session_id] = session
        return session

    def opening_code(self, session_id: str) -> str:
        inner = super().opening_code(session_id)
        return f'OpenAIResponsesCompactionSession("{session_id}", {inner}, compaction_mode="{self._mode}")'

    def rename(self, session_id: str, new_id: str) -> None:
        super().rename(session_id, new_id)
        self._compacting.clear()  # they hold the SQLite handles that were just closed

    def close(self) -> list[str]:
        self._compacting.clear()
        return super().close()

    def restore_from(self, folder: Path) -> None:
        super().restore_from(folder)
        for session in self._compacting.values():  # what they remember of the rows is no longer true
            session._compaction_candidate_items = session._session_items = None


def _emulated(folder: Path) -> CompactionStore:
    from functools import cache

    @cache
    def service() -> Any:
        from lessons.kit.stores.hosted.emulation.service import EmulatedService

        return EmulatedService(Conversations(folder / "no conversations"))

    path = folder / "compacted.db"
    place = "file, emulated compaction"
    return CompactionStore(EMULATED_KIND, place, path, lambda: emulated_client(service()), "input")


def _hosted(folder: Path) -> CompactionStore:
    return CompactionStore(KIND, "file, compacted by OpenAI", folder / "compacted_by_openai.db", openai_client, "auto")


EMULATED_KIND = StoreKind(
    "compaction_emulated",
    "Emulated compaction",
    _emulated,
    HOSTED_SCRIPT,
    script_path='"compacted.db"',
    notice="A SQLite file of yours. The service that compacts it is emulated: its summary is fake, and readable.",
    lacks=(UNCHANGED,),
)
KIND = StoreKind(
    "compaction",
    "OpenAI's compaction",
    _hosted,
    HOSTED_SCRIPT,
    script_path='"compacted.db"',
    missing=missing_key,
    notice="A SQLite file of yours. When it is long it is sent to OpenAI to be compacted, under your key and at your cost.",
    is_outside=True,
    lacks=(UNCHANGED,),
)
KINDS = (EMULATED_KIND, KIND)

BESIDE_A_FILE_SCRIPT = '''
from agents import OpenAIResponsesCompactionSession, SQLiteSession

PATH = "{path}"
SESSIONS = {{}}


def open_session(session_id: str, path: str = PATH, **options):
    """A session in the file PATH, or one in another file whose long sessions OpenAI compacts."""
    if (session_id, path) not in SESSIONS or options:
        session = SQLiteSession(session_id, path)
        if path != PATH:
            session = OpenAIResponsesCompactionSession(session_id, session, **options)
        SESSIONS[session_id, path] = session
    return SESSIONS[session_id, path]


def restart() -> None:
    """Drop every handle, as the end of the process does."""
    SESSIONS.clear()
'''
"""For the script of a lesson that is walked on a plain file, and has steps on this kind of store."""
