"""Stores in SQLite with the SDK's own classes: in a file, in memory, async, and with branches."""
