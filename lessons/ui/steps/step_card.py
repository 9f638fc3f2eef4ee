"""The card of a step: the code that runs, next to what it asks before the run and what it tells after it, and the verdict."""

from contextlib import suppress

import streamlit as st

from lessons.frame import walk
from lessons.frame.lesson import Lesson, own_first
from lessons.frame.own_turns import in_the_way, in_words
from lessons.frame.why_not import NOT_SO
from lessons.kit.problems.problem import Refused
from lessons.kit.records import TurnRecord
from lessons.kit.stores.registry import store_kinds
from lessons.kit.turns.desk import Desk
from lessons.ui.page import address
from lessons.ui.steps.lesson_end import draw_end
from lessons.ui.steps.step_line import shown_step
from lessons.ui.widgets.code import code_html
from lessons.ui.widgets.markup import problem_box, text
from lessons.ui.widgets.terms import explained


def record_of_step(desk: Desk, number: int) -> TurnRecord | None:
    """The last record of that step, if it was done and is still kept."""
    found = [record for record in desk.records if record.step == number - 1]
    return found[-1] if found else None


def draw_step_card(here: walk.Walk) -> None:
    """Draw the code of the step that is shown, next to what it asks or tells; after the last one, the end of the lesson."""
    lesson, desk = here.lesson, here.desk
    number = shown_step(lesson, desk)
    if number > len(lesson.steps):
        draw_end(lesson, desk)
        return
    step = lesson.steps[number - 1]
    record = record_of_step(desk, number) if number <= desk.progress.steps_done else None
    opened = record.opened_with if record is not None else ""
    if not opened:
        with suppress(Refused):  # the ledger says what is in the way
            opened = desk.store(step.store or here.store).opening_code(step.session_id or lesson.session_id)
    st.html(
        f'<section class="step" aria-label="Step {number}">'
        f'<div class="step-code" tabindex="0" role="region" aria-label="The code of the step">'
        f"{code_html(own_first(step.run), step.run, opened)}</div>"
        f'<div class="step-words">{_words(here, number)}</div></section>'
    )


def explained_on_card(lesson: Lesson, desk: Desk) -> tuple[str, ...]:
    """The texts of the page's head and of the card whose terms have their meanings there."""
    number = shown_step(lesson, desk)
    if number > len(lesson.steps):
        return (lesson.entry.question, *lesson.learned)
    step = lesson.steps[number - 1]
    return (lesson.entry.question, step.look_for if _is_told(desk, number) else step.asks)


def _is_told(desk: Desk, number: int) -> bool:
    """Whether the card tells what the step shows, and no longer asks."""
    return number <= desk.progress.steps_done and number - 1 not in desk.progress.left_out


def _words(here: walk.Walk, number: int) -> str:
    lesson, desk = here.lesson, here.desk
    done = desk.progress.steps_done
    record = record_of_step(desk, number) if number <= done else None
    is_left_out = number - 1 in desk.progress.left_out
    told = _told(lesson, record, number) if _is_told(desk, number) else _asked(lesson, number)
    told += _set_aside(here, number)
    told += _left_out(here, number) if number > done + 1 or is_left_out else ""
    following = _following(here) if number <= done < len(lesson.steps) else _before(here)
    said = (
        '<div class="said" tabindex="0" role="region" aria-label="What the step asks and shows">'
        f"{_title(lesson, record, number)}{_odd(lesson, number)}{_not_shown(record)}{told}</div>"
    )
    return f'{said}<div class="following">{following}</div>' if following else said


def _odd(lesson: Lesson, number: int) -> str:
    """Words for a step in the address that the lesson does not have."""
    odd = address.beyond("step", len(lesson.steps), "This lesson")
    return f'<p class="note" role="status">{text(odd)} This page shows step {number}.</p>' if odd else ""


def _title(lesson: Lesson, record: TurnRecord | None, number: int) -> str:
    verdict = ""
    if record is not None and record.held is not None:
        held = '<span class="held">✓ The rows show it</span>'
        verdict = held if record.held else '<span class="not-held">✗ The rows do not show it</span>'
    elif record is not None and record.verdict_problem is not None:
        verdict = '<span class="not-held">It could not be judged</span>'
    step = lesson.steps[number - 1]
    deeper = ' <span class="deeper">deeper</span>' if step.deeper else ""
    return f'<h2 class="step-title">Step {number} of {len(lesson.steps)} · {text(step.title)}{deeper} {verdict}</h2>'


