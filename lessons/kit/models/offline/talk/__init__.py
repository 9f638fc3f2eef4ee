"""What the offline model says of itself, of sessions and in small talk: nothing that depends on what it was sent."""
