"""Runs a visitor's turns one after another, and keeps their records, copies and progress."""
