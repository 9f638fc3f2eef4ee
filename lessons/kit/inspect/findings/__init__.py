"""What is wrong with a session: one file for each kind of finding, and `all_findings` for all of them."""
