"""Another process that locks SQLite files: `hold_lock.py SECONDS FILE…`. It ends early when its input ends."""

import select
import sqlite3
import sys
from contextlib import suppress

seconds, *files = sys.argv[1:]
held = []
for path in files:
    with suppress(sqlite3.Error):  # the app itself has locked the file just now
        connection = sqlite3.connect(path, timeout=1, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        held.append(connection)
print(len(held), flush=True)
select.select([sys.stdin], [], [], float(seconds))
