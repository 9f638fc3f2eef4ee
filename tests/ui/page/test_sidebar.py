"""The sidebar of every page: what it says about the environment that the app was started in."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[3] / "streamlit_sessions_app.py"

SET_WRONGLY = (
    ("DATABASE_URL", "oracle://scott:tigertigertiger@h/db", "must begin with postgresql:// or mysql://"),
    ("DATABASE_URL", "scott:tigertigertiger", "must begin with postgresql:// or mysql://"),
    ("DATABASE_URL", "postgresql://scott:tigertigertiger@h", "must be a whole address"),
    ("POSTGRES_URL", "mysql://scott:tigertigertiger@h/db", "must begin with postgresql://"),
    ("MYSQL_URL", "postgresql://scott:tigertigertiger@h/db", "must begin with mysql://"),
    ("REDIS_URL", "http://scott:tigertigertiger@h/0", "must be a whole address, as redis://"),
)


def sidebar(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """What stands in the sidebar of the start page in an environment that names these servers and no others."""
    for variable in ("DATABASE_URL", "POSTGRES_URL", "MYSQL_URL", "REDIS_URL"):
        monkeypatch.setenv(variable, environment.get(variable, ""))
    app = AppTest.from_file(APP, default_timeout=30).run()
    assert not app.exception
    return " ".join(element.value for element in app.sidebar.get("html"))


@pytest.mark.parametrize(("variable", "url", "says"), SET_WRONGLY)
def test_an_address_that_cannot_be_used_is_not_ignored_in_silence(monkeypatch, variable, url, says):
    drawn = sidebar(monkeypatch, **{variable: url})
    assert f"{variable} {says}" in drawn
    assert "scott" not in drawn
    assert "tiger" not in drawn


def test_addresses_that_are_right_or_not_set_are_not_mentioned(monkeypatch):
    """DATABASE_URL goes without saying where the variable of its dialect is set."""
    urls = {"DATABASE_URL": "postgresql://h/db", "REDIS_URL": "redis://h:6379/0"}
    for environment in ({}, urls, {**urls, "POSTGRES_URL": "postgresql://h/db", "MYSQL_URL": "mysql://h/db"}):
        drawn = sidebar(monkeypatch, **environment)
        assert "small rule-based stand-in" in drawn
        assert "_URL" not in drawn
