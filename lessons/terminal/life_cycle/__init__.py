"""The commands that work on stored sessions, export, import, move, cleanup and erase, and forget, which deletes a visitor."""