def _not_shown(record: TurnRecord | None) -> str:
    """What is in the way of the verdict, or why there is none; '' if the rows show it or it was not run."""
    if record is not None and record.verdict_problem is not None:
        return problem_box(record.verdict_problem)
    if record is None or record.held is not False:
        return ""
    why = record.why_not or "Compare the rows with what the step says."
    said, marker, clause = why.partition(NOT_SO)
    python = f"{marker}<code>{text(clause)}</code>" if clause else ""
    return f'<p class="why-not"><strong>In the way:</strong> {text(said)}{python}</p>'


def _told(lesson: Lesson, record: TurnRecord | None, number: int) -> str:
    """What the rows show. If they do not show it, the words are marked: they are not true of this run."""
    words = explained(lesson.steps[number - 1].look_for, "step", (lesson.entry.question,))
    is_shown = record is None or record.held is not False
    return f'<p class="look-for">{"" if is_shown else "<strong>What it should show:</strong> "}{words}</p>'


def _asked(lesson: Lesson, number: int) -> str:
    asks = explained(lesson.steps[number - 1].asks, "asks", (lesson.entry.question,))
    return f'<p class="asks"><strong>Before you run it:</strong> {asks}{_where(lesson, number)}</p>'


def _left_out(here: walk.Walk, number: int) -> str:
    """Which deeper steps are not run on the way to the chosen one, or that this step itself was not run."""
    lesson, progress = here.lesson, here.desk.progress
    if number <= progress.steps_done:
        return '<p class="note">It was left out: it was not run. Press Step back until you are before it to run it.</p>'
    names = [str(at + 1) for at in lesson.left_out(progress.steps_done, number - 1)]
    if not names:
        return ""
    one = len(names) == 1
    which = f"Step {names[0]} is" if one else f"Steps {', '.join(names[:-1])} and {names[-1]} are"
    needs = "it" if one else "them"
    return f'<p class="note">{which} deeper and will be left out: this step does not need {needs}.</p>'


def _set_aside(here: walk.Walk, number: int) -> str:
    """Why the rows of a step that was run are not in the ledger while a challenge is worked on."""
    if number > here.desk.progress.steps_done or not here.desk.has_set_aside:
        return ""
    return '<p class="note">Its rows are set aside: the ledger shows those of the challenge.</p>'


def _where(lesson: Lesson, number: int) -> str:
    """On which store a step will run, where the learner does not choose it. Once it has run, the page shows that store."""
    store = lesson.steps[number - 1].store
    return f' <span class="quiet">It runs on: {text(store_kinds()[store].label)}.</span>' if store else ""


def _following(here: walk.Walk) -> str:
    """What the next step asks, and what it starts without."""
    number = here.desk.progress.steps_done + 1
    # Without the buttons of its terms: each would be one more Tab on the way to the message box. The step itself has them.
    asks = text(here.lesson.steps[number - 1].asks)
    done = here.desk.records[-1].store if here.desk.records else ""
    where = "" if here.lesson.steps[number - 1].store == done else _where(here.lesson, number)
    return f'{_before(here)}<p class="asks"><strong>Next, step {number}:</strong> {asks}{where}</p>'


def _before(here: walk.Walk) -> str:
    """What the next step will do to what came after the last step; '' if nothing is in its way."""
    lesson, desk = here.lesson, here.desk
    step = f"Step {desk.progress.steps_done + 1}"
    if desk.progress.steps_done >= len(lesson.steps):
        return ""
    if desk.has_set_aside:
        words = f"{step} first brings back your rows from before the challenge, in place of those of the challenge."
    elif own := in_the_way(lesson.entry, desk):
        words = f"{step} sets aside {in_words(own)}. Step back then brings {'it' if len(own) == 1 else 'them'} back."
    else:
        return ""
    return f'<p class="note in-the-way" role="status">{text(words)}</p>'
