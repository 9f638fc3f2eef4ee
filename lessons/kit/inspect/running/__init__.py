"""Where dry runs are made: on loops apart, for a page that waits, in another process, and once for the same rows."""
