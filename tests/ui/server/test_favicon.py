"""The icon of the browser's tab, as a browser asks for it."""

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lessons.ui.server.favicon import ICON, favicon_route


@pytest.mark.parametrize(("base", "address"), [("", "/favicon.png"), ("/labs/sessions/", "/labs/sessions/favicon.png")])
def test_the_icon_is_at_the_address_that_the_page_names_also_below_a_path(monkeypatch, base, address):
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.get)
    answer = TestClient(Starlette(routes=[favicon_route()])).get(address)
    assert answer.text == ICON.read_text(encoding="utf-8")
    assert answer.headers["content-type"].startswith("image/svg+xml")
