"""The theme that a browser is told is the one in the settings, although the app reads it only once. A text is also checked for
styles only once.
"""

import pytest
from streamlit import config
from streamlit.elements import html
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from lessons.ui.server.theme_message import CHECK, FUNCTION, keep_style_check, keep_theme

PARTS = ("", "light", "dark", "sidebar", "light.sidebar", "dark.sidebar")


def theme() -> CustomThemeConfig:
    """The theme as Streamlit puts it together for the message that begins a run."""
    whole = CustomThemeConfig()
    for part in PARTS:
        message = whole
        for name in filter(None, part.split(".")):
            message = getattr(message, name)
        getattr(app_session, FUNCTION)(message, f"theme.{part}".rstrip("."))
    return whole


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> CustomThemeConfig:
    """The theme as Streamlit reads it. From then on it is kept."""
    as_read = theme()
    monkeypatch.setattr(app_session, FUNCTION, getattr(app_session, FUNCTION))  # put back at the end
    keep_theme()
    return as_read


def test_each_run_tells_the_same_theme_and_the_options_are_read_once(kept, monkeypatch: pytest.MonkeyPatch):
    assert kept.light.primary_color
    assert theme() == kept
    monkeypatch.setattr(config, "get_options_for_section", lambda section: pytest.fail(f"{section} was read again"))
    assert theme() == kept
    assert theme().HasField("sidebar") == kept.HasField("sidebar")


def test_a_theme_that_is_changed_in_the_settings_is_told(kept, monkeypatch: pytest.MonkeyPatch):
    assert theme() == kept
    monkeypatch.setattr(config, "get_options_for_section", lambda section: {"primaryColor": "#123456"})
    config._on_config_parsed.send()
    assert theme().light.primary_color == "#123456"


def test_a_text_is_looked_at_once_and_what_is_found_is_what_streamlit_finds(monkeypatch: pytest.MonkeyPatch):
    check, looked = getattr(html, CHECK), list[str]()
    monkeypatch.setattr(html, CHECK, lambda text: looked.append(text) or check(text))
    keep_style_check()
    texts = ("<style>a {}</style>", "<p>A text</p>", "<style>a {}</style><p>A text</p>")
    for _ in range(3):
        assert [getattr(html, CHECK)(text) for text in texts] == [check(text) for text in texts] == [True, False, False]
    assert looked == [*texts]
