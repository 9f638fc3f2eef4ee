"""What a session has stored, returned and sent: the chat, the rows, the trace and the calls of one turn."""
