"""OpenAIResponsesCompactionSession over a SQLite file: long sessions are compacted by a service, emulated or OpenAI's own."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from lessons.kit.stores.hosted.accounts import emulated_client, missing_key, openai_client
from lessons.kit.stores.hosted.emulation.conversations import Conversations
from lessons.kit.stores.hosted.script import HOSTED_SCRIPT
from lessons.kit.stores.kind import UNCHANGED, StoreKind
from lessons.kit.stores.sdk_private import close_connections, forget_compaction_candidates, forget_session_items
from lessons.kit.stores.sqlite.file_store import HandlePerSession

if TYPE_CHECKING:
    from agents import OpenAIResponsesCompactionSession, SQLiteSession
    from openai import AsyncOpenAI

Mode = Literal["previous_response_id", "input", "auto"]


class CompactionOptions(TypedDict, total=False):
    """The options of OpenAIResponsesCompactionSession that a lesson can choose."""

    model: str
    compaction_mode: Mode
    should_trigger_compaction: Callable[[dict[str, Any]], bool]


class CompactionStore(HandlePerSession["OpenAIResponsesCompactionSession"]):
    """Sessions in a SQLite file, each in the SDK's wrapper that asks a service to compact it.

    `make_client` returns a client for that service. `mode` is the compaction_mode of the sessions.
    """

    session_type = "OpenAIResponsesCompactionSession"

    def __init__(self, kind: StoreKind, medium: str, path: Path, make_client: Callable[[], "AsyncOpenAI"], mode: Mode):
        super().__init__(kind.name, kind.label, path)
        self.medium, self._make_client, self._mode = medium, make_client, mode
        self._wrapped: dict[str, SQLiteSession] = {}

    def open_session(self, session_id: str, **options: Unpack[CompactionOptions]) -> "OpenAIResponsesCompactionSession":
        """The handle of this id. With any option, a new handle on the same rows."""
        usual = super().open_session(session_id)
        return self._wrap(session_id, options) if options else usual

    def make_session(self, session_id: str) -> "OpenAIResponsesCompactionSession":
        from agents import SQLiteSession

        self._wrapped[session_id] = SQLiteSession(session_id, self.path)
        return self._wrap(session_id, {})

    def close_session(self, session: "OpenAIResponsesCompactionSession") -> None:
        self._wrapped.pop(session.session_id).close()

    def release_session(self, session: "OpenAIResponsesCompactionSession") -> None:
        close_connections(self._wrapped[session.session_id])

    def opening_code(self, session_id: str) -> str:
        inner = f'SQLiteSession("{session_id}", "{self.path.name}")'
        return f'OpenAIResponsesCompactionSession("{session_id}", {inner}, compaction_mode="{self._mode}")'

    def restore_from(self, folder: Path) -> None:
        super().restore_from(folder)
        for session in self._sessions.values():  # their own copies of the rows are out of date
            forget_session_items(session)
            forget_compaction_candidates(session)

    def _wrap(self, session_id: str, options: CompactionOptions) -> "OpenAIResponsesCompactionSession":
        from agents import OpenAIResponsesCompactionSession

        given: CompactionOptions = {"compaction_mode": self._mode, **options}
        return OpenAIResponsesCompactionSession(
            session_id, self._wrapped[session_id], client=self._make_client(), **given
        )


def _emulated(folder: Path) -> CompactionStore:
    from functools import cache

    @cache
    def service() -> Any:
        from lessons.kit.stores.hosted.emulation.service import EmulatedService

        return EmulatedService(Conversations(folder / "no conversations"))

    path = folder / "compacted.db"
    medium = "file, emulated compaction"
    return CompactionStore(EMULATED_KIND, medium, path, lambda: emulated_client(service()), "input")


def _hosted(folder: Path) -> CompactionStore:
    return CompactionStore(KIND, "file, compacted by OpenAI", folder / "compacted_by_openai.db", openai_client, "auto")


EMULATED_KIND: StoreKind = StoreKind(
    "compaction_emulated",
    "Emulated compaction",
    _emulated,
    HOSTED_SCRIPT,
    script_path='"compacted.db"',
    notice="A SQLite file of yours. The service that compacts it is emulated: its summary is fake, and readable.",
    lacks=(UNCHANGED,),
)
KIND: StoreKind = StoreKind(
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

NEXT_TO_A_FILE_SCRIPT = '''
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
"""For the script of a lesson that uses a plain file and has some steps on this kind of store."""
