"""Translates introductions and questions of other languages into the English that the rules read."""
