"""How long a database server is waited for, in seconds. Read at each use, so that a test can wait for less."""

CONNECT_SECONDS = 4.0
"""For a new connection."""

PING_SECONDS = 1.5
"""For a sign of life of an old connection, before it is used again."""

ANSWER_SECONDS = 3.0
"""For one call of a session, and for one look at the rows."""

CLOSE_SECONDS = 3.0
"""For the end of the connections of one engine."""
