"""The HTML of a page, as a browser asks for it."""

import re
from pathlib import Path

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit import file_util

from lessons.ui.ledger.ledger_table import CODE, CODE_NAME
from lessons.ui.server.page_html import page_html, page_routes

STATIC = Path(file_util.get_static_dir())


@pytest.mark.parametrize(("base", "above"), [("", ""), ("/labs/sessions/", "/labs/sessions")])
def test_each_page_says_where_the_server_is_and_names_the_code_that_it_will_need_first(monkeypatch, base, above):
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.get)
    browser = TestClient(Starlette(routes=page_routes()))
    for address in ("/basic", "/inspect", "/"):
        answer = browser.get(above + address)
        assert answer.headers["cache-control"] == "no-cache"
        assert 'BACKEND_BASE_URL: new URL(".", location.href).href' in answer.text
        assert "<title>Streamlit</title>" in answer.text
    named = [
        set(re.findall(r"\./static/js/([\w.-]+)", page)) for page in (answer.text, (STATIC / "index.html").read_text())
    ]
    names = sorted(named[0] - named[1])
    assert [name.partition(".")[0] for name in names] == ["Html", "purify"]
    assert all((STATIC / "static" / "js" / name).is_file() for name in names)
    assert browser.get(f"{above}/elsewhere").status_code == 404  # Streamlit's own page, which says so


@pytest.mark.parametrize("base", ["", "/labs/sessions/"])
def test_the_code_of_the_ledger_is_a_file_that_a_browser_keeps_and_that_pages_with_a_ledger_name(monkeypatch, base):
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.get)
    browser, above = TestClient(Starlette(routes=page_routes())), base or "/"
    named = f'<link rel="modulepreload" crossorigin href="./{CODE_NAME}">'
    has = {page: named in browser.get(f"{above}{page}").text for page in ("basic", "redis", "inspect", "", "choose")}
    assert has == {"basic": True, "redis": True, "inspect": True, "": False, "choose": False}
    answer = browser.get(f"{above}{CODE_NAME}")
    assert answer.text == CODE
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


def test_a_page_of_another_streamlit_stays_as_it_is(tmp_path: Path):
    (tmp_path / "index.html").write_text("<html><body>Another one</body></html>")
    assert page_html(tmp_path) == "<html><body>Another one</body></html>"
