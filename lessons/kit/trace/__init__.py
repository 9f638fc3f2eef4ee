"""How the rows, the session calls and the requests of a turn are lined up for the page."""
