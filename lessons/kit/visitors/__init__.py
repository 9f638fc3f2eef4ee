"""The folders of the visitors: one for each, with a limit, and deleted when its visitor has not come for a long time."""
