"""The tools under the chat. A lesson names those that it has in its course entry."""
