"""Tools next to the ledger that show more of the storage. A lesson names those that it has in its course entry."""
