"""Pages without steps: what helps to choose, to compare and to look up. Content only; lessons/ui draws it."""
