"""The sessions of a storage: searched, page by page, with their findings."""

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import streamlit as st

from lessons.kit.inspect.stored import COUNTED, TimeIsUp
from lessons.kit.problems.counted import counted
from lessons.ui.inspector.session_view import linked, list_html
from lessons.ui.page import address
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import AsItIs, text
from lessons.ui.widgets.table import draw_table_files

if TYPE_CHECKING:
    from lessons.kit.inspect.dry_run import Settings
    from lessons.kit.inspect.listing import SessionList
    from lessons.kit.inspect.stored import Storage


TOLD = 5
"""How many sentences about what could not be read are shown."""


def draw_sessions(
    state: PageState, storage: "Storage", settings: "Settings", prices: tuple[float, float] | None
) -> None:
    """The page of sessions is drawn first. What has to be read for it comes after: findings, days, and unlisted sessions."""
    from lessons.kit.inspect.listing import SESSIONS, checked, list_sessions

    choice = st.container(horizontal=True, key="inspect-filters")
    words = (
        choice.text_input(
            "Search in ids and text",
            key=state.inspected_words.key,
            max_chars=200,
            placeholder="in the ids of sessions, and in what is stored",
            on_change=state.inspected_list.forget,
        )
        or ""
    ).strip()
    day = state.inspected_day.get() or ""
    page = state.inspected_list.get()
    shown = list_sessions(storage, settings, page, words, day)
    label = address.text("storage") or storage.label
    caption = f'<p class="caption" role="status">{_how_many(shown, words, day)}</p>'
    lists = checked(storage, shown, settings)
    html = _list_html(label, next(lists), prices)
    # What st.html returns can be written to again, in the same place. An st.empty would be one message more.
    place = st.html(AsItIs(caption + html))
    pages = max(-(-min(shown.total, COUNTED) // SESSIONS) + shown.is_more, 1)
    if pages > 1:
        st.pagination(pages, key=state.inspected_list.key, max_visible_pages=7)
    told = list(shown.incomplete)
    for so_far in lists:
        html, told = _list_html(label, so_far, prices), list(so_far.incomplete)
        place.html(AsItIs(caption + html))
    if shown.sessions:
        # Three buttons would take a tenth of the time of each run.
        menu, key = "The table as a file", state.key("sessions-menu")
        with st.popover(menu, icon=":material/download:", type="tertiary", key=key, on_change="rerun") as files:
            if files.open:
                draw_table_files(lambda: html, "sessions", state.key("sessions-files"))
    try:
        _choose_day(state, storage, choice, day)
        if not words and not day and page == 1 and (unlisted := _unlisted_html(storage, settings, label)):
            place.html(AsItIs(unlisted + caption + html))
    except TimeIsUp as error:
        told.append(str(error))
    for sentence in told[:TOLD]:
        st.html(f'<p class="note" role="status">{text(sentence)}</p>')
    if len(told) > TOLD:
        st.html(f'<p class="note">The same, or something similar, is true of {len(told) - TOLD} more.</p>')


_made: "WeakKeyDictionary[SessionList, tuple[tuple[float, float] | None, str]]" = WeakKeyDictionary()
"""The HTML of lists with certain prices, for all visitors, as long as the lists are kept."""


def _list_html(label: str, shown: "SessionList", prices: tuple[float, float] | None) -> str:
    """The list as HTML. It is made once for each list: what was read is another list."""
    made = _made.get(shown)
    if made is None or made[0] != prices:
        made = _made[shown] = prices, list_html(shown.sessions, prices)
    return linked(made[1], label)


def _how_many(shown: "SessionList", words: str, day: str) -> str:
    total = counted(min(shown.total, COUNTED), "session")
    if not shown.total:
        if day or shown.incomplete:
            return f"{total} found."
        return "No session id and no stored text contains these words." if words else "No session is stored there."
    if words:
        more, stops = (" or more", " The search stops at the end of this page.") if shown.is_more else ("", "")
        return f"{total}{more} found{', those with the newest hits first' if shown.total > 1 else ''}.{stops}"
    more = f" or more: the count stops at {COUNTED:,}" if shown.total > COUNTED else ""
    return f"{total}{more} {'found' if day else 'stored'}{', the last used first' if shown.total > 1 else ''}."


def _choose_day(state: PageState, storage: "Storage", choice: Any, day: str) -> None:
    from lessons.kit.inspect.listing import days_of

    counts = days_of(storage)
    choice.selectbox(
        "Last used on",
        sorted({one for one in counts if one} | ({day} if day else set()), reverse=True),
        index=None,
        key=state.inspected_day.key,
        format_func=lambda one: f"{one} ({counts.get(one, 0):,})",
        placeholder="any day",
        on_change=state.inspected_list.forget,
    )


def _unlisted_html(storage: "Storage", settings: "Settings", label: str) -> str:
    """The sessions that no row lists; '' if there are none."""
    from lessons.kit.inspect.listing import SESSIONS, SessionList, checked, list_unlisted

    found = list_unlisted(storage, settings)
    if not found:
        return ""
    *_, shown = checked(storage, SessionList(found, len(found)), settings)
    more = " or more" if len(found) == SESSIONS else ""
    return (
        f'<p class="caption" role="status">{counted(len(found), "session")}{more} in no row of the table of sessions: '
        f"the items are stored, and a run sends them.</p>{linked(list_html(shown.sessions), label)}"
    )
