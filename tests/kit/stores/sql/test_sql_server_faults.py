"""Servers that cannot be reached, fall silent, refuse, and go away: what is stored, what is said, and that it goes on."""

import os
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from agents import Runner

from lessons.kit.background import background
from lessons.kit.problems.problem import Refused
from lessons.kit.stores.registry import store_kinds, usable_kinds
from lessons.kit.stores.sql import limits
from lessons.kit.stores.sql import server_store as sql_server
from tests.support.proxy import Proxy
from tests.support.turns import FailingModel, ask_name, do, plain_agent, stored, tell

VARIABLES = {"postgresql": "POSTGRES_URL", "mysql": "MYSQL_URL"}
SERVERS = [name for name in VARIABLES if name in usable_kinds()]
LONGEST = 30
"""Seconds that anything may take before it says so.

The limits of the stores are at most 4, so this tells giving up from waiting for ever, also on a busy machine.
"""
WAITS = 0.3
run = background().run


def at(url, port):
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{port}"))


@pytest.fixture(params=SERVERS)
def kind(request):
    return request.param


class Between(Proxy):
    """A proxy to the server of a store. While it is silent, no answer comes anyway, so the store waits for a shorter time."""

    def __init__(self, target):
        super().__init__(target)
        self._patch = pytest.MonkeyPatch()

    def fall_silent(self):
        for name in ("CONNECT_SECONDS", "PING_SECONDS", "ANSWER_SECONDS", "CLOSE_SECONDS"):
            self._patch.setattr(limits, name, WAITS)
        super().fall_silent()

    def come_back(self):
        self._patch.undo()
        super().come_back()


@pytest.fixture
def proxy(kind, monkeypatch):
    url = os.environ[VARIABLES[kind]]
    monkeypatch.setattr(sql_server, "REFUSED_SECONDS", WAITS)
    between = Between(urlsplit(url).port)
    monkeypatch.setenv(VARIABLES[kind], at(url, between.port))
    yield between
    between.come_back()
    between.close()


@pytest.fixture
def served(desk, proxy):
    """A desk whose store is behind the proxy."""
    yield desk
    proxy.come_back()
    desk.reset()


def timed(work):
    start = time.perf_counter()
    found = work()
    assert time.perf_counter() - start < LONGEST
    return found


def test_a_server_that_was_away_between_two_turns(served, proxy, provider, kind):
    assert do(served, provider, tell, store=kind).problem is None
    proxy.go_away()
    with pytest.raises(Refused) as refused:
        timed(lambda: stored(served, kind))
    assert "kept" in refused.value.problem.kept
    failed = timed(lambda: do(served, provider, ask_name, store=kind))
    assert "database server" in failed.problem.what
    assert failed.reply is None
    proxy.come_back()
    time.sleep(WAITS)  # a page does not ask again before that
    assert len(stored(served, kind)) == 2
    after = do(served, provider, ask_name, store=kind)
    assert after.problem is None
    assert after.was_sent("Alice")
    assert len(stored(served, kind)) == 4


def test_a_reading_connection_that_is_cut_while_it_is_used_is_given_back_in_silence(served, proxy, kind, caplog):
    with store_kinds()[kind].open(served.folder).server.reader().connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
        connection.commit()
        proxy.go_away()
    assert not [record.getMessage() for record in caplog.records]


def test_a_server_that_closed_its_connections_is_not_noticed(served, proxy, provider, kind):
    """It was restarted: every old connection is dead, and new ones are taken."""
    do(served, provider, tell, store=kind)
    proxy.go_away()
    proxy.come_back()
    assert len(stored(served, kind)) == 2
    assert do(served, provider, ask_name, store=kind).problem is None


@pytest.mark.parametrize("silent", [False, True], ids=["gone", "silent"])
def test_a_server_that_goes_away_in_the_middle_of_a_turn(served, proxy, provider, kind, silent):
    do(served, provider, tell, store=kind)

    class Away(FailingModel):
        async def get_response(self, *args, **kwargs):
            proxy.fall_silent() if silent else proxy.go_away()
            return await self.other.get_response(*args, **kwargs)

    def with_away(model):
        away = Away(RuntimeError())
        away.other = model
        return plain_agent(away)

    async def ask(agent, session):
        return await Runner.run(agent, "What's my name?", session=session)

    record = timed(lambda: do(served, provider, ask, store=kind, make_agent=with_away))
    assert "database server" in record.problem.what
    assert "stored 1 item" in record.problem.kept
    proxy.come_back()
    time.sleep(WAITS)
    rows = stored(served, kind)
    assert len(rows) == 3  # the question is stored, and no answer
    assert "What's my name?" in rows[-1]
    assert do(served, provider, ask_name, store=kind).problem is None


def test_a_server_that_never_answers_is_given_up(served, proxy, provider, kind, monkeypatch):
    proxy.fall_silent()
    record = timed(lambda: do(served, provider, tell, store=kind))
    assert "did not answer" in record.problem.what
    with pytest.raises(Refused, match="did not answer"):
        timed(lambda: served.store(kind).page("alice"))
    monkeypatch.setattr(sql_server, "REFUSED_SECONDS", 600)
    # And a page that looks many times waits once.
    with pytest.raises(Refused):
        served.store(kind).page("alice")
    asked = proxy.accepted
    for _ in range(10):
        with pytest.raises(Refused):
            served.store(kind).page("alice")
    assert proxy.accepted == asked


