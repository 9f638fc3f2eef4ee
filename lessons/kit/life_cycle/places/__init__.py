"""Where sessions are: SQLite files, PostgreSQL, MySQL and Redis, each read and written in the same way."""
