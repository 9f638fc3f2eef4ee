"""What one call would delete, tried on private copies of the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lessons.kit.inspect.dry_run import MAIN
from lessons.kit.inspect.findings.case import Case
from lessons.kit.inspect.findings.finding import rows_in_words
from lessons.kit.inspect.private_copy import private_copy
from lessons.kit.inspect.stored import CLASSES, ClassName

Call = Literal["pop_item", "clear_session", "delete_branch"]


@dataclass(frozen=True)
class Deleted:
    """What one call did to a copy: the rows that it deleted, what it raised ('' for nothing), and the branch it was for."""

    call: Call
    class_name: ClassName
    rows: tuple[int, ...] = ()
    raises: str = ""
    branch: str = ""
    is_encrypted: bool = False

    @property
    def words(self) -> str:
        name = f"delete_branch({self.branch!r})" if self.call == "delete_branch" else f"{self.call}()"
        what = f"deletes {rows_in_words(self.rows)}" if self.rows else "deletes nothing"
        return f"{name} {f'raises {self.raises} and {what}' if self.raises else what}"


async def deleted_by(
    case: Case, call: Call, class_name: ClassName | None = None, *, after_a_run: bool = False, branch: str = ""
) -> Deleted:
    """What the call deletes of the stored rows, on a copy that is opened as `class_name`; None is the class of the case.

    An AdvancedSQLiteSession is on the branch of the settings. With `after_a_run`, a question and its answer are added to the
    copy first, as a run would do.
    """
    name = class_name or case.class_name
    setup = case.setup
    if raised := case.why_not_opened(name):
        return Deleted(call, name, (), raised.partition(":")[0], branch, case.is_encrypted)
    raises = ""
    current = setup.branch if any(row.branch == setup.branch != MAIN for row in case.stored.structure) else ""
    async with private_copy(case.stored, name, setup.key, setup.ttl, current) as copy:
        before = await copy.keys()
        if after_a_run:
            await copy.session.add_items(list(_TURN))
        try:
            await _call(copy.session, call, branch)
        except Exception as error:  # what the call raises is a result too
            raises = type(error).__name__
        left = set(await copy.keys())
    return Deleted(call, name, tuple(key for key in before if key not in left), raises, branch, case.is_encrypted)


async def _call(session: Any, call: Call, branch: str) -> None:
    if call == "pop_item":
        await session.pop_item()
    elif call == "clear_session":
        await session.clear_session()
    else:
        await session.delete_branch(branch, force=True)


_TURN = (
    {"role": "user", "content": "next question"},
    {
        "id": "msg_next",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "answer", "annotations": []}],
    },
)


async def what_would_delete(case: Case) -> list[Deleted]:
    """One pop, one clear and the deletion of each branch, for every class that can open the rows."""
    if not case.is_of_the_sdk:
        return []  # the app does not have the class, so it cannot try what it deletes
    found = []
    for name in classes_for(case):
        found += [await deleted_by(case, "pop_item", name), await deleted_by(case, "clear_session", name)]
        if name == "AdvancedSQLiteSession":
            branches = sorted({row.branch for row in case.stored.structure} - {"main"})
            found += [await deleted_by(case, "delete_branch", name, branch=branch) for branch in branches]
    return found


def classes_for(case: Case) -> Sequence[ClassName]:
    """The classes that can open the storage: several for a SQLite file, only one for a server."""
    if not case.is_in_a_file:
        return (case.stored.pair.made_by,)
    branched = case.stored.pair.structure is not None or case.class_name == "AdvancedSQLiteSession"
    left_out = {"RedisSession"} if branched else {"RedisSession", "AdvancedSQLiteSession"}
    return [name for name in CLASSES if name not in left_out]


def same_words(deleted: Sequence[Deleted]) -> dict[str, list[ClassName]]:
    """What each call does, in words, with the classes on which it does just that."""
    does: dict[str, list[ClassName]] = {}
    for one in deleted:
        does.setdefault(one.words, []).append(one.class_name)
    return does


def by_class(deleted: Sequence[Deleted]) -> str:
    """What one call does, in words. Classes that do the same are named together."""
    return "; ".join(
        f"on {' and '.join(names) if len(names) < 3 else ', '.join(names)} {words}"
        for words, names in same_words(deleted).items()
    )
