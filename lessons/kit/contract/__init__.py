"""The rules that every session class should keep, and the checks for them."""
