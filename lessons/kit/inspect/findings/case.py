"""One session that is checked: its rows read as items, and dry runs of it under any setup."""

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from lessons.kit.inspect.dry_run import MAIN, Api, Outcome, Settings, Setup, dry_run, dry_run_as_table
from lessons.kit.inspect.findings.finding import Finding, Level, minors_with, sdk_version
from lessons.kit.inspect.private_copy import why_not_opened
from lessons.kit.inspect.stored import NO_ITEM, SDK_NAMES, ClassName, NotUtf8, StoredRow, StoredSession
from lessons.kit.ledger.explaining.risk import is_message
from lessons.kit.stores.encrypted.envelope import OpensOnce, is_envelope, is_out_of_time, parts, written_in


@dataclass(frozen=True)
class Seen:
    """One row as an item. `stored` is its JSON value, and `value` the same after decrypting.

    Either is NO_ITEM if it cannot be read: the text is not JSON, or it is encrypted and no key opens it. `is_envelope` says
    that the row looks like those that EncryptedSession writes. `role` is that of a message, '' for other items.
    """

    row: StoredRow
    stored: Any
    value: Any
    is_envelope: bool = False
    key: int = field(init=False)
    fields: Mapping[str, Any] = field(init=False, repr=False, compare=False)
    type: str = field(init=False)
    role: str = field(init=False)

    def __post_init__(self) -> None:
        # Every detector reads these fields of every row. A cached_property would take a lock for each of them in Python 3.11.
        fields = self.value if isinstance(self.value, dict) else _NONE
        type_, role = str(fields.get("type") or ""), str(fields.get("role") or "") if is_message(fields) else ""
        self.__dict__.update(key=self.row.key, fields=fields, type=type_, role=role)

    @cached_property
    def written(self) -> int | None:
        """When the envelope was made, in seconds since the epoch: anyone can read it. None if the row has no whole envelope."""
        if self.value is not NO_ITEM and is_envelope(self.stored):  # it was opened
            return written_in(self.stored["payload"])
        envelope = parts(self.stored) if self.is_envelope else None
        return envelope.written if envelope is not None else None

    def get(self, name: str) -> Any:
        return self.fields.get(name)

    def is_hidden(self, ttl: int | None, now: int) -> bool:
        """Whether EncryptedSession skips the envelope because of its time: older than the ttl, or ahead of this clock."""
        return self.is_envelope and self.written is not None and is_out_of_time(self.written, ttl, now)


