"""How the offline model reads text: statements, facts, arithmetic, and some sentences of other languages."""
