"""The sidebar of every page: what it says about the environment that the app was started in."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from lessons.course.index import LESSONS
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.turns.progress import Progress
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.page.sidebar import reached_from_elsewhere

APP = Path(__file__).parents[3] / "streamlit_sessions_app.py"

SET_WRONGLY = (
    ("DATABASE_URL", "oracle://scott:tigertigertiger@h/db", "must begin with postgresql:// or mysql://"),
    ("DATABASE_URL", "scott:tigertigertiger", "must begin with postgresql:// or mysql://"),
    ("DATABASE_URL", "postgresql://scott:tigertigertiger@h", "must be a whole address"),
    ("POSTGRES_URL", "mysql://scott:tigertigertiger@h/db", "must begin with postgresql://"),
    ("MYSQL_URL", "postgresql://scott:tigertigertiger@h/db", "must begin with mysql://"),
    ("REDIS_URL", "http://scott:tigertigertiger@h/0", "must be a whole address, as redis://"),
    ("SESSIONS_TURNS_A_MINUTE", "tiger", "must be a number above 0"),
    ("SESSIONS_INSPECT_URLS", "mysql://scott:tigertigertiger@h/db", "must hold names of variables"),
)


def sidebar(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """What stands in the sidebar of the start page in an environment that names these servers and no others."""
    for variable in ("DATABASE_URL", "POSTGRES_URL", "MYSQL_URL", "REDIS_URL", *environment):
        monkeypatch.setenv(variable, environment.get(variable, ""))
    app = AppTest.from_file(APP, default_timeout=120).run()
    assert not app.exception
    return " ".join(element.value for element in app.sidebar.get("html"))


@pytest.mark.parametrize(("variable", "url", "says"), SET_WRONGLY)
def test_a_setting_that_cannot_be_used_is_not_ignored_in_silence(monkeypatch, variable, url, says):
    drawn = sidebar(monkeypatch, **{variable: url})
    assert f"{variable} {says}" in drawn
    assert "scott" not in drawn
    assert "tiger" not in drawn


@pytest.fixture
def listen():
    """Sets where the server listens, the names that it answers to, and whether Streamlit itself adds TLS."""
    options = ("server.address", "server.allowedHosts", "server.sslCertFile")
    kept = {name: config.get_option(name) for name in options}

    def set_all(address: str | None, names: Sequence[str] = (), certificate: str | None = None) -> None:
        for name, value in zip(options, (address, list(names), certificate), strict=True):
            config._set_option(name, value, "test")

    yield set_all
    for name, value in kept.items():
        config._set_option(name, value, "test")


def test_the_readme_says_that_names_replace_those_of_the_machine(listen):
    readme = (APP.parent / "README.md").read_text(encoding="utf-8")
    listen("127.0.0.1", ["class.example.org"])
    assert not is_host_allowed("127.0.0.1:8501")
    assert "It replaces the three names above" in readme
    listen("127.0.0.1", ["class.example.org", "127.0.0.1"])
    assert is_host_allowed("127.0.0.1:8501")
    assert "add `--server.allowedHosts 127.0.0.1`" in readme


def test_a_server_that_other_machines_reach_says_that_rows_travel_unencrypted(monkeypatch, listen):
    listen("0.0.0.0", ["class.example.org"])
    said = "Other machines can reach this server (at 0.0.0.0). Messages and rows travel unencrypted unless a proxy adds TLS."
    assert reached_from_elsewhere() == [said]
    assert said in sidebar(monkeypatch)
    for address in ("192.168.0.7", "class.example.org", "::"):
        listen(address)
        assert reached_from_elsewhere()[0].startswith(f"Other machines can reach this server (at {address}).")
    listen(None)
    assert reached_from_elsewhere()[0].startswith(
        "Other machines can reach this server (at every address of this machine)."
    )


def test_a_server_for_this_machine_or_with_a_certificate_says_nothing_of_it(listen):
    for address in ("127.0.0.1", "localhost", "::1", "[::1]", "127.0.0.2", "unix:///run/lab.sock"):
        listen(address)
        assert reached_from_elsewhere() == []
    listen("0.0.0.0", certificate="server.pem")
    assert reached_from_elsewhere() == []


def test_a_server_that_answers_to_no_name_that_others_can_use_says_so(listen):
    listen("0.0.0.0", ["127.0.0.1", "localhost", "::1"])
    (_, said) = reached_from_elsewhere()
    assert said == "It answers only to 127.0.0.1, localhost, ::1: add its own name with --server.allowedHosts."


def test_addresses_that_are_right_or_not_set_are_not_mentioned(monkeypatch):
    """DATABASE_URL may be left unused without a word where the variable of its dialect is set."""
    urls = {"DATABASE_URL": "postgresql://h/db", "REDIS_URL": "redis://h:6379/0"}
    for environment in ({}, urls, {**urls, "POSTGRES_URL": "postgresql://h/db", "MYSQL_URL": "mysql://h/db"}):
        drawn = sidebar(monkeypatch, **environment)
        assert "small rule-based stand-in" in drawn
        assert "_URL" not in drawn


def test_the_sidebar_says_what_is_done_of_each_lesson():
    desk = open_desk(new_visitor(), "basic")
    desk.advance(lambda now: Progress(2, (0,)))
    app = AppTest.from_file(APP, default_timeout=120)
    app.query_params["visitor"] = desk.workspace.visitor
    drawn = " ".join(element.value for element in app.run().get("html"))
    assert '[href$="/basic"]::after {content: "2/11"}' in drawn
    assert '[href$="/redis"]::after' not in drawn
    assert f"2 of {sum(lesson.steps for lesson in LESSONS)} steps done, 1 challenge solved" in drawn


def test_the_sidebar_of_a_new_visitor_says_that_nothing_is_done(monkeypatch):
    assert f"0 of {sum(lesson.steps for lesson in LESSONS)} steps done" in sidebar(monkeypatch)


def a_page_during_which_a_step_ends():
    import streamlit as st

    from lessons.kit.turns.open_desks import open_desk
    from lessons.kit.turns.progress import Progress
    from lessons.ui.page.sidebar import sidebar

    with sidebar():
        open_desk(st.query_params["visitor"], "basic").advance(lambda now: Progress(2))


def test_a_step_that_ends_while_the_page_is_drawn_is_counted_in_the_sidebar():
    desk = open_desk(new_visitor(), "basic")
    desk.advance(lambda now: Progress(1))
    app = AppTest.from_function(a_page_during_which_a_step_ends)
    app.query_params["visitor"] = desk.workspace.visitor
    (drawn,) = app.run().sidebar.get("html")
    assert not app.exception
    assert f"2 of {sum(lesson.steps for lesson in LESSONS)} steps done" in drawn.value
    assert '[href$="/basic"]::after {content: "2/11"}' in drawn.value
