"""The list of the sessions of a server, read while the SDK is imported."""

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lessons.kit.inspect.dry_run import Settings
from lessons.kit.inspect.stored import CannotRead, Head, Pair, Storage
from lessons.kit.inspect.wanted import Report, Wanted
from lessons.terminal.own_sessions.listed import listed_while

PAIR = Pair("agent_messages")
WAIT = 20.0


def a_server(newest: Any) -> Storage:
    more = {"label": "CHAT_URL", "medium": "PostgreSQL", "pairs": lambda: [PAIR], "not_readable": dict}
    return cast(Storage, SimpleNamespace(newest=newest, **more))


def test_a_server_lists_its_sessions_while_the_sdk_is_imported():
    asked, imported = threading.Event(), threading.Event()

    def newest(pair: Pair, limit: int, since: str) -> list[Head]:
        asked.set()
        assert imported.wait(WAIT)
        return [Head(pair, "s")]

    def load() -> None:
        assert asked.wait(WAIT)
        imported.set()

    assert [one.session_id for one in listed_while(load, a_server(newest), Settings(), Wanted(), Report())] == ["s"]


def test_what_a_server_refuses_is_raised_where_the_list_is_asked_for():
    def newest(pair: Pair, limit: int, since: str) -> list[Head]:
        raise CannotRead("CHAT_URL: the server refused.")

    with pytest.raises(CannotRead, match="the server refused"):
        listed_while(lambda: None, a_server(newest), Settings(), Wanted(), Report())


def test_a_class_that_the_storage_does_not_have_is_refused_before_the_server_is_asked():
    def newest(*_: Any) -> list[Head]:
        raise AssertionError("asked")

    with pytest.raises(CannotRead, match="cannot open"):
        listed_while(lambda: None, a_server(newest), Settings("RedisSession"), Wanted(), Report())
