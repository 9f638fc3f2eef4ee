"""What the server does once, when it starts."""
