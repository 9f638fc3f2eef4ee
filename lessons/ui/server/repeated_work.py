"""Spares what Streamlit repeats in each run of a page: its settings, the check of style sheets, all values for each field."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from streamlit import config
from streamlit.elements import html
from streamlit.proto.NewSession_pb2 import Config, CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.state.safe_session_state import SafeSessionState

FILLED: Mapping[str, type[Any]] = {"_populate_theme_msg": CustomThemeConfig, "_populate_config_msg": Config}
"""The functions that fill the message at the start of a run from the options, each with the part that it fills."""
CHECK = "_html_only_style_tags"
VALUES = "filtered_state"
KEPT_CHECKS = 16
"""How many results are kept: for the style sheets, and for the few other long texts of a page."""


def keep_settings() -> None:
    """Have Streamlit read its theme and its settings once, and again when they have been read again.

    At the start of each run it goes through all its options six times for the theme, a sixth of the work of a short turn, and
    then once more for the settings.
    """
    for name, kind in FILLED.items():
        if (read := getattr(app_session, name, None)) is not None:  # None: a version that does it in another way
            setattr(app_session, name, _read_once(read, kind))


def _read_once(read: Callable[..., None], kind: type[Any]) -> Callable[..., None]:
    known: dict[tuple[str, ...], Any] = {}

    def fill(message: Any, *section: str) -> None:
        if section not in known:
            read(part := kind(), *section)
            known[section] = part
        if known[section].ByteSize():  # an empty part would be sent as a part that is set
            message.MergeFrom(known[section])

    config.on_config_parsed(known.clear, force_connect=True)
    return fill


def keep_style_check() -> None:
    """Have Streamlit check only once whether a text is only a style sheet: it reads the same sheets twice in each run."""
    check = getattr(html, CHECK, None)
    if check is not None:
        setattr(html, CHECK, lru_cache(KEPT_CHECKS)(check))


class Values(Mapping[str, Any]):
    """The values of a tab by their keys, each looked up when it is asked for. `all_of` collects them."""

    def __init__(self, state: SafeSessionState, all_of: property) -> None:
        self._state, self._all_of = state, all_of

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key in self._state

    def __getitem__(self, key: str) -> Any:
        return self._state[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all_of.__get__(self._state))

    def __len__(self) -> int:
        return len(self._all_of.__get__(self._state))

    def __repr__(self) -> str:
        return repr(self._all_of.__get__(self._state))


def look_up_one_value() -> None:
    """Have each field of a page look up its own value: Streamlit collects those of the whole tab for it."""
    all_of = getattr(SafeSessionState, VALUES, None)
    if isinstance(all_of, property):
        setattr(SafeSessionState, VALUES, property(lambda state: Values(state, all_of)))
