"""Draws the sessions of your own storage, read-only."""
