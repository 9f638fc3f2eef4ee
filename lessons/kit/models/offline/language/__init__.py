"""How the offline model understands English: statements, facts, arithmetic."""
