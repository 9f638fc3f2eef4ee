"""Copies of everything that a desk has stored, and the operations that delete or replace it."""
