"""`python -m lessons inspect`: the check of your own sessions, its progress and its words."""
