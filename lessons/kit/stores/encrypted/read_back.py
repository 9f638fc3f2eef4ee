"""What an EncryptedSession returns for one stored row: its plaintext, why it is not returned, and how long it still is."""

import json
import time
from typing import TYPE_CHECKING

from lessons.kit.sdk_version import since
from lessons.kit.stores.encrypted.envelope import FUTURE_SECONDS, is_envelope
from lessons.kit.stores.rows import ReadBack

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

WRONG_KEY = "wrong key or tampered: the key in use cannot decrypt it"
PLAIN = "not encrypted: the session skips it"
NOT_JSON = "not JSON: the session skips it"


def read_back_with(data: str, opener: "Fernet", ttl: int | None) -> ReadBack:
    """What EncryptedSession returns for one stored text. Expired items are decrypted too, since they are still stored."""
    from cryptography.fernet import InvalidToken

    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return ReadBack(data, NOT_JSON)
    if not is_envelope(value):
        return ReadBack(data, since((0, 23), PLAIN, before=""))  # 0.22 also returns rows that are not encrypted
    try:
        token = value["payload"].encode()
        plaintext, written = opener.decrypt(token).decode(), opener.extract_timestamp(token)
    except (InvalidToken, AttributeError, UnicodeDecodeError):
        return ReadBack(None, WRONG_KEY)
    if ttl is None:
        return ReadBack(plaintext)
    # Fernet counts whole seconds: a token of age `ttl` is still valid until the next second begins.
    left = written + ttl + 1 - time.time()
    why = ""
    if left <= 0:
        why = f"expired {_for_how_long(-left)} ago with the TTL in use: still stored, and not returned with it"
    elif left > ttl + 1 + FUTURE_SECONDS:
        why = "from the future: the session does not return it"
    return ReadBack(plaintext, why, left, ttl)


def _for_how_long(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.0f} h"
