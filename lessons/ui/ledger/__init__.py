"""What a session has stored, returned and sent: the ledger of a page, the rows, and the calls of one turn."""
