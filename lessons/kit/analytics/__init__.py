"""What the app reads and measures of sessions: usage, turns, branches, ways to send less, and a large data set."""
