"""Answers questions about the user from what was told, and says whether an item can contain an answer."""
