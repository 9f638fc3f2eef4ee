"""What the offline model says about itself, about sessions, about the conversation, and in small talk."""
