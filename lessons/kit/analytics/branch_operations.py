"""The calls on the branches of a session as data, and the checks that refuse a call before it is made."""

from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from typing import Any, Literal

from lessons.kit.problems.problem import Problem, Refused
from lessons.kit.stores.sqlite.advanced_store import MAIN

BranchMethod = Literal["create_branch_from_turn", "create_branch_from_content", "switch_to_branch", "delete_branch"]

NAME_LIMIT = 60


@dataclass(frozen=True)
class BranchOperation:
    """One call. `turn` or `content` says where a new branch begins.

    `name` names the new branch, or the branch that the call switches to or deletes.
    """

    method: BranchMethod
    turn: int = 0
    content: str = ""
    name: str | None = None
    force: bool = False

    @property
    def code(self) -> str:
        """The call as a line of code."""
        return f"await session.{self.method}({', '.join(self._shown())})"

    def function(self) -> Callable[..., Coroutine[Any, Any, Any]]:
        """The call as the function of a turn."""

        async def call(session: Any) -> Any:
            match self.method:
                case "create_branch_from_turn":
                    return await session.create_branch_from_turn(self.turn, self.name)
                case "create_branch_from_content":
                    return await session.create_branch_from_content(self.content, self.name)
                case "switch_to_branch":
                    return await session.switch_to_branch(self.name)
                case "delete_branch":
                    return await session.delete_branch(self.name, force=self.force)

        return call

    def _shown(self) -> list[str]:
        named = [] if self.name is None else [repr(self.name)]
        match self.method:
            case "create_branch_from_turn":
                return [str(self.turn), *named]
            case "create_branch_from_content":
                return [repr(self.content), *named]
            case "switch_to_branch":
                return named
            case "delete_branch":
                return [*named, *(["force=True"] if self.force else [])]


def check_new_branch(turn: int | None, name: str | None, used: Collection[str]) -> None:
    """Raises Refused for a branch that would be useless: from turn 1, from a missing turn, or with a used name.

    `turn` is None if the branch does not have the turn. If `name` is None, the SDK makes one.
    """
    if turn is None:
        raise _refused("The current branch does not have this turn.", "Choose a turn of the list.")
    if turn <= 1:
        raise _refused(
            "A branch from turn 1 includes nothing. It would be current, but list_branches() would not list it; once left, "
            "it cannot be switched to, and its name is used up.",
            "Branch from turn 2 or later, or start a session with another id.",
        )
    if name is not None and name in used:
        raise _refused(
            f"The name {name!r} was used in this session. Names are never free again, not after a delete and not after "
            "clear_session().",
            "Choose another name, or leave it empty.",
        )


def branch_name(typed: str) -> str | None:
    """The typed name without unprintable characters, cut at NAME_LIMIT; None if nothing is left: then the SDK makes a name."""
    shown = "".join(letter for letter in typed if letter.isprintable()).strip()[:NAME_LIMIT]
    return shown or None


def check_deletion(name: str) -> None:
    """Raises Refused for main, which the SDK does not delete."""
    if name == MAIN:
        raise _refused("The branch main cannot be deleted.", "Choose another branch, or clear the session.")


def check_found(turn: int | None, content: str, branch: str) -> None:
    """Raises Refused if no message of the user in the branch contains `content`, or if `content` is empty.

    A new branch begins before the message that was found. `turn` is the turn of that message, None if none was found.
    """
    if turn is None:
        found_none = f"No message of yours in the branch {branch} contains {content!r}."
        raise _refused(found_none if content else "You typed no words.", "Type words that one of your messages has.")


def check_choice(name: str, branches: Collection[str]) -> None:
    """Raises Refused if the session does not have the branch, or does not have it any more."""
    if name not in branches:
        raise _refused(f"The session has no branch {name!r} any more.", "Choose another branch.")


def _refused(what: str, next_: str) -> Refused:
    return Refused(Problem(what, "Nothing was changed.", next_))
