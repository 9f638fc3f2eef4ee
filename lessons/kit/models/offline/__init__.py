"""The offline model: it answers by rules and knows little more than the items that are sent to it."""
