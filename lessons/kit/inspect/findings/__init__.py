"""What is wrong with a session: one file for each kind of finding, and `check` for all of them."""
