"""The encryption keys of a visitor at one lesson. They are only in this process: never on disk, in a record or in a message.

A key is made at the first use, unless SESSIONS_ENCRYPTION_KEY gives one. When the process ends, generated and typed keys are
gone. Only someone who kept such a key can then read what it has encrypted.
"""

import base64
import hashlib
import os
import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lessons.kit.problems.problem import Problem, Refused

VARIABLE = "SESSIONS_ENCRYPTION_KEY"
KIND_PREFIX = "encrypted_"
"""Begins the name of each encrypted kind of store, and so that of its folder inside a visitor's folder."""
DEFAULT_TTL = 600
"""The default of EncryptedSession, in seconds."""
KEYS_LIMIT = 20
UNUSED_LIMIT = 1_000
"""The most rings that are kept for visitors who have stored nothing. The oldest are dropped first."""

Origin = Literal["environment", "generated", "typed"]


@dataclass(frozen=True)
class Key:
    """One key. Its repr does not show the `secret`. The fingerprint distinguishes keys without revealing them."""

    origin: Origin
    secret: str = field(repr=False)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(b"sessions-lab fingerprint " + self.secret.encode()).hexdigest()[:6]

    @property
    def is_strong(self) -> bool:
        """Whether the key has the form of a generated one: 32 bytes in base64."""
        try:
            return len(base64.urlsafe_b64decode(self.secret)) == 32
        except ValueError:
            return False


class KeyRing:
    """The keys of one visitor at one lesson, the key in use, and the TTL in use (in seconds, None if items never expire)."""

    def __init__(self, *, rows_of_before: bool = False) -> None:
        """`rows_of_before` says that rows were stored before this process began."""
        self.rows_of_before = rows_of_before
        self.ttl: int | None = DEFAULT_TTL
        self._keys: list[Key] = []
        self._in_use = 0
        self._shown: set[Key] = set()
        self._guard = threading.RLock()

    @property
    def keys(self) -> tuple[Key, ...]:
        """All keys in the order in which they were added. The first one is made or read here, at the first use."""
        with self._guard:
            if not self._keys:
                given = os.environ.get(VARIABLE, "").strip()
                self._keys.append(Key("environment", given) if given else _generated())
            return tuple(self._keys)

    @property
    def key(self) -> Key:
        """The key in use."""
        return self.keys[self._in_use]

    @property
    def is_newer_than_rows(self) -> bool:
        """Whether the key in use was generated here, and rows are older than it."""
        return self.rows_of_before and self.key.origin == "generated"

    @property
    def can_show(self) -> bool:
        """Whether the key in use was generated here and has not been shown yet."""
        return self.key.origin == "generated" and self.key not in self._shown

    def use(self, key: Key) -> None:
        """Use another key of the ring."""
        with self._guard:
            self._in_use = self.keys.index(key)

    def generate(self) -> Key:
        """Make a new key and use it. Raises Refused if the ring is full."""
        return self._add(_generated())

    def type_in(self, secret: str) -> Key:
        """Use a key that the visitor typed. Raises Refused if it is empty or the ring is full."""
        if not secret:
            raise _refused("The key is empty, and EncryptedSession needs one.", "Type a key, or generate one.")
        return self._add(Key("typed", secret))

    def show_once(self) -> str | None:
        """The secret of the key in use, if it was generated here and was not shown before. Otherwise None."""
        with self._guard:
            if not self.can_show:
                return None
            self._shown.add(self.key)
            return self.key.secret

    def _add(self, key: Key) -> Key:
        with self._guard:
            known = next((one for one in self.keys if one.secret == key.secret), None)
            if known is None and len(self.keys) >= KEYS_LIMIT:
                raise _refused(
                    f"There are {KEYS_LIMIT} keys already.",
                    "Choose one of them, or restart the app: that forgets them.",
                )
            if known is None:
                self._keys.append(key)
            self.use(known or key)
            return known or key


def _generated() -> Key:
    # The same as Fernet.generate_key().decode(): 32 random bytes in base64.
    return Key("generated", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())


def _refused(what: str, next_: str) -> Refused:
    return Refused(Problem(what, "The key in use is the same as before.", next_))


_rings: dict[Path, KeyRing] = {}
_with_a_folder: set[Path] = set()
"""The folders that existed when their ring was asked for. A visitor's folder is created when something is stored in it."""
_rings_guard = threading.Lock()


def key_ring(folder: Path) -> KeyRing:
    """The key ring that belongs to a visitor's folder at one lesson, the same for every store and tab."""
    with _rings_guard:
        if folder not in _rings:
            for gone in [known for known in _with_a_folder if not known.exists()]:
                _rings.pop(gone, None)  # the visitor's folder was removed, with everything that the keys could read
                _with_a_folder.remove(gone)
            unused = [known for known in _rings if known not in _with_a_folder]
            for oldest in unused[: max(0, len(unused) - UNUSED_LIMIT)]:
                del _rings[oldest]
            _rings[folder] = KeyRing(rows_of_before=any(folder.glob(f"{KIND_PREFIX}*")))
        if folder not in _with_a_folder and folder.exists():
            _with_a_folder.add(folder)
        return _rings[folder]
