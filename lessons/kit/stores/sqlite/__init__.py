"""Stores in SQLite with the SDK's own classes: a file, memory, without blocking, with branches."""
