"""Walks a lesson: `python -m lessons basic --store NAME`."""

import os
import sys
import tempfile
import textwrap
from collections.abc import Iterable
from difflib import get_close_matches

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.frame.lesson import Lesson, Step, own_first
from lessons.kit.ledger.ledger import Ledger
from lessons.kit.ledger.run_words import run_words
from lessons.kit.models.providers import Provider
from lessons.kit.records import TurnRecord
from lessons.kit.stores.opened_stores import erase_stores
from lessons.kit.stores.registry import store_kinds
from lessons.kit.turns.desk import Desk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.visitors.workspace import new_visitor

RESULT = 300
"""How many characters of what the code of a step returned are printed."""


class CannotWalk(Exception):
    """The lesson cannot be walked on the store. The message says why, and where it can be walked."""


def walk_lesson(slug: str, store_name: str | None, provider: Provider, with_code: bool = False) -> int:
    """Walk every step of the lesson, and print what each showed. Returns the exit status. Raises CannotWalk."""
    lesson = load_lesson(slug)
    store = store_name or lesson.walk_stores[0]
    problem = _cannot_walk(lesson, store)
    if problem:
        raise CannotWalk(f"{problem} It can be walked here on: {', '.join(lesson.fitting_stores)}.")
    with tempfile.TemporaryDirectory(prefix="sessions-lab-", ignore_cleanup_errors=True) as folder:
        os.environ["SESSIONS_DATA_DIR"] = folder
        desk = open_desk(new_visitor(), lesson.slug)
        try:
            return _walk(lesson, desk, store, provider, with_code)
        finally:
            desk.close()
            if not erase_stores(desk.workspace.folder):
                print("A server could not be reached: what this walk has stored there is still there.", file=sys.stderr)


def _cannot_walk(lesson: Lesson, store: str) -> str:
    """Why the lesson cannot be walked on the store of that name, '' where it can."""
    kind = store_kinds().get(store)
    if kind is None:
        return f"There is no store {plain(store)!r}." + meant(store, store_kinds())
    if kind.missing():
        return f"{store} cannot be used here. {kind.missing()}"
    return lesson.misfit(kind)


def _walk(lesson: Lesson, desk: Desk, store: str, provider: Provider, with_code: bool) -> int:
    print(f"{lesson.entry.title}: {lesson.entry.question}\nmodel: {provider.label} · store: {store}")
    if provider.problem:
        print(provider.problem)
    here, failed = walk.Walk(lesson, desk, store, provider), 0
    for index, step in enumerate(lesson.steps):
        record = walk.start_step(here, index).result()
        print(f"\nStep {index + 1}: {step.title}\n  asks:  {step.asks}")
        if with_code:
            print(textwrap.indent(own_first(step.run), "    "))
        failed += not _show(step, record)
    print(f"\n{len(lesson.steps) - failed} of {len(lesson.steps)} steps passed")
    return 1 if failed else 0


def _show(step: Step, record: TurnRecord | None) -> bool:
    if record is None:
        print("  it did not run")
        return False
    if record.message:
        print(f"  you:   {plain(record.message)}")
    if record.reply:
        print(f"  reply: {plain(record.reply)}")
    if record.result is not None and (record.result != "null" or record.calls):
        result = "None" if record.result == "null" else plain(" ".join(record.result.split()))
        print(f"  the code returned: {result[:RESULT]}{'…' if len(result) > RESULT else ''}")
    if record.dropped_handles is not None:
        print(f"  handles dropped: {', '.join(record.dropped_handles) or 'none was open'}")
    for words in run_words(record):
        print(f"  {plain(words)}")
    _show_lines(record.ledger)
    for ledger in record.other_ledgers:
        if ledger.lines:
            print(f"  session {plain(ledger.session_id or 'without an id')}:")
            _show_lines(ledger)
    for problem in filter(None, (record.problem, record.verdict_problem)):
        print(f"  {plain(f'{problem.what} {problem.kept} {problem.next}')}")
    verdict = (
        "it could not be judged"
        if record.verdict_problem
        else "the rows show it"
        if record.held
        else "the rows do not show it"
    )
    print(f"  {verdict}: {step.look_for}")
    if record.why_not:
        print(f"  in the way: {plain(record.why_not)}")
    return bool(record.held)


def _show_lines(ledger: Ledger) -> None:
    for line in ledger.lines:
        where = f"row {line.row.key}" if line.row is not None else "no row"
        marks = f"{'returned' if line.returned else '-':<9}{'sent' if line.sent else '-':<5}"
        why = plain(line.why)
        print(f"  {where:<8}{line.mark:<8}{marks}{line.item.kind}: {plain(line.item.text)[:60]}  {why}".rstrip())


def meant(name: str, names: Iterable[str]) -> str:
    """A question about the one of `names` that is nearly `name`, after a space. '' if none is."""
    like = get_close_matches(name.lower(), list(names), 1)
    return f" Do you mean {like[0]}?" if like else ""


def plain(text: str) -> str:
    """The text on one line, without characters that control the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
