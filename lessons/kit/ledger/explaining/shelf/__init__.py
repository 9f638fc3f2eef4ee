"""The items of one session over time: the row of each, which ones were returned, and what removed each row."""
