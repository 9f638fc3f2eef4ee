"""Where sessions are kept: one folder for each technology, and next to them what all stores share."""
