"""The thread of the contract's rules says where a call blocks it, and nothing once the call has ended."""

import time

from lessons.kit.contract.worker import Worker, _place


def test_a_thread_that_goes_on_is_not_said_to_stand_in_the_file_of_the_worker():
    worker = Worker()
    for _ in range(5):
        time.sleep(0.02)
        assert _place(worker._thread) == ""
    worker.end()
