"""What a lesson is: Lesson, Step, Challenge."""

import inspect
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import CodeType
from typing import TYPE_CHECKING, Any

from lessons.frame.entry import Entry
from lessons.kit.items import Item
from lessons.kit.records import TurnRecord
from lessons.kit.sdk_version import Minor, since
from lessons.kit.stores.kind import NEEDS, StoreKind
from lessons.kit.stores.registry import usable_kinds

if TYPE_CHECKING:
    from agents import Agent
    from agents.models.interface import Model

Code = Callable[..., Any]
"""Ordinary SDK code. It is called with the arguments that it names (kit.turns.planned_turn.Arguments). Its source is shown."""


WORDS_A_MINUTE = 180
"""How fast a reader whose first language is not English reads English and Python, in words between spaces."""
LOOKING_SECONDS = 20
"""How long it takes to run a step and to look at its rows."""


@dataclass(frozen=True)
class Step:
    """One step of a lesson: what runs, and the evidence that it showed what it promises.

    `asks` is the question before it runs, and `look_for` tells afterwards what the rows show. A step that is `deeper` can be
    left for later: it is left out where a step after it is chosen, unless a later one needs it (`is_needed`).
    `deletes_in_storage` marks a step whose own code deletes rows without a session call: in any other step, something else
    has removed a row that is gone without a call. `session_id` and `store` name where it runs; None takes the lesson's own.
    """

    title: str
    run: Code
    asks: str
    look_for: str
    holds: Callable[[TurnRecord], bool]
    deeper: bool = False
    is_needed: bool = False
    deletes_in_storage: bool = False
    session_id: str | None = None
    store: str | None = None


def on_older(before: Minor, step: Step, **changes: Any) -> Step:
    """The step, with `changes` where the installed SDK is older than the minor `before`: it shows something else there."""
    return since(before, step, before=replace(step, **changes))


@dataclass(frozen=True)
class StoredItem:
    """One row as a check sees it: the item decoded from it, and why the session does not return it, '' if it does.

    `size` is the length of its stored text in bytes. `sealed` says that the session cannot decode what is in the row.
    """

    key: int
    item: Item
    size: int
    why: str = ""
    sealed: bool = False


@dataclass(frozen=True)
class Attempt:
    """What a challenge is checked against: the rows of the newest sessions, by session id, and the records of turns.

    `records` are the learner's own turns since the start; for a challenge that builds on steps, those of the steps too.
    `of_steps` are the rows, by session id and key, that steps have stored: they do not count, so walking the steps solves no
    challenge.
    """

    rows: Mapping[str, Sequence[StoredItem]]
    records: Sequence[TurnRecord]
    of_steps: frozenset[tuple[str, int | str]] = frozenset()

    def rows_where(self, fits: Callable[[Item], bool]) -> list[tuple[str, StoredItem]]:
        """The session id and row of every item that fits and that no step has stored, session by session in stored order."""
        return [
            (session_id, row)
            for session_id, rows in self.rows.items()
            for row in rows
            if (session_id, row.key) not in self.of_steps and fits(row.item)
        ]

    def rows_saying(self, text: str) -> list[tuple[str, StoredItem]]:
        """The session id and row of every item of the user that contains `text`, in any case."""
        return self.rows_where(lambda item: item.kind == "user" and text.casefold() in item.text.casefold())

    @property
    def names_told(self) -> list[tuple[str, StoredItem]]:
        """The session id and row of every message of the user that tells a name, in whatever words."""
        from lessons.frame.meaning import tells_a_name

        return self.rows_where(lambda item: item.kind == "user" and tells_a_name(item))


@dataclass(frozen=True)
class WrongAttempt:
    """Code that does not solve the challenge, and words of the reason that the learner sees."""

    run: Code
    reason: str
    store: str | None = None


@dataclass(frozen=True)
class Challenge:
    """A goal that is reached in the rows. `check` gives the reason why it is not reached, or None when it is.

    What steps have done does not count, unless it `builds_on_steps`.
    """

    goal: str
    hint: str
    check: Callable[[Attempt], str | None]
    solution: Code
    wrong_attempts: tuple[WrongAttempt, ...]
    store: str | None = None
    builds_on_steps: bool = False


