"""One conversation of forty turns, held in five ways: what each sends, stores and forgets."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lessons.frame.entry import Entry
from lessons.kit.analytics.ways_measured import TURNS, WAY_COUNT, Outcome, load_outcomes
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.running_work import RunningTurn
from lessons.ui.page.refusal_box import refusal_shown
from lessons.ui.page.session_choice import Choice
from lessons.ui.page.step_card import show_session
from lessons.ui.widgets.charts import draw_lines
from lessons.ui.widgets.markup import problem_box, text

TITLE = "Forty turns, five ways"


def draw_forty_turns(entry: Entry, desk: Desk, choice: Choice) -> DeltaGenerator | None:
    """The place where the conversations are followed while they are held."""
    outcomes, under_way = load_outcomes(desk.folder), any(turn.title == TITLE for turn in desk.under_way())
    with st.container(border=True, key="forty-turns"):
        st.html(
            f'<p class="step-title"><strong>{TITLE}</strong></p><p class="look-for">The same {TURNS} messages, really run in '
            "five ways, each in a session of its own. The first message says your name, the last one asks for it. The offline "
            "model answers whatever provider is set, and estimates its tokens from lengths; the service that compacts is "
            "emulated. It takes some seconds.</p>"
        )
        last = desk.last_long_work
        if last is not None and last.problem is not None and not under_way:
            st.html(problem_box(last.problem))
        st.button(
            "Hold it again" if outcomes else "Hold the conversation",
            icon=":material/play_arrow:",
            key="hold-forty-turns",
            disabled=bool(desk.under_way()),
            on_click=_start,
            args=(desk,),
        )
        if outcomes and not under_way:
            if len(outcomes) < WAY_COUNT:
                st.html(
                    f'<p class="caption" role="status">It was stopped before the end: {len(outcomes)} of {WAY_COUNT} ways are '
                    "kept.</p>"
                )
            _draw_chart(outcomes)
            st.html(_table(outcomes))
            _draw_links(outcomes)
        _draw_code()
        return st.container() if under_way else None


def _start(desk: Desk) -> None:
    from lessons.course.long_conversations.five_ways import hold_all

    with refusal_shown():
        if desk.under_way():
            return  # a second click that was on its way
        desk.start_long_work(
            lambda turn, stop: hold_all(desk.store, desk.folder, turn.advance, stop.is_set),
            RunningTurn(TITLE, "", None, "", long=True),
        )


def _draw_chart(outcomes: tuple[Outcome, ...]) -> None:
    rows = [
        {"turn": turn + 1, **{f"way_{number}": one.tokens[turn] for number, one in enumerate(outcomes)}}
        for turn in range(len(outcomes[0].tokens))
    ]
    ways = [(f"way_{number}", one.way) for number, one in enumerate(outcomes)]
    draw_lines(rows, ways, "input tokens per turn (estimated)", _in_words(outcomes))


def _in_words(outcomes: tuple[Outcome, ...]) -> str:
    """The chart as a sentence."""
    parts = [f"{one.way.lower()} {sum(one.tokens):,}, and {one.tokens[-1]:,} in the last" for one in outcomes]
    return f"Input tokens of all {len(outcomes[0].tokens)} turns: {'; '.join(parts)}."


def _table(outcomes: tuple[Outcome, ...]) -> str:
    everything = sum(outcomes[0].tokens)
    lines = "".join(
        f'<tr><th scope="row">{text(one.way)}</th><td class="number">{sum(one.tokens):,}</td>'
        f'<td class="number">{sum(one.tokens) / everything:.0%}</td><td class="number">{one.tokens[-1]:,}</td>'
        f'<td class="number">{one.items[-1]}</td><td class="number">{one.requests}</td>'
        f"<td>{_stored(one)}</td><td>{_remembered(one)}</td></tr>"
        for one in outcomes
    )
    heads = (
        "Way",
        "Tokens in all",
        "Share of no limit",
        "In the last turn",
        "Items sent last",
        "Model requests",
        "Stored",
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in (*heads, "What is my name?"))
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="The five ways in numbers"><table class="calls ways">'
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
        f'<p class="caption">{text(_in_words(outcomes))}</p>'
    )


def _stored(one: Outcome) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(one.rows.items(), key=lambda pair: -pair[1]))
    return f'{sum(one.rows.values())} rows, {one.stored_bytes:,} bytes<br><span class="quiet">{text(kinds)}</span>'


def _remembered(one: Outcome) -> str:
    mark = '<span class="held">✓ it was sent</span>' if one.knew else '<span class="not-held">✗ it was not sent</span>'
    return f'{mark}<br><span class="quiet">{text(one.reply, 120)}</span>'


def _draw_links(outcomes: tuple[Outcome, ...]) -> None:
    st.html('<p class="look-for">Look at the rows of a way: they are shown above.</p>')
    with st.container(horizontal=True, gap="small"):
        for one in outcomes:
            st.button(
                one.way,
                key=f"rows-of-{one.way}",
                type="tertiary",
                on_click=show_session,
                args=(one.session_id, one.store),
            )


def _draw_code() -> None:
    with st.expander("The code of each way", key="code-of-ways", on_change="rerun") as code:
        if code.open:
            from lessons.course.long_conversations.five_ways import WAYS
            from lessons.frame.lesson import shown_source

            names = [way.name for way in WAYS]
            name = st.segmented_control("Way", names, default=names[0], required=True, key="way")
            st.code(shown_source(WAYS[names.index(name)].run), language="python", wrap_lines=True)