class Case:
    """A session, the settings under which it is checked, and its dry runs, each made once."""

    def __init__(self, stored: StoredSession, settings: Settings) -> None:
        self.stored, self.settings = stored, settings
        self._runs: dict[Setup, Outcome] = {}

    @cached_property
    def items(self) -> tuple[Seen, ...]:
        """All rows in the order of their keys."""
        found = []
        for row in self.stored.rows:
            value = _decoded(row, self._cipher)
            is_envelope = isinstance(value, dict) and value.get("__enc__") == 1
            opened = value
            if is_envelope:
                opened = _opened(self._cipher, value)
            found.append(Seen(row, value, opened, is_envelope))
        return tuple(found)

    @cached_property
    def _cipher(self) -> OpensOnce | None:
        """Opens the rows for what is read here and for all dry runs; None without a key."""
        from lessons.kit.stores.encrypted.envelope import cipher

        return OpensOnce(cipher(self.settings.key, self.stored.session_id)) if self.settings.key is not None else None

    @cached_property
    def is_encrypted(self) -> bool:
        """Whether EncryptedSession wrote some of the rows. Then the application opens the session with it."""
        return any(item.is_envelope for item in self.items)

    @cached_property
    def turns(self) -> int | None:
        """How many messages the user sent; None if some rows are not decrypted, since the number is then not known."""
        if any(item.is_envelope and item.value is NO_ITEM for item in self.items):
            return None
        return sum(item.role == "user" for item in self.items)

    @property
    def needs_key(self) -> bool:
        """Whether rows are encrypted and no key was given: what a run sends is then not known."""
        return self.is_encrypted and self.settings.key is None

    @property
    def not_known(self) -> str:
        """What is not known of the encrypted rows, in a sentence; '' where all of it is known."""
        if self.needs_key:
            return "The key is not given, so it is not known which of the encrypted rows are sent."
        if self.is_encrypted and self.settings.ttl is None:
            return "The ttl is not given, so no row counts as expired."
        return ""

    @cached_property
    def class_name(self) -> ClassName:
        """The class that opens the rows: the chosen one, else the one that makes such tables."""
        if self.settings.class_name is not None:
            return self.settings.class_name
        if self.stored.pair.structure is not None:
            return "AdvancedSQLiteSession"
        return self.stored.pair.made_by

    @property
    def is_of_the_sdk(self) -> bool:
        """Whether a class of the SDK keeps the rows. Of your own class, only the stored items are known."""
        return self.stored.pair.medium != "JSON"

    @property
    def class_shown(self) -> str:
        """The class in words. The class of JSON files is your own, and has no name here."""
        name = self.class_name if self.is_of_the_sdk else "your own class"
        return f"EncryptedSession over {name}" if self.is_encrypted else name

    @cached_property
    def setup(self) -> Setup:
        """The run under the chosen settings."""
        key = (self.settings.key or _ANY_KEY) if self.is_encrypted else None
        of = self.settings
        return Setup(self.class_name, of.limit, key, of.ttl, of.callback, message=of.message, branch=of.branch)

    @cached_property
    def visible(self) -> tuple[Seen, ...]:
        """The items that the chosen class could return, in its order.

        It skips rows that are not JSON, that no key opens, whose time hides them (see `Seen.is_hidden`), or that are not on the
        branch.
        """
        ttl, now = self.settings.ttl, int(time.time())
        items = [item for item in self.items if item.value is not NO_ITEM and not item.is_hidden(ttl, now)]
        if self.class_name == "AdvancedSQLiteSession":
            order = {row.message: row.sequence for row in self.stored.structure if row.branch == self.settings.branch}
            items = sorted((item for item in items if item.key in order), key=lambda item: order[item.key])
        elif self.class_name == "SQLAlchemySession":
            items = sorted(items, key=lambda item: (item.row.created, item.key))
        return tuple(items)

    @property
    def hides_rows(self) -> bool:
        """Whether rows are stored that the chosen class does not return."""
        return len(self.visible) < len(self.items)

    @property
    def is_in_a_file(self) -> bool:
        """Whether several classes can open the storage."""
        return self.stored.pair.medium == "SQLite"

    async def run(self, **changes: Any) -> Outcome:
        """The dry run under the chosen settings, or with some of them changed. Each is made once."""
        setup = replace(self.setup, **changes)
        if setup not in self._runs:
            raised = self.why_not_opened(setup.class_name)
            self._runs[setup] = Outcome(raises=raised) if raised else await dry_run(self.stored, setup, self._cipher)
        return self._runs[setup]

    async def keys_sent_of(self, items: Sequence[Seen]) -> list[int]:
        """The keys of those of `items` that the run under the chosen settings sends. Without items, no run is made."""
        if not items:
            return []
        outcome = await self.run()
        return [item.key for item in items if item.key in outcome.values]

    async def run_as_table(self) -> str:
        """The ledger of the run under the chosen settings as a plain table, '' if it raises."""
        setup = self.setup
        return "" if self.why_not_opened(setup.class_name) else await dry_run_as_table(self.stored, setup, self._cipher)

    def why_not_opened(self, class_name: ClassName) -> str:
        """What each call of the class raises, whatever the rows are; '' for nothing."""
        if class_name == "AdvancedSQLiteSession":
            return why_not_opened(self.stored.pair)
        if self.stored.pair.medium == "PostgreSQL" and (kind := self.stored.id_kind):
            return f"ProgrammingError: operator does not exist: {kind} = character varying"
        return ""

    async def raises_because_of(self, keys: Collection[int]) -> bool:
        """Whether a run raises with these rows, and does not raise without them."""
        if not (await self.run()).raises:
            return False
        rest = tuple(row for row in self.stored.rows if row.key not in keys)
        return not (await dry_run(replace(self.stored, rows=rest), self.setup, self._cipher)).raises

    async def blamed(self) -> list[int]:
        """Neighbouring rows without which a run no longer raises, found by halving; not always the fewest."""
        keys = [item.key for item in self.items]
        while len(keys) > 1:
            middle = len(keys) // 2
            for half in (keys[:middle], keys[middle:]):
                if await self.raises_because_of(half):
                    keys = half
                    break
            else:
                break
        return keys

    @property
    def has_run(self) -> bool:
        """Whether the dry run under the chosen settings was made: to ask for it again costs nothing."""
        return self.setup in self._runs

    @property
    def api(self) -> Api:
        return self.settings.api

    def finding(
        self, code: str, level: Level, rows: list[int] | tuple[int, ...], says: str, **conditions: Any
    ) -> Finding:
        """A finding of this session, with the conditions under which the dry run was made."""
        shown = self.class_shown
        under: dict[str, Any] = {
            "class": shown,
            "limit": self.settings.limit,
            "callback": "one that changes nothing" if self.settings.callback else "none",
            "api": self.api,
            "sdk": sdk_version(),
        }
        if tried := minors_with(code, level):
            under["tried_with"] = tried
        if self.settings.branch != MAIN:
            under["branch"] = self.settings.branch
        if self.is_of_the_sdk and self.stored.pair.messages not in SDK_NAMES:
            under["table"] = self.stored.pair.messages
        return Finding(code, level, self.stored.session_id, tuple(rows), says, under | conditions)


_NONE: Mapping[str, Any] = {}
_ANY_KEY = "no key was given, so this one opens nothing"


def _decoded(row: StoredRow, cipher: OpensOnce | None) -> Any:
    if isinstance(row.data, NotUtf8):
        return NO_ITEM  # json.loads would take some of them for UTF-16
    try:
        return cipher.stored(row.data) if cipher is not None and type(row.data) is str else json.loads(row.data)
    except (ValueError, TypeError, RecursionError):
        return NO_ITEM


def _opened(cipher: OpensOnce | None, envelope: dict[str, Any]) -> Any:
    if cipher is None:
        return NO_ITEM
    from cryptography.fernet import InvalidToken

    try:
        return cipher.item(envelope["payload"].encode())
    except (InvalidToken, ValueError, AttributeError, KeyError, TypeError):
        return NO_ITEM
