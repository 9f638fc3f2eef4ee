"""JsonFileSession, the example of a session class that you write yourself, and its store."""
