"""Has Streamlit do less in each run of a page: what it repeats is done once, and what it does not need is left out.

If a private name of Streamlit that is used here is missing, that version does it in another way, and keeps it.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any

from streamlit import config, cursor
from streamlit.elements import html
from streamlit.navigation import page
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.state.safe_session_state import SafeSessionState

FUNCTION = "_populate_theme_msg"
CHECK = "_html_only_style_tags"
KEPT_CHECKS = 16
"""How many results are kept: for the style sheets, and for the few other long texts of a page."""
HASH = "calc_hash"
KEPT_HASHES = 100
"""Of the addresses of pages."""
STATE, ELEMENTS = "filtered_state", "_transient_elements"


def lighten_runs() -> None:
    keep_theme()
    keep_style_check()
    keep_page_hashes()
    look_up_single_values()
    copy_cursors_flat()


def keep_theme() -> None:
    """Have Streamlit read its theme once, and again when its settings have been read again.

    It goes through all its options six times at the start of each run: a sixth of the work of a short turn.
    """
    read = getattr(app_session, FUNCTION, None)
    if read is None:
        return
    known: dict[str, CustomThemeConfig] = {}

    def fill(message: CustomThemeConfig, section: str = "theme") -> None:
        if section not in known:
            read(part := CustomThemeConfig(), section)
            known[section] = part
        if known[section].ByteSize():  # an empty part would be sent as a part that is set
            message.MergeFrom(known[section])

    setattr(app_session, FUNCTION, fill)
    config.on_config_parsed(known.clear, force_connect=True)


def keep_style_check() -> None:
    """Have Streamlit check only once whether a text is only a style sheet: it reads the same sheets twice in each run."""
    check = getattr(html, CHECK, None)
    if check is not None:
        setattr(html, CHECK, lru_cache(KEPT_CHECKS)(check))


def keep_page_hashes() -> None:
    """Have Streamlit hash the address of a page only once: a run asks three times for the hash of each page of the app."""
    make = getattr(page, HASH, None)
    if make is not None:
        setattr(page, HASH, lru_cache(KEPT_HASHES)(make))


class SingleValues(Mapping[str, Any]):
    """The state of a tab as a mapping that reads only the values that are asked for."""

    def __init__(self, state: SafeSessionState, read_all: Callable[[SafeSessionState], Mapping[str, Any]]) -> None:
        self._state, self._read_all = state, read_all

    def __getitem__(self, key: str) -> Any:
        return self._state[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read_all(self._state))

    def __len__(self) -> int:
        return len(self._read_all(self._state))


def look_up_single_values() -> None:
    """Have a widget read one value of the state. Each text field and each choice reads all values of the tab to find its own.

    With three of them on a page, that is a tenth of its run.
    """
    own = getattr(SafeSessionState, STATE, None)
    if isinstance(own, property) and own.fget is not None:
        read_all = own.fget
        setattr(SafeSessionState, STATE, property(lambda state: SingleValues(state, read_all)))


def copy_cursors_flat() -> None:
    """Have a fragment copy places of the page without a look at each of their numbers and lists."""
    if not hasattr(cursor.RunningCursor(0), ELEMENTS):
        return

    def copied(place: cursor.Cursor, memo: dict[int, Any]) -> cursor.Cursor:
        copy = object.__new__(type(place))
        vars(copy).update(vars(place))
        elements = getattr(place, ELEMENTS)
        setattr(copy, ELEMENTS, deepcopy(elements, memo) if len(elements) else type(elements)())
        return copy

    setattr(cursor.Cursor, "__deepcopy__", copied)  # noqa: B010
