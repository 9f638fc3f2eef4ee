"""Introductions and questions in other languages, put into the English that the rules read."""
