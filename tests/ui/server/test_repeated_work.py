"""The theme and settings that a browser is told are those of the app, although they are read only once. A text is also checked
for styles only once, and a field looks up its own value.
"""

import pytest
from streamlit import config
from streamlit.elements import html
from streamlit.proto.NewSession_pb2 import Config, CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from lessons.ui.server.repeated_work import CHECK, FILLED, VALUES, keep_settings, keep_style_check, look_up_one_value

PARTS = ("", "light", "dark", "sidebar", "light.sidebar", "dark.sidebar")


def theme() -> CustomThemeConfig:
    """The theme as Streamlit puts it together for the message that begins a run."""
    whole = CustomThemeConfig()
    for part in PARTS:
        message = whole
        for name in filter(None, part.split(".")):
            message = getattr(message, name)
        app_session._populate_theme_msg(message, f"theme.{part}".rstrip("."))
    return whole


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> CustomThemeConfig:
    """The theme as Streamlit reads it. From then on it is kept."""
    as_read = theme()
    for name in FILLED:
        monkeypatch.setattr(app_session, name, getattr(app_session, name))  # put back at the end
    keep_settings()
    return as_read


def test_each_run_tells_the_same_theme_and_the_options_are_read_once(kept, monkeypatch: pytest.MonkeyPatch):
    assert kept.light.primary_color
    assert theme() == kept
    monkeypatch.setattr(config, "get_options_for_section", lambda section: pytest.fail(f"{section} was read again"))
    assert theme() == kept
    assert theme().HasField("sidebar") == kept.HasField("sidebar")


def settings() -> Config:
    app_session._populate_config_msg(whole := Config())
    return whole


def test_the_settings_are_read_once_and_again_after_a_change(monkeypatch: pytest.MonkeyPatch):
    as_read = settings()
    for name in FILLED:
        monkeypatch.setattr(app_session, name, getattr(app_session, name))
    keep_settings()
    assert settings() == as_read
    with monkeypatch.context() as changed:
        changed.setattr(config, "get_option", lambda name: pytest.fail(f"{name} was read again"))
        assert settings() == as_read
    asked = config.get_option
    monkeypatch.setattr(config, "get_option", lambda name: name != "server.allowRunOnSave" and asked(name))
    assert settings().allow_run_on_save
    config._on_config_parsed.send()
    assert not settings().allow_run_on_save


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


def fields() -> None:
    import streamlit as st

    st.session_state.setdefault("emptied", None)
    st.session_state.setdefault("chosen", "b")
    st.text_input("Emptied", "from the code", key="emptied")
    st.text_input("Not touched", "from the code", key="not touched")
    st.selectbox("Chosen", ("a", "b"), key="chosen")
    st.number_input("A number", 0, 9, 3, key="number")


def shown(page: AppTest) -> list[object]:
    assert not page.exception
    return [one.value for one in (*page.text_input, *page.selectbox, *page.number_input)]


def test_a_field_looks_up_its_own_value_and_no_other(monkeypatch: pytest.MonkeyPatch):
    expected = [None, "from the code", "b", 3]
    assert shown(AppTest.from_function(fields).run()) == expected
    monkeypatch.setattr(SafeSessionState, VALUES, getattr(SafeSessionState, VALUES))  # put back at the end
    look_up_one_value()
    page = AppTest.from_function(fields).run()
    collected = list[object]()
    as_before = SessionState.filtered_state
    monkeypatch.setattr(SessionState, VALUES, property(lambda state: collected.append(1) or as_before.fget(state)))
    assert shown(page.run()) == expected
    page.selectbox[0].set_value("a")
    page.text_input[0].set_value("typed")
    assert shown(page.run()) == ["typed", "from the code", "a", 3]
    assert not collected
    values = getattr(SafeSessionState(page.session_state._state._state, lambda: None), VALUES)
    assert dict(values) == {"emptied": "typed", "not touched": "from the code", "chosen": "a", "number": 3}
    assert (len(values), "number" in values, "missing" in values, collected != []) == (4, True, False, True)
