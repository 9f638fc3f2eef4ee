"""The offline model: it answers by rules, and knows only the items that it is sent."""
