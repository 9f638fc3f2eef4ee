"""Code that goes wrong next to code that goes right, and a search through both."""
