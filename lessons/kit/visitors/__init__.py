"""The folders of the visitors: each theirs, with a limit, and deleted when they have not come for a long time."""