@dataclass(frozen=True)
class Lesson:
    """One lesson.

    `session_id` is the session of its steps. `walk_stores` are the kinds of store that it was written for: the page walks its
    steps on the chosen one of them, or else on the first. `needs` is what any other kind must have, so that all steps pass
    there too (lessons.kit.stores.kind.NEEDS); None for a lesson that is about its own stores.
    `learned` is what the lesson has shown, in three lines, for its end.
    `challenges` build on the code of the steps, so they come from a separate module (lessons.course.index.load_lesson).
    `script` is the code that opens the sessions in the lesson as a script, if the code of its first store (StoreKind.script)
    is not enough; `script_packages` are the packages that it needs.
    """

    entry: Entry
    make_agent: "Callable[[Model | None], Agent]"
    session_id: str
    walk_stores: tuple[str, ...]
    steps: tuple[Step, ...]
    learned: tuple[str, str, str]
    challenges: tuple[Challenge, ...] = ()
    script: str = ""
    script_packages: str = ""
    needs: tuple[str, ...] | None = None

    @property
    def slug(self) -> str:
        return self.entry.slug

    @property
    def minutes(self) -> int:
        """How long its essential steps take, in whole minutes: to read each word and each function once, and to run them."""
        steps = [step for step in self.steps if not step.deeper]
        functions = {function: None for step in steps for function in _shown(step.run)}
        read = [
            *(f"{step.title} {step.asks} {step.look_for}" for step in steps),
            *map(source, functions),
            *self.learned,
        ]
        words = len(" ".join(read).split())
        return math.ceil(words / WORDS_A_MINUTE + len(steps) * LOOKING_SECONDS / 60)

    def left_out(self, first: int, last: int) -> tuple[int, ...]:
        """The deeper steps from `first` on (from 0) that are not run where step `last` is chosen: no later step needs them."""
        return tuple(at for at in range(first, last) if self.steps[at].deeper and not self.steps[at].is_needed)

    def misfit(self, kind: StoreKind) -> str:
        """Why the lesson cannot be walked on this kind of store, '' where it can."""
        if kind.name in self.walk_stores:
            return ""
        if self.needs is None:
            return f"{self.slug} is about {' and '.join(self.walk_stores)}."
        lacking = [NEEDS[need] for need in self.needs if need in kind.lacks]
        return f"{self.slug} needs {' and '.join(lacking)}; {kind.name} does not give that." if lacking else ""

    @property
    def fitting_stores(self) -> tuple[str, ...]:
        """Every kind of store that it can be walked on here, its own first."""
        usable = usable_kinds()
        own = [name for name in self.walk_stores if name in usable]
        return (*own, *(name for name, kind in usable.items() if name not in own and not self.misfit(kind)))


COPYABLE = "lessons.kit.copyable"
"""The package of code that a learner may copy: it is shown, and part of a lesson's script, as if it were the lesson's own."""


@cache
def shown_source(code: Code) -> str:
    """The code as a learner should see it: the functions of the lesson that it calls, then the code itself."""
    return "\n\n\n".join(map(source, _shown(code)))


@cache
def own_first(code: Code) -> str:
    """The same, with the code itself first and fewer empty lines, for a place that shows only some lines at a time."""
    *called, own = _shown(code)
    return "\n\n".join(map(source, [own, *called]))


def _shown(code: Code) -> list[Code]:
    return [*_called(code), code]


def _called(code: Code) -> list[Code]:
    """The functions that `code` calls, and those that they call in turn, each after the functions that it calls itself.

    Only functions of the same folder, and of COPYABLE, are found.
    """
    found: list[Code] = []
    for name in _names(code.__code__):
        function = code.__globals__.get(name)
        if inspect.isfunction(function) and _folder(function) in (_folder(code), COPYABLE):
            needed: list[Code] = [*_called(function), function]
            found += [one for one in needed if one not in found]
    return found


def _names(code: CodeType) -> list[str]:
    """The global names that the code uses, including those of the functions inside it."""
    inside = [name for one in code.co_consts if isinstance(one, CodeType) for name in _names(one)]
    return [*code.co_names, *inside]


def _folder(code: Code) -> str:
    """The package that the code's module is in, or the module itself if it is in no package."""
    return code.__module__.rpartition(".")[0] or code.__module__


@cache
def source(code: Code) -> str:
    """The code as it is in the lesson's file."""
    return textwrap.dedent(inspect.getsource(code)).rstrip()
