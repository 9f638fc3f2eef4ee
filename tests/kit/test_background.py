"""The one loop of the process."""

import threading

import pytest

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
        came.wait(60)
        found.append(module.background())

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert found == made * 4


def test_what_exits_or_is_interrupted_ends_itself_and_not_the_loop():
    background = module.Background()

    async def ends(error):
        raise error

    async def goes_on():
        return "still here"

    for error in (SystemExit(3), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            background.run(ends(error), timeout=60)
    assert background.run(goes_on(), timeout=60) == "still here"


def test_a_call_comes_later_without_a_thread_and_not_when_it_was_cancelled():
    background = module.Background()
    threads, called = threading.active_count(), []
    came = threading.Event()
    cancelled = background.call_after(0.02, lambda: called.append("cancelled"))
    background.call_after(0.05, lambda: (called.append("kept"), came.set()))
    assert threading.active_count() == threads
    cancelled.cancel()
    assert came.wait(60)
    assert called == ["kept"]
