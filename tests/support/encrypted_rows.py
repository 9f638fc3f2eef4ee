"""Encrypted rows that are older than the test, so that no test waits for them to expire."""

import json
from typing import Any

from lessons.kit.background import background


def add_as_of(session: Any, item: dict[str, Any], written: float) -> None:
    """Store an item as the encrypted session would have at `written`, in seconds since the epoch."""
    token = session.cipher.encrypt_at_time(json.dumps(item).encode(), int(written))
    envelope = {"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": token.decode()}
    background().run(session.underlying_session.add_items([envelope]))
