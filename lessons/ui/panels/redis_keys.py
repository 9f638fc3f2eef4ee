"""The keys of a Redis store: their types, what is in them, and the time that each has left."""

import streamlit as st

from lessons.frame.entry import Entry
from lessons.kit.problems.counted import counted
from lessons.kit.stores.redis.keys import Key
from lessons.kit.stores.redis.store import RedisStore
from lessons.kit.stores.registry import store_kinds
from lessons.kit.turns.desk import Desk
from lessons.ui.page.session_choice import Choice
from lessons.ui.page.state import Kept, PageState
from lessons.ui.widgets.markup import attribute, text
from lessons.ui.widgets.time_left_bar import time_left_html

TTLS = {0: "none", 30: "30 s", 600: "10 min", 86_400: "1 day"}
SHOWN = 20
CUT = 90
EXPIRED = "expired: Redis has deleted this key"


def draw_redis_keys(entry: Entry, desk: Desk, choice: Choice) -> None:
    store = choice.store
    if not isinstance(store, RedisStore):
        return
    state = PageState(entry.slug)
    ttl = state.redis_ttl
    with st.container(border=True, key="redis-keys"):
        ttl.put(store.ttl or 0)  # another tab may have changed it
        st.segmented_control(
            "TTL of the next handle",
            TTLS,
            required=True,
            format_func=TTLS.__getitem__,
            key=ttl.key,
            help="Your next message opens the session with this ttl. Every add then sets it again, for the whole list.",
            on_change=_choose_ttl,
            args=(ttl, store),
        )
        # Drawn before the server is asked, so that they are there even if it cannot be reached.
        shown = st.container()
        st.button("Look again", icon=":material/refresh:", key=state.key("look-again"), type="tertiary")
        st.html(f'<p class="caption">{_about(entry, store)}</p>')
        keys, count = store.keys(SHOWN)
        shown.html(_keys_html(keys, count, store))


def _choose_ttl(ttl: Kept[int], store: RedisStore) -> None:
    store.ttl = ttl.get() or None


def _about(entry: Entry, store: RedisStore) -> str:
    words = (
        "Expired means gone: Redis deletes the key with all that is in it. Expired items of an EncryptedSession are hidden, "
        "and stay stored until a pop or a compaction."
    )
    if store.name == "redis_fake":
        words += " This is fakeredis, an emulation in the memory of this app: when the app ends, its keys are gone."
        lacking = store_kinds()["redis"].missing()
        words += (
            f" For a real server: {lacking}" if lacking else " A real server can be chosen next to the message box."
        )
    return text(words)


def _keys_html(keys: list[Key], count: int, store: RedisStore) -> str:
    if not count:
        return '<p class="quiet">No keys yet.</p>'
    lines = "".join(_key_html(key, keys, store) for key in keys)
    of = f"{len(keys)} of {count:,} keys" if len(keys) < count else counted(count, "key")
    return f'<p class="caption">{of}, under {text(store.namespace)}</p><ul class="keys">{lines}</ul>'


def _key_html(key: Key, keys: list[Key], store: RedisStore) -> str:
    words = [key.type, *_size(key)]
    if key.bytes is not None:
        words.append(f"{key.bytes:,} bytes")
    left = "does not expire"
    if key.milliseconds_left is not None:
        left = time_left_html(key.milliseconds_left / 1000, _lifetime(key, keys), EXPIRED)
    else:
        words.append(left)
        left = ""
    short = key.name.removeprefix(f"{store.namespace}:")
    name = f'<span class="quiet">{text(store.namespace)}:</span>{text(short, 200)}'
    return (
        f'<li data-key="{attribute(key.name)}"><code>{name}</code><p class="caption">{text(" · ".join(words))}</p>{left}'
        f"{_content(key)}</li>"
    )


def _size(key: Key) -> list[str]:
    match key.type:
        case "list":
            return [counted(key.entries, "entry", "entries")]
        case "hash":
            return [counted(key.entries, "field")]
        case _:
            return []


def _content(key: Key) -> str:
    """The fields of a hash, the newest entries of a list."""
    if key.fields:
        lines = [f"{name}: {value}" for name, value in key.fields]
    else:
        first = key.entries - len(key.newest) + 1
        lines = [f"{number}  {data}" for number, data in enumerate(key.newest, start=first)]
    if not lines:
        return ""
    title = "Fields" if key.fields else "Newest entries"
    body = "".join(f"<div>{text(line, CUT)}</div>" for line in lines)
    return f"<details><summary>{title}</summary>{body}</details>"


def _lifetime(key: Key, keys: list[Key]) -> float:
    """The TTL that the last add has set, in seconds: from updated_at in the hash to the end. Redis keeps only the end."""
    hashes = [one for one in keys if one.type == "hash" and key.name in (one.name, f"{one.name}:messages")]
    updated = hashes[0].field("updated_at") if hashes else ""
    left = (key.milliseconds_left or 0) / 1000
    if key.expires_at is None or not updated.isdecimal():
        return left
    return max(left, float(key.expires_at // 1000 - int(updated)))
