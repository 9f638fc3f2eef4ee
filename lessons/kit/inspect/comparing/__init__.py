"""Two of the same: one session under two settings, two sessions, and a session with what a model answers now."""
