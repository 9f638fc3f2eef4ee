"""What was stored, returned and sent, observed stage by stage: `observe`, `next_run` and the `Ledger` that they give."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lessons.kit.ledger.cause import Cause
    from lessons.kit.ledger.dry_run import next_run
    from lessons.kit.ledger.ledger import Ledger, LedgerLine, LedgerRun
    from lessons.kit.ledger.observation import Observation, observe

__all__ = ["Cause", "Ledger", "LedgerLine", "LedgerRun", "Observation", "next_run", "observe"]

_PLACES = {
    "Cause": "cause",
    "Ledger": "ledger",
    "LedgerLine": "ledger",
    "LedgerRun": "ledger",
    "Observation": "observation",
    "next_run": "dry_run",
    "observe": "observation",
}


def __getattr__(name: str) -> Any:
    """Imports a name at its first use, so that a page that draws stored rows can use this package without loading the SDK."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
