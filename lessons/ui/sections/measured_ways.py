"""One conversation of forty turns, run in five ways: what each way sends, stores and forgets."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lessons.frame.entry import Entry
from lessons.kit.analytics.measured_ways import TURNS, WAY_COUNT, MeasuredWay, load_measured_ways
from lessons.kit.turns.desk import Desk
from lessons.ui.page.refusal_box import refusal_shown
from lessons.ui.page.session_choice import Choice, show_session
from lessons.ui.page.state import PageState
from lessons.ui.widgets.charts import draw_lines
from lessons.ui.widgets.markup import problem_box, text
from lessons.ui.widgets.table import scroll_region, table_html
from lessons.ui.widgets.terms import explained_html

TITLE = "Forty turns, five ways"


def draw_measured_ways(entry: Entry, desk: Desk, choice: Choice) -> DeltaGenerator | None:
    """Draw the section. Returns the container for the progress while the ways are running, None otherwise."""
    measured, running = load_measured_ways(desk.folder), any(work.title == TITLE for work in desk.running())
    with st.container(border=True, key="measured-ways"):
        st.html(
            explained_html(
                f'<p class="look-for">The same {TURNS} messages, really run in '
                "five ways, each in its own session. The first message says your name, the last one asks for it. The offline "
                "model answers whatever provider is set, and estimates its tokens from lengths; the service that compacts is "
                "emulated. It takes some seconds.</p>",
                "measured-ways",
            )
        )
        last = desk.last_long_work
        if last is not None and last.problem is not None and not running:
            st.html(problem_box(last.problem))
        st.button(
            "Run it again" if measured else "Run the conversation",
            icon=":material/play_arrow:",
            key=PageState(entry.slug).key("run-all-ways"),
            disabled=bool(desk.running()),
            on_click=_start,
            args=(entry, desk),
        )
        if measured and not running:
            if len(measured) < WAY_COUNT:
                st.html(
                    f'<p class="caption" role="status">It was stopped before the end: {len(measured)} of {WAY_COUNT} ways are '
                    "kept.</p>"
                )
            _draw_chart(measured)
            st.html(_table(measured))
            _draw_links(entry, measured)
        _draw_code(PageState(entry.slug))
        return st.container() if running else None


def _start(entry: Entry, desk: Desk) -> None:
    from lessons.course.long_conversations.measure_ways import run_all_ways

    with refusal_shown(PageState(entry.slug)):
        if desk.running():
            return  # a second click that was on its way
        desk.start_long_work(lambda work, stop: run_all_ways(desk.store, desk.folder, work.advance, stop.is_set), TITLE)


def _draw_chart(measured: tuple[MeasuredWay, ...]) -> None:
    rows = [
        {"turn": turn + 1, **{f"way_{number}": one.tokens[turn] for number, one in enumerate(measured)}}
        for turn in range(len(measured[0].tokens))
    ]
    ways = [(f"way_{number}", one.way) for number, one in enumerate(measured)]
    draw_lines(rows, ways, "input tokens per turn (estimated)", _in_words(measured))


def _in_words(measured: tuple[MeasuredWay, ...]) -> str:
    """The chart as a sentence."""
    parts = [f"{one.way.lower()} {sum(one.tokens):,}, and {one.tokens[-1]:,} in the last" for one in measured]
    return f"Input tokens of all {len(measured[0].tokens)} turns: {'; '.join(parts)}."


def _table(measured: tuple[MeasuredWay, ...]) -> str:
    everything = sum(measured[0].tokens)
    lines = (
        f'<tr><th scope="row">{text(one.way)}</th><td class="number">{sum(one.tokens):,}</td>'
        f'<td class="number">{sum(one.tokens) / everything:.0%}</td><td class="number">{one.tokens[-1]:,}</td>'
        f'<td class="number">{one.items[-1]}</td><td class="number">{one.requests}</td>'
        f"<td>{_stored(one)}</td><td>{_remembered(one)}</td></tr>"
        for one in measured
    )
    heads = (
        "Way",
        "Tokens in all",
        "Share of no limit",
        "In the last turn",
        "Items sent last",
        "Model requests",
        "Stored",
        "What is my name?",
    )
    label = "The five ways in numbers"
    table = scroll_region(label, table_html(label, heads, lines, "calls ways"), "wide")
    return f'{table}<p class="caption">{text(_in_words(measured))}</p>'


def _stored(one: MeasuredWay) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(one.rows.items(), key=lambda pair: -pair[1]))
    return f'{sum(one.rows.values())} rows, {one.stored_bytes:,} bytes<br><span class="quiet">{text(kinds)}</span>'


def _remembered(one: MeasuredWay) -> str:
    mark = '<span class="held">✓ it was sent</span>' if one.knew else '<span class="not-held">✗ it was not sent</span>'
    return f'{mark}<br><span class="quiet">{text(one.reply, 120)}</span>'


def _draw_links(entry: Entry, measured: tuple[MeasuredWay, ...]) -> None:
    st.html('<p class="look-for">Look at the rows of a way: the ledger shows them.</p>')
    state = PageState(entry.slug)
    with st.container(horizontal=True, gap="small"):
        for one in measured:
            st.button(
                one.way,
                key=state.key(f"rows-of-{one.way}"),
                type="tertiary",
                on_click=show_session,
                args=(state, one.session_id, one.store),
            )


def _draw_code(state: PageState) -> None:
    with st.expander("The code of each way", key=state.key("code-of-ways"), on_change="rerun") as code:
        if code.open:
            from lessons.course.long_conversations.ways_to_send_less import WAYS
            from lessons.frame.lesson import shown_source

            names = [way.name for way in WAYS]
            name = st.segmented_control("Way", names, default=names[0], required=True, key=state.key("way"))
            st.code(shown_source(WAYS[names.index(name)].run), language="python", wrap_lines=True)
