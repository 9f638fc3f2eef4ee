"""Runs a visitor's turns one after the other, and keeps their records, copies and progress."""
