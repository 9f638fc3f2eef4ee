"""Finds out what a pop of a session would remove, before it is called.

`pop_item` of an EncryptedSession removes rows until it finds one that it can read. With a wrong key it finds none, and on most
storages it then removes every row. So the app looks first.
"""

from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.stores.store import RowReader

LOOKED_AT = 50


def check_newest_is_readable(reader: RowReader, session_id: str) -> None:
    """Raises Refused if a pop would remove a row that the session cannot read, or more than one row."""
    page = reader.page(session_id, limit=LOOKED_AT)
    made = reader.read_back(session_id, {row.key: row.data for row in page.rows})
    doomed = []
    for row in reversed(page.rows):
        if not made[row.key].why:
            break
        doomed.append(row.key)
    if not doomed:
        return
    named = f"row {doomed[0]}" if len(doomed) == 1 else f"rows {doomed[-1]} to {doomed[0]}"
    if any(made[key].data is None for key in doomed):
        what = f"A pop could delete every row: the key in use cannot decrypt {named}. It is wrong, or a row was tampered with."
        next_ = "Use the right key, and pop again. Here, only clear_session() removes a row that was tampered with."
    else:
        what = f"A pop would delete {named} at once, and more: it goes on until it finds a row that it can return."
        next_ = (
            "A larger TTL makes expired rows readable: then a pop takes one. Here, only clear_session() removes "
            "rows without encryption."
        )
    raise Refused(Problem(what, "Nothing was removed.", next_))
