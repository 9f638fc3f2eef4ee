"""A server stops answering while its connection stays open: the wait for it ends."""

import os

import pytest
from sqlalchemy import make_url, text

from lessons.kit.inspect.opening import server_connection
from lessons.kit.inspect.opening.server_storage import ServerStorage
from lessons.kit.inspect.stored import CannotRead
from lessons.kit.stores.sql import limits
from tests.support.redis_server import Wire

pytestmark = pytest.mark.servers
TOLD = r"STAGING: the server refused or did not answer \(OperationalError\)"


@pytest.fixture(params=["POSTGRES_URL", "MYSQL_URL"])
def stalled(request, monkeypatch):
    """A storage, and a function to call: from then on its server passes nothing on."""
    if not os.environ.get(request.param):
        pytest.skip(f"{request.param} names no server that can be used")
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 0.2)
    if request.param == "MYSQL_URL":
        monkeypatch.setattr(server_connection, "STATEMENT_SECONDS", 1)  # its driver takes the limit when it connects
    url = make_url(os.environ[request.param])
    wire = Wire(url.port or 3306)
    url = url.set(host="127.0.0.1", port=wire.port)
    storage = ServerStorage("STAGING", url.render_as_string(hide_password=False))

    def stall():
        monkeypatch.setattr(server_connection, "STATEMENT_SECONDS", 0)
        wire.stall()

    yield storage, stall
    wire.restore()
    storage.close()
    wire.cut()


def test_a_statement_ends(stalled):
    storage, stall = stalled

    def read():
        with storage.connected() as connection:
            connection.execute(text("SELECT 1"))
            stall()
            connection.execute(text("SELECT 2"))

    with pytest.raises(CannotRead, match=TOLD):
        read()


def test_what_ends_the_transaction_ends(stalled):
    storage, stall = stalled

    def read():
        with storage.connected() as connection:
            connection.execute(text("SELECT 1"))
            stall()

    with pytest.raises(CannotRead, match=TOLD):
        read()


def test_a_time_between_two_statements_is_not_counted(monkeypatch, stalled):
    storage, _ = stalled
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 30)
    with storage.connected() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
        assert connection.info.get(server_connection._TIMER) is None
