"""The decision guide: one question after another, and the type that the answers end in."""

import streamlit as st

from lessons.course.index import COURSE
from lessons.frame.entry import Entry
from lessons.frame.lesson import source
from lessons.guides.decision import SEPARATOR, Question, Result, Way, follow, still_possible
from lessons.guides.server_trial import try_it, what_is_missing
from lessons.guides.session_types import session_type
from lessons.kit.background import background
from lessons.kit.problems.counted import counted
from lessons.ui.page import address
from lessons.ui.page.state import PageState
from lessons.ui.widgets.markup import text

STATE = PageState("choose")


def draw_guide() -> None:
    way = follow((address.text("answers") or "").split(SEPARATOR))
    with st.container(key="guide"):
        questions, result = st.columns([2, 3], gap="large")
        with questions:
            _draw_questions(way)
        with result:
            if way.result:
                _draw_result(way.result)
            else:
                _draw_possible(way)


def _draw_possible(way: Way) -> None:
    """The types in which the answers can still end."""
    left = still_possible([option.value for _, option in way.answered])
    plain = [name for name in left if " around " not in name]
    around = list(dict.fromkeys(name.partition(" around ")[0] for name in left if " around " in name))
    names = list(dict.fromkeys([*plain, *around]))
    types = "".join(f"<li><b>{text(name)}</b> {text(session_type(name).short)}</li>" for name in names)
    st.html(
        f"<h2>{counted(len(names), 'type')} possible</h2>"
        '<p class="quiet">Your answers lead to one of them, with its code. The address of this page '
        f'keeps your answers, so you can send them to somebody.</p><ul class="possible">{types}</ul>'
    )


def _draw_questions(way: Way) -> None:
    given = [option.value for _, option in way.answered]
    asked = [question for question, _ in way.answered] + ([way.question] if way.question else [])
    for number, question in enumerate(asked):
        answer = STATE.answer(question.name)
        answer.put(given[number] if number < len(given) else None)
        st.radio(
            f"{number + 1}. {question.asks}",
            [option.value for option in question.options],
            format_func={option.value: option.label for option in question.options}.__getitem__,
            captions=[option.decides for option in question.options],
            index=None,
            key=answer.key,
            on_change=_answer,
            args=(given[:number], question),
        )
    if given:
        st.button("Begin again", icon=":material/restart_alt:", key=STATE.key("begin-again"), on_click=_begin_again)


def _answer(before: list[str], question: Question) -> None:
    """Keep the answers before this question, and its new answer. The later answers depend on it, so they are dropped."""
    answer = STATE.answer(question.name).one_of([option.value for option in question.options])
    if answer is not None:
        address.put(answers=SEPARATOR.join([*before, answer]))


def _begin_again() -> None:
    address.put(answers=None)


def _draw_result(result: Result) -> None:
    chosen, inner = result.type, result.inner
    around = f" around {inner.type}" if inner else ""
    with st.container(border=True, key="chosen"):
        st.html(
            f'<h2 class="chosen-type">{text(chosen.name)}<span class="quiet">{text(around)}</span></h2>'
            f'<p class="question">{text(chosen.short[0].upper() + chosen.short[1:])}.</p>'
            f'<p class="look-for"><strong>Why.</strong> Take it because {text(result.why)}.</p>'
        )
        st.code("\n\n\n".join(map(source, result.codes)), language="python", wrap_lines=True)
        st.html('<p class="look-for"><strong>What it needs.</strong></p>')
        st.code(f"python -m pip install {result.pip}", language="bash", wrap_lines=True)
        types = [chosen, *([session_type(inner.type)] if inner else [])]
        servers = "; ".join(one.server for one in types if one.server)
        if servers:
            st.html(f'<p class="look-for">And {text(servers)}.</p>')
        st.html(
            '<p class="look-for"><strong>What to watch out for.</strong></p>'
            f'<ul class="watch">{"".join(f"<li>{text(words)}</li>" for words in result.watch)}</ul>'
        )
        for one in types:
            if one.schema:
                st.html(f'<p class="look-for"><strong>What {text(one.name)} stores.</strong></p>')
                st.code(one.schema, language=None, wrap_lines=True)
            if one.variables:
                _draw_trial(one.name)
            draw_lesson_link(one.lesson, f"chosen-{one.name}")
        st.html(
            '<p class="caption">This code is run by tests/guides/test_decision.py: on SQLite files, and on stand-ins '
            "for Redis, MongoDB, Dapr and OpenAI.</p>"
        )


def _draw_trial(name: str) -> None:
    """Offer to run a type that needs a server. If its extra or its server is not configured, say what is missing."""
    missing = what_is_missing(name)
    if missing:
        st.html(f'<p class="note">It can be run here when it is configured. {text(missing)}</p>')
        return
    if st.button(f"Try {name} on your server", icon=":material/play_arrow:", key=STATE.key(f"try-{name}")):
        with st.spinner("Adding two items, reading them, clearing them"):
            outcome = background().run(try_it(name), timeout=60)
        st.html(f'<p class="{"not-held" if outcome.raised else "held"} said">{text(outcome.says)}</p>')


def draw_lesson_link(slug: str, key: str, step: int | None = None) -> None:
    """A link to a lesson, or to a step of it, if the course has it."""
    found: Entry | None = next((one for one in COURSE if one.slug == slug), None)
    if found is None:
        return
    step_words = f", step {step}" if step else ""
    query = {"visitor": st.query_params["visitor"], **({"step": str(step)} if step else {})}
    with st.container(key=f"link-{key}-{slug}"):
        st.page_link(
            found.page,
            label=f"See it in {found.title}{step_words}",
            icon=":material/arrow_forward:",
            query_params=query,
        )
