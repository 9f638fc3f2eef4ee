"""Turns what was watched into the lines of a ledger. What the stages do not explain gets the cause "unknown"."""
