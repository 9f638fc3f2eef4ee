"""A small class under a low limit of descriptors. The whole one is `python -m tests.load.classroom`."""

import sys

import pytest

from tests.load.classroom import MOST_FILES, MOST_THREADS, attend

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux sets the limit of another process"),
]


def test_ten_visitors_are_served_in_three_lessons_under_a_limit_of_160(tmp_path):
    held = attend(tmp_path, 10, ("basic", "analytics", "databases"), descriptors=160, gap=0, rest=0)
    assert held.errors == []
    assert held.served == 30
    assert held.files <= MOST_FILES
    assert held.threads <= MOST_THREADS
