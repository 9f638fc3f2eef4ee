"""Copies of all that a desk has stored, and the operations that delete or replace it."""
