"""Pages without steps: what helps to choose, to compare and to look up. Content only; it is drawn in lessons/ui."""
