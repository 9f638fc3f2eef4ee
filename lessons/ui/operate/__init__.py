"""Export, import, move, clean up and erase, from the page."""
