"""What a session stored, returned and sent, observed stage by stage."""

from lessons.kit.ledger.cause import Cause
from lessons.kit.ledger.ledger import Ledger, LedgerLine
from lessons.kit.ledger.next_run import next_run
from lessons.kit.ledger.observe import Observation, observe

__all__ = ["Cause", "Ledger", "LedgerLine", "Observation", "next_run", "observe"]
