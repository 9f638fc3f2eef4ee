"""Watches runs and session calls, and notes each as an event. It explains nothing."""
