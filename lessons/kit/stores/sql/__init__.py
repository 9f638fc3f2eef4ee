"""Stores with SQLAlchemySession: a SQLite file, PostgreSQL, MySQL or MariaDB."""
