"""The pool of an engine, live, while ten runs go at once."""

import time

import streamlit as st

from lessons.frame.entry import Entry
from lessons.kit.stores.registry import store_kinds, usable_kinds
from lessons.kit.stores.sql.live_pool import KINDS, RUNS, LivePool, PoolUse, start
from lessons.kit.turns.desk import Desk
from lessons.ui.page.session_choice import Choice
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import problem_box, text
from lessons.ui.widgets.terms import explained_html

LOOK_SECONDS = 0.1
BARS = 100


def draw_pool(entry: Entry, desk: Desk, choice: Choice) -> None:
    state = PageState(entry.slug)
    with st.container(border=True, key="pool"):
        st.html(
            explained_html(
                '<p class="look-for">Ten real runs at once, with the offline model, on their own tables, which are '
                "deleted afterwards. Each session call takes a connection from the engine's pool and gives it back. Make the "
                "pool small: the calls wait for each other, and the runs still end.</p>",
                "connection-pool",
            )
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            kinds = [name for name in KINDS if name in usable_kinds()]
            kind = st.selectbox(
                "Database",
                kinds,
                index=kinds.index(choice.store.name) if choice.store.name in kinds else 0,
                format_func=lambda name: store_kinds()[name].label,
                key=state.key("pool-kind"),
                width=220,
            )
            size = st.selectbox("pool_size", [1, 2, 5, 10], index=1, key=state.key("pool-size"), width=110)
            overflow = st.selectbox("max_overflow", [0, 1, 3], index=1, key=state.key("pool-overflow"), width=130)
            pressed = st.button("Start ten runs", icon=":material/play_arrow:", key=state.key("pool-start"))
        figures, kept = st.empty(), state.live_pool
        if pressed:
            kept.put(start(kind, size, overflow))
        live = kept.get()
        if live is None:
            return
        while not live.ended:
            figures.html(_use(live, live.use()))
            time.sleep(LOOK_SECONDS)
        figures.html(_use(live, live.use()))


def _use(live: LivePool, use: PoolUse) -> str:
    limit = live.pool_size + live.max_overflow
    figures = (
        ("Runs done", f"{use.done} of {RUNS}"),
        ("Connections in use", f"{use.in_use} of {limit}"),
        ("Most at once", f"{use.highest} of {limit}"),
        ("Idle in the pool", f"{use.idle}"),
        ("Opened so far", f"{use.opened}"),
        ("Taken so far", f"{use.calls} times"),
    )
    cells = "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in figures)
    state = f"done in {use.seconds:.2f} s" if live.ended else f"{use.seconds:.1f} s"
    problem = problem_box(live.problem) if live.problem else ""
    return (
        f'{problem}<dl class="figures">{cells}</dl>{_line(use, limit)}<p class="caption" role="status">Connections in use over '
        f"time, of at most {limit} (pool_size {live.pool_size} and max_overflow {live.max_overflow}); {state}.</p>"
    )


def _line(use: PoolUse, limit: int) -> str:
    """The most connections in use in each short time, as bars; the upper edge is the most that the pool gives out."""
    highest = [0] * BARS
    before = 0
    first = 0
    for seconds, out in (*use.times, (use.seconds, 0)):
        last = min(BARS - 1, int(seconds / max(use.seconds, 0.001) * BARS))
        for bar in range(first, last + 1):
            highest[bar] = max(highest[bar], before)
        highest[last] = max(highest[last], out)
        before, first = out, last
    bars = "".join(f'<i style="height: {most / limit:.0%}"></i>' for most in highest)
    label = f"Connections in use over time, at most {use.highest} of {limit}"
    return f'<div class="pool-line" role="img" aria-label="{label}">{bars}</div>'
