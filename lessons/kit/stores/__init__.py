"""Where sessions are kept: one folder for each technology, and the modules that all stores share."""
