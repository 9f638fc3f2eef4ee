"""The words of the glossary in the texts of the app."""

import re

import pytest

from lessons.course.index import COURSE, LESSONS, load_lesson
from lessons.frame.lesson import shown_source
from lessons.guides.glossary import GLOSSARY
from lessons.kit.visitors.workspace import new_visitor
from lessons.ui.widgets.terms import explained, explained_html, glossary_html, meanings
from tests.support.drawn import button, html, open_lesson, settled

BUTTONS = re.compile(r'<button type="button" class="term" popovertarget="([^"]*)">([^<]*)</button>')


def marked(words, before=()):
    return [found[1] for found in BUTTONS.findall(explained(words, "here", before))]


def test_the_first_use_of_a_term_opens_its_meaning():
    drawn = explained("The row of an orphan. Each orphan <b>", "here")
    assert [found[1] for found in BUTTONS.findall(drawn)] == ["row", "orphan"]
    without = re.sub(r"<span popover.*?</span>|<button[^>]*>|</button>", "", drawn)
    # A line can begin after a button: without the span, it began with the full stop.
    assert without == 'The row of an <span class="keep">orphan.</span> Each orphan &lt;b&gt;'
    for target, _ in BUTTONS.findall(drawn):
        assert f'<span popover id="{target}" role="note"' in drawn
    assert "A tool call without its output" in drawn


def test_the_longest_term_is_meant_and_code_is_none():
    assert marked("A session id names it, and session.get_items(limit=2) reads.") == ["session id"]


def test_a_capital_inside_a_term_begins_the_name_of_something_else():
    assert marked("Clear is in the tool Call a method.") == []
    assert marked("Tool calls are rows too.") == ["Tool calls", "rows"]


def test_a_verb_is_not_taken_for_the_noun():
    assert marked("Run the step, and store it. The run had a new handle.") == ["run", "handle"]


def test_a_term_that_stands_before_it_on_the_page_is_not_marked_again():
    assert marked("An item of a session", ("Why does a session remember?",)) == ["item"]


NEEDED = ["session", "item", "turn", "run", "handle", "orphan", "branch", "TTL", "limit", "handoff", "compaction"]


@pytest.mark.parametrize("name", [*NEEDED, "session_input_callback"])
def test_the_glossary_holds_the_words_of_the_course(name):
    assert name in [term.name for term in GLOSSARY]
    assert f"<dt>{name}</dt>" in glossary_html()


def test_a_meaning_has_one_id_on_a_page():
    for entry in LESSONS[:3]:
        lesson = load_lesson(entry.slug)
        before = (entry.question, *(step.look_for for step in lesson.steps[:4]))
        drawn = explained(entry.question, "question") + explained(lesson.steps[4].look_for, "step", before)
        ids = re.findall(r'popover id="([^"]*)"', drawn)
        assert len(ids) == len(set(ids))


def test_a_term_of_the_glossary_names_a_lesson_of_the_course():
    assert {term.lesson for term in GLOSSARY} <= {entry.slug for entry in COURSE}


OF_EVERY_PAGE = "ledger"
"""Every lesson draws the ledger, so no lesson has to speak of it."""


@pytest.mark.parametrize("term", [one for one in GLOSSARY if one.name != OF_EVERY_PAGE], ids=lambda term: term.name)
def test_the_lesson_of_a_term_uses_it(term):
    """A link from the glossary must not lead to a lesson that does not speak of the word."""
    lesson = load_lesson(term.lesson)
    shown = [words for step in lesson.steps for words in (step.title, step.asks, step.look_for, shown_source(step.run))]
    words = " ".join([lesson.entry.question, *shown, *lesson.learned]).casefold()
    assert any(form.casefold() in words for form in (term.name, *term.forms))


def test_the_input_filter_of_a_handoff_is_not_taken_for_a_filter_of_requests():
    drawn = explained("The input filter removes the calls.", "here")
    assert "they are not stored either" in drawn


def test_the_step_and_the_legend_of_a_page_explain():
    page = open_lesson("basic", new_visitor(), tool="legend")
    assert "session" in [found[1] for found in BUTTONS.findall(html(page, 'class="step-words"'))]
    legend = html(page, 'class="kinds"')
    assert '<b class="kind orange" role="img" aria-label="tool call">C</b> tool call' in legend
    assert "<dt>orphan</dt>" in legend


def test_a_text_with_markup_explains_its_words_once_and_not_its_code_and_links():
    html = '<p>An <a href="/x">orphan</a> and <code>a handoff</code>: a branch &amp; an orphan. A branch.</p>'
    drawn = explained_html(html, "part")
    assert [found[1] for found in BUTTONS.findall(drawn)] == ["branch", "orphan"]
    assert "&amp;" in drawn
    assert re.sub(r"<button.*?>|</button>|<span popover.*?</span>", "", drawn) == html.replace(
        "orphan.", '<span class="keep">orphan.</span>'
    )


def test_the_why_of_an_open_line_explains_its_words():
    assert meanings("older than the newest 2 items: the session's limit").startswith(
        "limit: The number of newest items"
    )
    assert meanings("the run read the session's items") == ""


def test_a_step_that_a_link_opens_explains_its_words_also_those_of_the_steps_before_it():
    """They are not on this page: a term that an earlier step had explained had no meaning in sight."""
    page, lesson = open_lesson("multi_session", new_visitor(), step="12"), load_lesson("multi_session")
    drawn = [found[1] for found in BUTTONS.findall(html(page, 'class="step-words"'))]
    assert drawn == marked(lesson.steps[11].asks, (lesson.entry.question,)) == ["agent", "session"]


def test_the_end_of_a_lesson_explains_each_of_its_words_once():
    page = open_lesson("basic", new_visitor(), step="11")
    for _ in range(2):  # run all steps, then go to the end
        settled(button(page, "next-step").click().run())
    names = [target.split("-", 3)[3] for target, _ in BUTTONS.findall(html(page, "What you learned"))]
    assert sorted(names) == ["row", "run", "session", "store"]
