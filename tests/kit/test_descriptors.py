"""A process that runs out of descriptors: its limit, what it says to new visitors, and how little it writes."""

import errno
import logging
import resource
import subprocess
import sys

import pytest

from lessons.kit import descriptors

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of descriptors")

SERVE = """
import asyncio, os, resource, socket, sys
from lessons.kit.descriptors import prepare_process, are_scarce

async def main():
    hello = lambda reader, writer: None
    server = await asyncio.start_server(hello, "127.0.0.1", 0, backlog=2048)
    port = server.sockets[0].getsockname()[1]
    client = [socket.socket() for _ in range(3)]
    fill = []
    try:
        while True:
            fill.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass
    print(are_scarce())
    for one in client:
        one.setblocking(False)
        try:
            one.connect(("127.0.0.1", port))
        except BlockingIOError:
            pass
    loop = asyncio.get_running_loop()
    for one in client:
        await loop.sock_sendall(one, b"GET / HTTP/1.1\\r\\n\\r\\n")
        answer = await asyncio.wait_for(loop.sock_recv(one, 65536), 60)
        print(answer.decode().splitlines()[0])
    for one in fill:
        os.close(one)
    print(are_scarce())

resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
prepare_process()
asyncio.run(main())
"""


def test_new_visitors_are_told_when_no_descriptor_is_left_and_the_log_stays_small():
    done = subprocess.run([sys.executable, "-c", SERVE], capture_output=True, text=True, timeout=300)
    refused = "HTTP/1.1 503 Service Unavailable"
    assert done.stdout.splitlines() == ["True", refused, refused, refused, "False"], done.stderr[-2_000:]
    assert done.stderr.count("Traceback") == 1
    assert len(done.stderr) < 10_000


def test_the_limit_is_raised_to_what_the_system_allows():
    code = (
        "import resource; from lessons.kit.descriptors import raise_limit; "
        "hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]; "
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard)); raise_limit(); "
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.strip() == "True"


def test_an_event_loop_opens_no_epoll_file():
    code = (
        "import asyncio, os; from lessons.kit.descriptors import prepare_process; prepare_process(); "
        "loop = asyncio.new_event_loop(); "
        "found = [os.readlink(f'/proc/self/fd/{n}') for n in range(30) if os.path.lexists(f'/proc/self/fd/{n}')]; "
        "print(sum('eventpoll' in one for one in found)); loop.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.strip() == "0"


def test_descriptors_are_scarce_when_few_are_left(monkeypatch):
    assert not descriptors.are_scarce()
    monkeypatch.setattr(descriptors, "SPARE", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    assert descriptors.are_scarce()


def test_a_tab_that_tries_for_ever_fills_no_log(caplog, monkeypatch):
    sparing = descriptors._Sparing()
    log = logging.getLogger("like the server's")
    log.addFilter(sparing.of_record)

    def fail(number):
        try:
            raise OSError(number, "what the system says")
        except OSError:
            log.exception("Exception in ASGI application")

    for _ in range(50):
        fail(errno.EMFILE)
    fail(errno.ENOSPC)
    assert [record.exc_info[1].errno for record in caplog.records] == [errno.EMFILE, errno.ENOSPC]
    monkeypatch.setattr(sparing, "_next", 0)  # a minute later
    fail(errno.EMFILE)
    assert "(49 reports like this one were left out)" in caplog.records[-1].message
