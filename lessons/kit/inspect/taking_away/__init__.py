"""A session as a file to pass on: a fixture in which no word of the original is left, or a page to print."""
