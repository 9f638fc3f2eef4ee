"""What shows more of the storage, next to the ledger. A lesson names the parts that it has in its course entry."""
