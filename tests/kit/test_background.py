"""The one loop of the process."""

import threading

from lessons.kit import background as module


def test_threads_that_come_first_at_the_same_time_get_the_same_loop(monkeypatch):
    came, another, made, found = threading.Barrier(4), threading.Event(), [], []

    class Slow(module.Background):
        def __init__(self) -> None:
            made.append(self)
            if len(made) > 1:
                another.set()
            another.wait(0.2)  # so that another thread can come in between

    monkeypatch.setattr(module, "_made", module.cache(Slow))

    def come():
        came.wait(5)
        found.append(module.background())

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert found == made * 4
