"""A lesson for a class: what is shown through a projector."""
