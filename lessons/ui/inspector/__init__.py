"""Draws the sessions of somebody's own storage, read-only."""
