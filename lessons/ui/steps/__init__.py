"""The steps of a lesson: the line above it, the card of a step, and the end."""
