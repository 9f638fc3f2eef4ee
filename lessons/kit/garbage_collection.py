"""The heap after the last import."""

import gc
from functools import cache


@cache
def freeze_imports() -> None:
    """Import what the first turn will need, then take all that was imported out of the garbage collector's sight.

    Once in a process. A collection walks every imported object, with all other threads waiting: 200 ms became 35
    (tests/bench).
    """
    import lessons.kit.models.offline.model
    import lessons.kit.turns.turn  # noqa: F401

    gc.collect()
    gc.freeze()
