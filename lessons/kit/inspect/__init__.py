"""Your own sessions, read where they are stored: what the next run would send, and what is wrong."""
