"""What a turn records: its sessions, its requests, and the parts of its record."""
