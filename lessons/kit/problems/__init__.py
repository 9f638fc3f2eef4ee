"""What went wrong in plain words: what was kept, and what to do next."""
