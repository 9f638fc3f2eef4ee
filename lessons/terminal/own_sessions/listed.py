"""The sessions that a check is for, listed while the SDK is imported."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.stored import Head, Storage
from lessons.kit.inspect.wanted import Report, Wanted, check_class, heads_of

_SERVERS = ("PostgreSQL", "MySQL", "Redis")


def listed_while(
    load: Callable[[], None], storage: Storage, settings: Settings, wanted: Wanted, report: Report
) -> list[Head]:
    """The wanted sessions. `load` is called before this returns. A server with many sessions takes as long to list them."""
    check_class(storage, settings)
    if storage.medium not in _SERVERS:
        load()
        return list(heads_of(storage, wanted, report))
    storage.pairs()  # imports what it needs: no two threads may import the same modules
    heads = Future[list[Head]]()

    def list_them() -> None:
        try:
            heads.set_result(list(heads_of(storage, wanted, report)))
        except BaseException as error:  # it is raised where the result is asked for
            heads.set_exception(error)

    threading.Thread(target=list_them, name="list-sessions", daemon=True).start()  # Ctrl+C does not wait for it
    load()
    return heads.result()
