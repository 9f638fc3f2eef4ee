"""The one loop of the process."""

import threading

from lessons.kit import background as module


def test_threads_that_come_first_at_the_same_time_get_the_same_loop(monkeypatch):
    made, found = threading.Barrier(8), []

    class Slow(module.Background):
        def __init__(self) -> None:
            made_by.append(threading.current_thread())

    made_by: list[threading.Thread] = []
    monkeypatch.setattr(module, "_made", module.cache(Slow))

    def come():
        made.wait(5)
        found.append(module.background())

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made_by) == 1
    assert len(set(map(id, found))) == 1
