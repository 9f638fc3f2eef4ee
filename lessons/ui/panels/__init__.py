"""The tools for a session, next to the ledger. A lesson names those that it has in its course entry."""
