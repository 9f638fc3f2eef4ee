"""What was told about the user: what answers a question, and whether an item can hold an answer."""
