"""What a turn is doing now. The start and the end of session calls and model requests show it."""

from enum import StrEnum

from lessons.kit.ledger.session_methods import STORING_METHODS


class Phase(StrEnum):
    """What a turn is doing now. A session call sets one phase while it runs, and another one when it ends."""

    STARTED = "started"
    READING = "reading"
    STORING = "storing"
    STORED = "stored"
    CALLING = "calling"
    ASKING = "asking"
    ANSWERED = "answered"

    @property
    def may_have_stored(self) -> bool:
        """Whether the stored rows, or the rows that the session returns, may have changed."""
        return self in (Phase.STORED, Phase.ASKING)


def phase_during(method: str) -> Phase:
    """The phase while a session method runs."""
    if method in STORING_METHODS:
        return Phase.STORING
    return Phase.READING if method == "get_items" else Phase.CALLING


def phase_after(method: str) -> Phase:
    """The phase after a session method has ended."""
    return Phase.STORED if method in STORING_METHODS else Phase.STARTED
