"""The life of stored sessions: export, import, move, clean up and erase, on any database that the SDK's classes use."""
