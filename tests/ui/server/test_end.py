"""The server ends when it is told to, and says nothing of it."""

import os
import signal
import sys

import pytest

from tests.support.app_server import AppServer


@pytest.mark.server
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_control_c_ends_the_server_without_a_complaint(tmp_path):
    server = AppServer(tmp_path, {})
    server.start()
    os.kill(server.pid, signal.SIGINT)
    assert server.wait_for_its_end(20) == 0
    assert "Aborted" not in server.log.read_text()
