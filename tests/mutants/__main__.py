"""`python -m tests.mutants [lesson …]`: do the verdicts notice when the code of a step no longer does what it claims?

Every step, solution and wrong attempt is changed in every way that `operators.py` knows, one change at a time, and run. The
verdict of the step, or the check of the challenge, must refuse it. Those that may pass stand in `equivalent.py`, each with its
reason. The exit status is 1 when another one passes, or when the README or the pages of the lessons say other figures:
`--write` writes them there.
"""

import argparse
import gc
import json
import multiprocessing
import os
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import product
from multiprocessing.context import BaseContext
from pathlib import Path

os.environ["PYTHON_DOTENV_DISABLED"] = "1"
os.environ["SESSIONS_MODEL_PROVIDER"] = "offline"
os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"
os.environ["SESSIONS_TURNS_A_MINUTE"] = os.environ["SESSIONS_ALL_TURNS_A_MINUTE"] = "1000000"

from lessons.course.changed_versions import TABLE
from lessons.course.index import LESSONS, load_lesson
from tests.mutants.attack import PARTS, Outcome, attack
from tests.mutants.equivalent import reason, unused

README = Path(__file__).parents[2] / "README.md"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__.splitlines()[0])
    known = [entry.slug for entry in LESSONS]
    parser.add_argument("lessons", nargs="*", metavar="lesson", help=f"none: all of {', '.join(known)}")
    parser.add_argument(
        "--write", action="store_true", help="of all lessons: write the figures to where they are shown"
    )
    chosen = parser.parse_args(arguments)
    if chosen.write and chosen.lessons:
        parser.error("--write needs the figures of all lessons")
    for slug in set(chosen.lessons) - set(known):
        parser.error(f"there is no lesson {slug!r}")
    start, outcomes = time.perf_counter(), _attack_all(chosen.lessons or known)
    survived = [one for one in outcomes if not one.caught]
    allowed = [one for one in survived if reason(one)]
    failed = _report(outcomes, survived, allowed, time.perf_counter() - start)
    if not chosen.lessons:
        figures = _readme(len(outcomes), len(allowed)), _table(outcomes)
        differ = [path for path, text in figures if _differs(path, text, chosen.write)]
        failed |= _idle_entries(allowed) | bool(differ)
    return int(failed)


def _attack_all(slugs: list[str]) -> list[Outcome]:
    found: list[Outcome] = []
    # Three times as many as there are cores: a changed version that waits for ever does so for some seconds.
    with ProcessPoolExecutor(3 * (os.cpu_count() or 1), _processes()) as pool:
        begun = [
            pool.submit(attack, slug, part) for slug, part in sorted(product(slugs, PARTS), key=_size, reverse=True)
        ]
        for done in as_completed(begun):
            found += done.result()
    return sorted(found, key=lambda one: (slugs.index(one.lesson), one.place))


def _size(work: tuple[str, str]) -> int:
    """About how long it takes: the longest begins first."""
    lesson = load_lesson(work[0])
    attempts = sum(1 + len(challenge.wrong_attempts) for challenge in lesson.challenges)
    return len(lesson.steps) if work[1] == "steps" else attempts


def _processes() -> BaseContext:
    """On Linux they begin with all that is imported here, and do not look for garbage in it."""
    for slug in (entry.slug for entry in LESSONS):
        load_lesson(slug)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    return multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


def _report(outcomes: list[Outcome], survived: list[Outcome], allowed: list[Outcome], seconds: float) -> bool:
    for slug in dict.fromkeys(one.lesson for one in outcomes):
        of_it = [one for one in outcomes if one.lesson == slug]
        errors = sum(one.caught == "error" for one in of_it)
        passed = sum(not one.caught for one in of_it)
        print(
            f"{slug:<20}{len(of_it):>5} changed versions, {len(of_it) - passed:>5} caught ({errors} by an error), "
            f"{passed} passed"
        )
    for one in survived:
        print(f"equivalent: {one}\n            {reason(one)}" if one in allowed else f"NOT CAUGHT: {one}")
    caught, missed = len(outcomes) - len(survived), len(survived) - len(allowed)
    print(
        f"\n{len(outcomes):,} changed versions: {caught:,} caught, {len(allowed)} equivalent, {missed} not caught "
        f"({seconds:.0f} seconds)"
    )
    return missed > 0


def _idle_entries(allowed: list[Outcome]) -> bool:
    """Whether the list of equivalent ones has an entry that nothing needs."""
    idle = unused(allowed)
    for entry in idle:
        print(f"No changed version needs this entry of equivalent.py: {entry}")
    return bool(idle)


def _readme(count: int, allowed: int) -> tuple[Path, str]:
    """The README with these figures."""
    said = re.compile(r"Of [\d,]+ changed versions all but \d+ are caught\. Those \d+ still")
    words = f"Of {count:,} changed versions all but {allowed} are caught. Those {allowed} still"
    return README, said.sub(words, README.read_text("utf-8"))


def _table(outcomes: list[Outcome]) -> tuple[Path, str]:
    """The figures of each lesson, which its page shows at the end."""
    lines = []
    for entry in LESSONS:
        caught = [bool(one.caught) for one in outcomes if one.lesson == entry.slug]
        lines.append(f'  "{entry.slug}": {json.dumps({"changed": len(caught), "caught": sum(caught)})}')
    return TABLE, "{\n" + ",\n".join(lines) + "\n}\n"


def _differs(path: Path, text: str, write: bool) -> bool:
    """Whether the file says other figures, and they are not to be written."""
    if path.read_text("utf-8") == text:
        return False
    if write:
        path.write_text(text, encoding="utf-8")
        return False
    print(f"{path.name} says other figures: python -m tests.mutants --write")
    return True


if __name__ == "__main__":
    sys.exit(main())
