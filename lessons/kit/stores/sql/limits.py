"""How long the app waits for a database server, in seconds. Read at each use, so that a test can shorten them."""

CONNECT_SECONDS = 4.0
"""For a new connection."""

PING_SECONDS = 1.5
"""For the test of a connection that was used before."""

ANSWER_SECONDS = 3.0
"""For one call of a session, and for one read of the rows."""

CLOSE_SECONDS = 3.0
"""For closing the connections of one engine."""
