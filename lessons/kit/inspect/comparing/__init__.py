"""Comparisons: one session under two settings, two sessions, and stored answers with what a model answers now."""
