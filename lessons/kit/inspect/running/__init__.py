"""How dry runs are made: on their own event loops, for a page that waits, in another process, once for the same rows."""