def test_a_server_that_falls_silent_between_two_turns(served, proxy, provider, kind):
    do(served, provider, tell, store=kind)
    proxy.fall_silent()
    record = timed(lambda: do(served, provider, ask_name, store=kind))
    assert "did not answer" in record.problem.what
    proxy.come_back()
    time.sleep(WAITS)
    assert do(served, provider, ask_name, store=kind).problem is None


def test_nothing_listens(desk, provider, kind, monkeypatch):
    monkeypatch.setenv(VARIABLES[kind], f"{kind}://nobody:hunter2hunter2@127.0.0.1:1/test")
    record = timed(lambda: do(desk, provider, tell, store=kind))
    assert "cannot be reached" in record.problem.what
    assert "hunter2" not in repr(record)
    assert "hunter2" not in repr(vars(desk.store(kind)))


@pytest.fixture
def user(kind, monkeypatch):
    """A function that puts another user into the server's address. Its statements make the user, who is removed afterwards."""
    made = []
    name = f"lab_test_{uuid.uuid4().hex[:12]}"  # a pool keeps the connections of a user for the next test

    def use(*statements, password=""):
        url = urlsplit(os.environ[VARIABLES[kind]])
        writer = usable_kinds()[kind].open(Path("nowhere")).server.writer()
        made.append((writer, name))
        with writer.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement.format(user=name))
        host = url.netloc.rpartition("@")[2]
        monkeypatch.setenv(VARIABLES[kind], urlunsplit(url._replace(netloc=f"{name}{password}@{host}")))

    yield use
    for writer, name in made:
        with writer.begin() as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {name}" if kind == "postgresql" else "SELECT 1")
            connection.exec_driver_sql(f"DROP ROLE {name}" if kind == "postgresql" else f"DROP USER {name}")


READ_ONLY = {
    "postgresql": (
        "CREATE ROLE {user} LOGIN",
        "GRANT CREATE ON DATABASE test TO {user}",
        "ALTER ROLE {user} SET default_transaction_read_only = on",
    ),
    "mysql": ("CREATE USER {user}", "GRANT SELECT ON *.* TO {user}"),
}


def test_a_server_that_can_only_be_read(desk, provider, kind, user):
    user(*READ_ONLY[kind])
    record = do(desk, provider, tell, store=kind)
    assert record.problem.what in (
        "The database is read-only: it stores nothing.",
        "The database user may not do this.",
    )
    assert record.problem.kept.startswith("Nothing was stored")
    assert stored(desk, kind) == []


def test_a_user_who_may_make_no_schema_is_told_what_to_grant(desk, provider, kind, user):
    user(*READ_ONLY[kind][:1])
    record = do(desk, provider, tell, store=kind)
    assert "GRANT" in record.problem.next


@pytest.mark.skipif("mysql" not in SERVERS, reason="PostgreSQL asks for no password where the tests run")
@pytest.mark.parametrize("kind", ["mysql"])
def test_a_wrong_password_is_said_and_not_repeated(desk, provider, kind, user, caplog, capfd):
    user("CREATE USER {user} IDENTIFIED BY 'the right one'", password=":a-wrong-secret")
    record = do(desk, provider, tell, store=kind)
    assert record.problem.what == "The database server refused the user or the password."
    with pytest.raises(Refused, match="refused the user or the password"):
        desk.store(kind).page("alice")
    written = "".join(path.read_text() for path in desk.folder.rglob("*") if path.is_file())
    output = capfd.readouterr()
    for text in (
        repr(record),
        written,
        caplog.text,
        output.out,
        output.err,
        repr(desk.store(kind).open_session("x").engine),
    ):
        assert "a-wrong-secret" not in text


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("oracle://scott:tigertigertiger@h/db", "'oracle' is not supported"),
        ("sqlite:///etc/passwd", "'sqlite' is not supported"),
        ("http://h/db", "'http' is not supported"),
        ("no address at all", "it has none"),
        ("{kind}://user@h:99999/db", "whole address"),
        ("{kind}://user:pass/word@h", "whole address"),
        ("{kind}://h", "whole address"),
        ("", "Set "),
    ],
)
def test_an_address_that_cannot_be_used_is_named_without_its_text(kind, monkeypatch, url, says):
    monkeypatch.setenv(VARIABLES[kind], url.format(kind=kind))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert says in store_kinds()[kind].missing()
    assert "tiger" not in store_kinds()[kind].missing()
    assert kind not in usable_kinds()


def test_database_url_names_the_server_of_its_scheme(kind, monkeypatch):
    url = os.environ[VARIABLES[kind]]
    for variable in VARIABLES.values():
        monkeypatch.setenv(variable, "")
    monkeypatch.setenv("DATABASE_URL", url)
    assert [name for name in VARIABLES if name in usable_kinds()] == [kind]
    monkeypatch.setenv("DATABASE_URL", url.replace("://", "+asyncpg://" if kind == "postgresql" else "+aiomysql://", 1))
    assert [name for name in VARIABLES if name in usable_kinds()] == [kind]
