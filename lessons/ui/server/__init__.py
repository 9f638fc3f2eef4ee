"""The server around the pages: how it starts, whom it lets in, how runs wait for a place, and how messages are sent."""
