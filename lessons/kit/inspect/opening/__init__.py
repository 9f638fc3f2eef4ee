"""Opens storage so that nothing can be written to it, and reads the rows of one session at a time."""
