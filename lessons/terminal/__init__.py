"""The commands behind `python -m lessons`, one file for each command."""
