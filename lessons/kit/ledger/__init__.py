"""Records what a run reads, sends and stores, and finds the cause of every difference."""
