"""Where Redis sessions are kept: in fakeredis inside this process, or on the server in REDIS_URL."""

import atexit
import os
import re
import weakref
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lessons.kit.background import background
from lessons.kit.stores.kind import StoreKind
from lessons.kit.stores.redis.store import RedisServer, RedisStore

SECONDS = 3.0
"""Seconds to wait for a connection, and for each answer."""

CONNECTIONS = 10
"""The most that all visitors share for sessions, and as many again for the app. A session call uses one for a millisecond."""

SCRIPT = '''
import os

from redis.asyncio import Redis

from agents.extensions.memory import RedisSession

PATH = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
CLIENTS: dict[str, Redis] = {{}}
SESSIONS: dict[tuple, RedisSession] = {{}}


def open_session(session_id: str, path: str = PATH, **options) -> RedisSession:
    """The session of that id and these options: the open one, or a new handle on the same keys."""
    key = (session_id, path, *sorted(options.items()))
    if key not in SESSIONS:
        if path not in CLIENTS:
            CLIENTS[path] = Redis.from_url(path)
        SESSIONS[key] = RedisSession(session_id, redis_client=CLIENTS[path], **options)
    return SESSIONS[key]


def restart() -> None:
    """Drop every handle, as the end of the process does."""
    SESSIONS.clear()
    for client in CLIENTS.values():
        asyncio.get_event_loop().run_until_complete(client.aclose())
    CLIENTS.clear()
'''
PACKAGES = '"openai-agents[redis]"'


def missing() -> str:
    """A sentence about what is missing for a Redis server, without any part of an address. '' if nothing is missing."""
    return fault() if _url() else "Set REDIS_URL to the address of a Redis server."


def fault() -> str:
    """A sentence about what is wrong with REDIS_URL, without any part of it. '' if it is right or not set."""
    url = _url()
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("redis", "rediss") and parts.hostname and parts.port != 0 and not re.search(r"\s", url)
        whole = bool(named or (parts.scheme == "unix" and parts.path))
        database = parts.path.strip("/") if parts.scheme != "unix" else ""
    except ValueError:  # a port that is not a number
        whole, database = False, ""
    if not whole or not (database.isdecimal() or not database) or parts.fragment:
        return (
            "REDIS_URL must be a whole address, as redis://user:password@host:6379/0. In a password, write / ? # @ : and % "
            "as %2F %3F %23 %40 %3A and %25."
        )
    if set(parse_qs(parts.query)) - {"db", "ssl_cert_reqs", "ssl_ca_certs", "ssl_check_hostname", "protocol"}:
        return (
            "After the ? of REDIS_URL only db, protocol, ssl_cert_reqs, ssl_ca_certs and ssl_check_hostname are read."
        )
    return ""


def _url() -> str:
    return os.environ.get("REDIS_URL", "").strip()


def real_server() -> RedisServer:
    """The server in REDIS_URL. Visitors cannot choose another one."""

    def async_client() -> Any:
        from redis.asyncio import Redis

        return Redis(connection_pool=_async_pool(_url()))

    def sync_client() -> Any:
        from redis import Redis

        return Redis(connection_pool=_sync_pool(_url()))

    return RedisServer(async_client, sync_client)


@cache
def _async_pool(url: str) -> Any:
    """The connections of all sessions. They belong to the background event loop."""
    from redis.asyncio import BlockingConnectionPool
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    pool = BlockingConnectionPool.from_url(url, **_options(Retry(NoBackoff(), 0)))
    atexit.register(_disconnect, pool, os.getpid())
    return pool


def _disconnect(pool: Any, process: int) -> None:
    """Close the connections at the end of the process. Connections that are left open raise an error when they are deleted."""
    if os.getpid() == process:  # a fork has no background loop
        with suppress(Exception):
            background().run(pool.disconnect(), SECONDS)


@cache
def _sync_pool(url: str) -> Any:
    """The connections with which the app itself reads, copies and deletes keys, for all visitors."""
    from redis import BlockingConnectionPool
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return BlockingConnectionPool.from_url(url, **_options(Retry(NoBackoff(), 0)))


def _options(retry: Any) -> dict[str, Any]:
    from redis.maint_notifications import MaintNotificationsConfig

    return {
        "max_connections": CONNECTIONS,
        "timeout": SECONDS,
        "socket_connect_timeout": SECONDS,
        "socket_timeout": SECONDS,
        "socket_keepalive": True,
        "health_check_interval": 15,
        # With maintenance notifications, the client does not notice that an idle connection has died.
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
        # The client must not repeat a command: the server can have done it although the answer was lost.
        "retry": retry,
    }


_fake_servers: "weakref.WeakValueDictionary[Path, Any]" = weakref.WeakValueDictionary()
"""One server for each folder, as long as a store on it is open."""


def fake_server(folder: Path) -> RedisServer:
    """A fakeredis server for one visitor at one lesson, in the memory of this process."""
    kept: list[Any] = []

    def server() -> Any:
        from fakeredis import FakeServer

        if not kept:
            # setdefault is atomic, so two threads get the same server.
            kept.append(_fake_servers.setdefault(folder, FakeServer()))
        return kept[0]

    def async_client() -> Any:
        from fakeredis import FakeAsyncRedis

        return FakeAsyncRedis(server=server())

    def sync_client() -> Any:
        from fakeredis import FakeRedis

        return FakeRedis(server=server())

    return RedisServer(async_client, sync_client, in_memory=True)


COLUMNS = ("position", "session", "entry")

FAKE_KIND: StoreKind = StoreKind(
    "redis_fake",
    "Redis (fakeredis, in memory)",
    lambda folder: RedisStore(FAKE_KIND.name, FAKE_KIND.label, "fakeredis, an emulation", folder, fake_server(folder)),
    script=SCRIPT,
    kept="the Redis server of REDIS_URL (unset: the one on this machine)",
    packages=PACKAGES,
    columns=COLUMNS,
)
KIND: StoreKind = StoreKind(
    "redis",
    "Redis server",
    lambda folder: RedisStore(KIND.name, KIND.label, "Redis server", folder, real_server()),
    script=SCRIPT,
    kept="the Redis server of REDIS_URL (unset: the one on this machine)",
    packages=PACKAGES,
    columns=COLUMNS,
    on_a_server=True,
    missing=missing,
)
