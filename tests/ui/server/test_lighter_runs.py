"""What Streamlit repeats in each run is done once or left out, and comes to the same."""

import inspect
from copy import deepcopy

import pytest
from streamlit import config, cursor
from streamlit.elements import html
from streamlit.elements.widgets import selectbox, text_widgets
from streamlit.navigation import page
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.state import SessionState
from streamlit.runtime.state.safe_session_state import SafeSessionState

from lessons.ui.server.lighter_runs import (
    CHECK,
    FUNCTION,
    HASH,
    STATE,
    copy_cursors_flat,
    keep_page_hashes,
    keep_style_check,
    keep_theme,
    look_up_single_values,
)

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


def test_the_hash_of_a_page_is_made_once_and_is_the_one_of_streamlit(monkeypatch: pytest.MonkeyPatch):
    make, made = getattr(page, HASH), list[str]()
    monkeypatch.setattr(page, HASH, lambda address: made.append(address) or make(address))
    keep_page_hashes()
    for _ in range(3):
        assert [getattr(page, HASH)(address) for address in ("basic", "redis")] == [make("basic"), make("redis")]
    assert made == ["basic", "redis"]


def test_a_widget_reads_its_own_value_alone_and_finds_what_streamlit_finds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(SafeSessionState, STATE, getattr(SafeSessionState, STATE))  # put back at the end
    of_tab = SessionState()
    of_tab["kept"], of_tab["nothing"] = 1, None
    state = SafeSessionState(of_tab, lambda: None)
    as_read = state.filtered_state
    look_up_single_values()
    assert dict(state.filtered_state) == as_read == {"kept": 1, "nothing": None}
    assert len(state.filtered_state) == 2
    monkeypatch.setattr(SessionState, STATE, property(lambda _: pytest.fail("all values were read")))
    found = state.filtered_state
    assert "kept" in found
    assert "nothing" in found
    assert found["nothing"] is None
    assert "other" not in found
    for widgets in (selectbox, text_widgets):
        assert f"get_session_state().{STATE}\n" in inspect.getsource(widgets)


def test_a_copied_place_has_all_that_the_first_had_and_changes_nothing_of_it(monkeypatch: pytest.MonkeyPatch):
    places = [cursor.RunningCursor(0, (1, 2)), cursor.LockedCursor(1, (3,), 4)]
    for place in places:
        place.transient_elements[2] = Element()
        place.transient_elements[2].text.body = "a spinner"
    places.append(cursor.RunningCursor(2))
    as_copied = [facts(deepcopy(place)) for place in places]
    monkeypatch.setattr(cursor.Cursor, "__deepcopy__", None, raising=False)  # taken away at the end
    copy_cursors_flat()
    copies = [deepcopy(place) for place in places]
    assert [facts(copy) for copy in copies] == as_copied == [facts(place) for place in places]
    for copy in copies:
        copy.open_block()
        copy.transient_elements[7] = Element()
        for _, element in copy.transient_elements.items():
            element.text.body = "changed"
    assert [facts(place) for place in places] == as_copied


def facts(place: cursor.Cursor) -> tuple[object, ...]:
    shown = [(number, element.text.body) for number, element in place.transient_elements.items()]
    return type(place), place.delta_path, place.transient_index, shown
