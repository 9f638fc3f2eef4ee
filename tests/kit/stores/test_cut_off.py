"""At which addresses a server can be cut off for one session, as if it had gone away."""

import pytest
from agents.extensions.memory import RedisSession

from lessons.kit.background import background
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.cut_off import _address, can_be_cut


@pytest.mark.parametrize(
    "url",
    [
        "unix:///run/redis.sock",
        "rediss://h:6379/0",
        "postgresql://me@/db?host=/run/postgresql",
        "postgresql://me@h/db?sslmode=verify-full",
        "mysql://me@h/db?unix_socket=/run/mysqld.sock",
        "mysql://me@h/db?ssl_ca=/etc/ca.pem",
    ],
)
def test_a_socket_file_and_tls_that_checks_the_host_are_refused_in_words(url):
    with pytest.raises(Refused, match="cannot be cut here"):
        _address(url)


@pytest.mark.parametrize("url", ["redis://h:1/0", "postgresql://me@h:2/db?sslmode=require", "mysql://me@h:3/db"])
def test_a_host_and_a_port_are_enough(url):
    assert _address(url).hostname == "h"


def test_the_session_is_as_it_was_after_a_refusal(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "unix:///run/no.sock")

    async def cut():
        session = RedisSession.from_url("s", url="redis://127.0.0.1:1/0")
        before = session._redis
        with pytest.raises(Refused):
            async with can_be_cut(session):
                pass
        assert session._redis is before
        await session.close()

    background().run(cut())
