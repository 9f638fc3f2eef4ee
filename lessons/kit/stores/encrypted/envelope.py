"""Reads and opens the envelope that EncryptedSession stores for each item, without the SDK.

An envelope is `{"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": token}`. The token is a Fernet token: a version byte, the
time in seconds (8 bytes), an IV (16), the ciphertext (AES-128-CBC), and an HMAC-SHA256 over all that (32). A key is needed
only to decrypt the ciphertext and to check the HMAC.
"""

import base64
import hmac
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lessons.kit.items import decoded

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.fernet import Fernet

KID = "hkdf-v1"
INFO = b"agents.session-store.hkdf.v1"
FUTURE_SECONDS = 60
"""With a ttl, Fernet refuses a token whose time is further in the future than this."""


@dataclass(frozen=True)
class Envelope:
    """The parts of a stored envelope, all of which can be read without a key. `written` is a Unix time in seconds."""

    kid: str
    token: str
    version: bytes
    timestamp: bytes
    iv: bytes
    ciphertext: bytes
    mac: bytes

    @property
    def written(self) -> int:
        return int.from_bytes(self.timestamp, "big")

    @property
    def signed(self) -> bytes:
        """The bytes that the HMAC signs."""
        return self.version + self.timestamp + self.iv + self.ciphertext

    @property
    def plaintext_sizes(self) -> tuple[int, int]:
        """The smallest and the largest possible number of bytes of the plaintext: the padding has 1 to 16."""
        return len(self.ciphertext) - 16, len(self.ciphertext) - 1


@dataclass(frozen=True)
class Proof:
    """An envelope opened step by step: whether its HMAC is right, and the plaintext of AES-128-CBC (None if it is not)."""

    hmac_is_right: bool
    plaintext: str | None


def is_envelope(value: object) -> bool:
    """Whether the SDK treats a stored item as an envelope."""
    return isinstance(value, dict) and value.get("__enc__") == 1 and {"payload", "kid", "v"} <= value.keys()


def parse(data: str) -> Envelope | None:
    """The envelope in a stored text, None if the text is something else or its token is too short."""
    try:
        return parts(json.loads(data))
    except (ValueError, RecursionError):
        return None


def parts(value: Any) -> Envelope | None:
    """The envelope in a stored item, None as in `parse`."""
    if not is_envelope(value):
        return None
    try:
        token = str(value["payload"])
        raw = base64.urlsafe_b64decode(token)
    except (ValueError, RecursionError):
        return None
    if len(raw) < 1 + 8 + 16 + 16 + 32:
        return None
    return Envelope(str(value["kid"]), token, raw[:1], raw[1:9], raw[9:25], raw[25:-32], raw[-32:])


def derive(encryption_key: str, session_id: str) -> bytes:
    """The 32 bytes that EncryptedSession derives for a session: the first 16 sign, the others encrypt."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    master = encryption_key.encode()
    try:
        decoded = base64.urlsafe_b64decode(encryption_key)
        master = decoded if len(decoded) == 32 else master
    except ValueError:
        pass  # not base64: the characters themselves are the key
    return HKDF(algorithm=SHA256(), length=32, salt=session_id.encode(), info=INFO).derive(master)


def cipher(encryption_key: str, session_id: str) -> "Fernet":
    """The same cipher that EncryptedSession has for this key and session id."""
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(derive(encryption_key, session_id)))


class OpensOnce:
    """A cipher that decrypts each token only once. It accepts and refuses the same tokens as Fernet, also with a ttl."""

    def __init__(self, fernet: "Fernet") -> None:
        self._fernet = fernet
        self._opened: dict[bytes, bytes | None] = {}
        self._written: dict[bytes, int] = {}
        self._items: dict[bytes, Any] = {}
        self._stored: dict[str, Any] = {}

    def decrypt(self, token: bytes | str, ttl: int | None = None) -> bytes:
        """The plaintext. Raises InvalidToken if the key does not open the token, or if a `ttl` makes its time invalid."""
        from cryptography.fernet import InvalidToken

        name = token.encode() if isinstance(token, str) else token
        if name not in self._opened:
            try:
                self._opened[name] = self._fernet.decrypt(name)
            except InvalidToken:
                self._opened[name] = None
        opened = self._opened[name]
        if opened is None or (ttl is not None and is_out_of_time(self._when(name), ttl, int(time.time()))):
            raise InvalidToken
        return opened

    def item(self, token: bytes) -> Any:
        """The item in the token, decoded only once: who asks for it must not change it. Raises as `decrypt`, and ValueError."""
        if token not in self._items:
            self._items[token] = decoded(self.decrypt(token))
        return self._items[token]

    def extract_timestamp(self, token: bytes | str) -> int:
        """The Unix time at which the token was made. Raises InvalidToken for a token that the key does not open."""
        name = token.encode() if isinstance(token, str) else token
        return self._when(name) if self._opened.get(name) is not None else self._fernet.extract_timestamp(name)

    def _when(self, token: bytes) -> int:
        if token not in self._written:
            self._written[token] = written_in(token)
        return self._written[token]

    def stored(self, text: str) -> Any:
        """The JSON of a stored text, such as an envelope, decoded only once. Raises ValueError and RecursionError."""
        if text not in self._stored:
            self._stored[text] = decoded(text)
        return self._stored[text]

    def encrypt(self, data: bytes) -> bytes:
        return self._fernet.encrypt(data)


def is_out_of_time(written: int, ttl: int | None, now: int) -> bool:
    """Whether Fernet with a ttl, and so EncryptedSession, refuses a token for its time: older than the ttl, or too far ahead.

    None stands for a ttl that no token exceeds. Without a ttl, Fernet does not look at the time.
    """
    return written > now + FUTURE_SECONDS or (ttl is not None and written + ttl < now)


def written_in(token: bytes | str) -> int:
    """The Unix time at which a token that was opened was made."""
    return int.from_bytes(base64.urlsafe_b64decode(token[:12])[1:9], "big")


def sealed(encryption_key: str, session_id: str) -> "Callable[[str], str]":
    """A function that makes the envelope of a text as EncryptedSession stores it for this key and session id."""
    fernet = cipher(encryption_key, session_id)

    def seal(text: str) -> str:
        return json.dumps({"__enc__": 1, "v": 1, "kid": KID, "payload": fernet.encrypt(text.encode()).decode()})

    return seal


def open_by_hand(envelope: Envelope, derived: bytes) -> Proof:
    """Check the HMAC with the first half of the derived bytes, and decrypt with the second half."""
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    if not hmac.compare_digest(hmac.digest(derived[:16], envelope.signed, "sha256"), envelope.mac):
        return Proof(False, None)
    decryptor = Cipher(AES(derived[16:]), CBC(envelope.iv)).decryptor()
    padded = decryptor.update(envelope.ciphertext) + decryptor.finalize()
    return Proof(True, padded[: -padded[-1]].decode(errors="replace"))
