"""Records a turn: its sessions, its requests, and the parts of its record."""
