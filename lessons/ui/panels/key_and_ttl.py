"""The tool for the key and the TTL. A key is chosen, generated or typed, and shown once; then the page forgets it."""

from collections.abc import Callable

import streamlit as st

from lessons.frame.entry import Entry
from lessons.kit.stores.encrypted.key_ring import VARIABLE, Key, KeyRing, key_ring
from lessons.kit.turns.desk import Desk
from lessons.ui.page import address
from lessons.ui.page.refusal_box import refusal_shown
from lessons.ui.page.session_choice import Choice
from lessons.ui.page.state import PageState
from lessons.ui.widgets.fields import LONGEST_TEXT
from lessons.ui.widgets.markup import text

TTLS = {
    "5 s": 5,
    "1 min": 60,
    "10 min": 600,
    "1 day": 86_400,
    "100 years": 36_525 * 86_400,
}


def draw_encryption(entry: Entry, desk: Desk, choice: Choice) -> None:
    ring, busy, state = key_ring(desk.folder), bool(desk.running()), PageState(entry.slug)
    state.encryption_key.put(ring.keys.index(ring.key))
    state.encryption_ttl.put(next(name for name, seconds in TTLS.items() if seconds == ring.ttl))
    with st.container(border=True, key="encryption", gap="small"):
        keys, ttls = st.columns([5, 3], gap="small")
        keys.selectbox(
            "Key in use",
            range(len(ring.keys)),
            format_func=lambda at: _named(at, ring.keys),
            key=state.encryption_key.key,
            disabled=busy,
            help="Runs and the rows in the ledger use this key. Another one takes effect at once.",
            on_change=lambda: _use(state, ring),
        )
        ttls.selectbox(
            "TTL",
            tuple(TTLS),
            key=state.encryption_ttl.key,
            disabled=busy,
            help="How old a row may be when it is read; the default is 10 min. It is a setting of the session that reads; "
            "no row stores it.",
            on_change=lambda: _set_ttl(state, ring),
        )
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Generate another key",
                icon=":material/key:",
                key=state.key("generate-key"),
                disabled=busy,
                on_click=lambda: _add(state, ring.generate),
            )
            with st.popover("Type a key", icon=":material/password:", key=state.key("type-key")):
                st.text_input(
                    "Key",
                    type="password",
                    key=state.typed_key.key,
                    max_chars=LONGEST_TEXT,
                    autocomplete="off",
                    on_change=lambda: _type(state, ring),
                )
                st.html(
                    '<p class="look-for">EncryptedSession takes any text that is not empty, also "short": it derives keys '
                    "from it and does not make it harder to guess. Use 32 random bytes in base64, never a password.</p>"
                )
        _draw_secret(state, ring)
        st.html(f'<p class="caption">{_about(ring.key)}</p>')


def _draw_secret(state: PageState, ring: KeyRing) -> None:
    if ring.can_show and st.button(
        "Show this key once", icon=":material/visibility:", key=state.key("show-key"), type="tertiary"
    ):
        # Drawn in this script run only: the next click removes it from the page, and it is not shown again.
        st.code(ring.show_once(), language=None)
        st.html('<p class="note">Copy it now: with your next click it is gone from the page, for good.</p>')


def _named(at: int, keys: tuple[Key, ...]) -> str:
    key = keys[at]
    return f"{at + 1}: {key.origin} · {key.fingerprint}"


def _about(key: Key) -> str:
    kept = (
        f"It comes from {VARIABLE} on this server and is never shown."
        if key.origin == "environment"
        else "It is kept in the memory of this server, for you alone: not in a file, not in a record, not in the address. When "
        "the server ends the key is gone, and its rows cannot be read any more."
    )
    weak = (
        ""
        if key.is_strong
        else ' <span class="note">This key is not 32 bytes in base64: it may be easy to guess.</span>'
    )
    return f"Fingerprint <code>{text(key.fingerprint)}</code>. {kept}{weak}"


def _use(state: PageState, ring: KeyRing) -> None:
    at = state.encryption_key.one_of(range(len(ring.keys)))
    if at is not None:
        ring.use(ring.keys[at])
    address.put(row=None, step=None)


def _set_ttl(state: PageState, ring: KeyRing) -> None:
    chosen = state.encryption_ttl.one_of(TTLS)
    if chosen is not None:
        ring.ttl = TTLS[chosen]
    address.put(row=None, step=None)


def _add(state: PageState, make: Callable[[], object]) -> None:
    with refusal_shown(state):
        make()
    address.put(row=None, step=None)


def _type(state: PageState, ring: KeyRing) -> None:
    secret = state.typed_key.get()
    state.typed_key.put("")
    if secret:
        _add(state, lambda: ring.type_in(secret))
