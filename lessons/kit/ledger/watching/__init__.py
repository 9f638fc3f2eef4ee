"""Watches runs and session calls, and notes each as an event. Explains nothing."""
