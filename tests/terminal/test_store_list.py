"""`python -m lessons --stores`: every kind of store, what it needs, and what is wrong with the environment."""

import pytest

from lessons.kit.stores.registry import store_kinds
from lessons.terminal.store_list import list_stores


@pytest.fixture(autouse=True)
def _no_server(monkeypatch):
    for variable in ("DATABASE_URL", "POSTGRES_URL", "MYSQL_URL", "REDIS_URL"):
        monkeypatch.setenv(variable, "")


@pytest.mark.parametrize("url", ["oracle://scott:tigertigertiger@h/db", "scott:tigertigertiger", "://tigertigertiger"])
def test_a_database_url_of_another_kind_is_not_ignored_in_silence(capsys, monkeypatch, url):
    monkeypatch.setenv("DATABASE_URL", url)
    assert list_stores() == 0
    output = capsys.readouterr().out
    assert output.count("DATABASE_URL must begin with postgresql:// or mysql://") == 1
    assert "tiger" not in output
    assert "scott" not in output


def test_a_limit_that_is_not_a_number_is_not_ignored_in_silence(capsys, monkeypatch):
    monkeypatch.setenv("SESSIONS_TURN_SECONDS", "two minutes")
    assert list_stores() == 0
    assert "SESSIONS_TURN_SECONDS must be a number above 0" in capsys.readouterr().out


def test_what_is_wrong_with_an_address_is_said_next_to_its_store(capsys, monkeypatch):
    monkeypatch.setenv("POSTGRES_URL", "oracle://scott:tigertigertiger@h/db")
    assert list_stores() == 0
    lines = capsys.readouterr().out.splitlines()
    said = "POSTGRES_URL must begin with postgresql://; 'oracle' is not supported."
    assert lines[lines.index(f"{'postgresql':<22} PostgreSQL") + 1].strip() == said
    assert sum(said in line for line in lines) == 2  # plain and encrypted


def test_every_kind_of_store_is_listed_with_its_lessons_or_with_what_it_needs(capsys):
    assert list_stores() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[::2]] == list(store_kinds())
    assert "basic" in lines[1]
    assert any("Set REDIS_URL to the address of a Redis server" in line for line in lines)
