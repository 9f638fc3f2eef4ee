"""Common mistakes and trouble-shooting: what goes wrong next to what goes right, both run on demand."""

import asyncio
from collections.abc import Mapping, Sequence

import streamlit as st

from lessons.frame.lesson import shown_source
from lessons.guides.cases.case import Case, Code
from lessons.guides.code_runner import Outcome, run_code
from lessons.guides.search import search
from lessons.kit.background import background
from lessons.ui.guides.decision import draw_lesson_link
from lessons.ui.page import address
from lessons.ui.page.state import PageState
from lessons.ui.widgets.fields import LONGEST_TEXT
from lessons.ui.widgets.markup import text
from lessons.ui.widgets.terms import explained, glossary_html

WORDS = {
    "mistakes": "Taken from public guides, each with the call that works. The tests run both.",
    "trouble": "What you see, why, and what helps. You can make each happen here: run both, or open the lesson.",
}
STATE = PageState("choose")


def draw_cases(groups: Mapping[str, Sequence[Case]], part: str) -> None:
    st.html(f'<section class="intro"><p>{text(WORDS[part])}</p></section>')
    asked = st.text_input(
        "Search, or paste an error message",
        key=STATE.key(f"search-{part}"),
        max_chars=LONGEST_TEXT,
        placeholder="RuntimeError: Event loop is closed",
        icon=":material/search:",
    )
    if asked and asked.strip():
        _draw_found(asked)
        return
    chosen = address.text("case")
    for group, cases in groups.items():
        st.html(f"<h2>{text(group)}</h2>")
        for case in cases:
            _draw(case, opened=case.slug == chosen)


def _draw_found(asked: str) -> None:
    """The results that fit, each with where it leads; if none fits, the nearest ones."""
    found = search(asked)
    count = len(found.fitting)
    words = {0: "Nothing fits.", 1: "1 result."}.get(count, f"{count} results, the best first.")
    if not count:
        words += " This is nearest:" if found.nearest else " Try a word of the message, or the name of the class."
    st.html(f'<div role="status"><h2 class="found">{text(words)}</h2></div>')
    for number, result in enumerate(found.fitting or found.nearest):
        if result.case:
            _draw(result.case, opened=count > 0 and number == 0)
            continue
        with st.container(border=True):
            st.html(
                f'<p class="step-title"><strong>{text(result.title)}</strong> '
                f'<span class="quiet">{text(result.kind)} · leads to {text(result.leads_to)}</span></p>'
                f'<p class="look-for">{text(result.says, 300)}</p>'
            )
            if result.lesson:
                draw_lesson_link(result.lesson, f"found-{number}", result.step)


def draw_glossary() -> None:
    """The words of the SDK and of this app."""
    st.html(glossary_html())


def _draw(case: Case, opened: bool) -> None:
    expander = st.expander(
        f"{case.title} · `{_cut(case.happens)}`", expanded=opened, key=STATE.key(f"case-{case.slug}"), on_change="rerun"
    )
    if not expander.open:
        return
    with expander:
        st.html(f'<p class="look-for">{explained(case.because, f"case-{case.slug}")}</p>')
        ran = STATE.outcomes(case.slug).get()
        wrong, right = st.columns(2, gap="medium")
        with wrong:
            _draw_code("Goes wrong", case.wrong, case.happens, ran[0] if ran else None, "not-held")
        with right:
            _draw_code("Goes right", case.right, case.gives, ran[1] if ran else None, "held")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Run both here",
                icon=":material/play_arrow:",
                key=STATE.key(f"run-{case.slug}"),
                on_click=_run,
                args=(case,),
            )
            if case.step:
                draw_lesson_link(case.step[0], f"step-{case.slug}", case.step[1])
            draw_lesson_link(case.lesson, f"case-{case.slug}")


def _draw_code(title: str, code: Code, expected: str, ran: Outcome | None, tone: str) -> None:
    st.html(f"<h3>{text(title)}</h3>")
    st.code(shown_source(code), language="python", wrap_lines=True)
    if ran is None:
        st.html(f'<p class="said"><span class="quiet">Gives</span> <code>{text(expected)}</code></p>')
    else:
        verb = "Raised just now" if ran.raised else "Returned just now"
        st.html(
            f'<p class="said" role="status"><span class="{tone}">{verb}</span> <code>{text(ran.says, 400)}</code></p>'
        )


def _run(case: Case) -> None:
    async def both() -> tuple[Outcome, Outcome]:
        wrong, right = await asyncio.gather(run_code(case.wrong), run_code(case.right))
        return wrong, right

    STATE.outcomes(case.slug).put(background().run(both(), timeout=60))


def _cut(words: str, limit: int = 70) -> str:
    shown = words.replace("`", "'")  # it is shown in a label as code
    return shown if len(shown) <= limit else f"{shown[:limit]}…"
