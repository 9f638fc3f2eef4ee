"""What a lesson is, how it is walked, and the lesson as a script."""
