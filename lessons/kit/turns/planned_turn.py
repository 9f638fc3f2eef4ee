"""A turn before it starts. It does not import the SDK, so a page can plan a turn before the SDK is loaded."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from lessons.kit.models.providers import Provider
from lessons.kit.records import TurnRecord

if TYPE_CHECKING:
    from agents import Agent, Session
    from agents.models.interface import Model


class Arguments(TypedDict):
    """The arguments that the function of a turn can have. Its parameter names say which ones it is given.

    `session` is the session of the turn, and `open_session(session_id)` opens any session of the store. `restart()` drops every
    handle that the visitor has open, as the end of the process does. `say(text)` shows a piece of the reply as it arrives.
    """

    agent: "Agent"
    session: "Session | None"
    open_session: "Callable[..., Session]"
    restart: Callable[[], None]
    say: Callable[[str], None]


@dataclass(frozen=True)
class PlannedTurn:
    """What a turn does, on which session and store, and with which model.

    `run` is ordinary SDK code. It is called with the arguments that it names (see Arguments). `session_id` is the session that
    it is given and whose ledger its record has. `store` is the name of the kind of store. `make_agent` is called with a model
    of `provider`.

    A step of a lesson has a `step`, its number from 0, and `holds`, which judges its record. `why_not` says which row, call
    or message of a record caused a negative verdict. `snapshot` is the name of a copy of the storage to take first. `following`
    starts after this turn, unless it failed, was stopped or could not be judged. `walk_store` is the store on which the steps
    of the lesson run. `is_in_the_way`: this turn of the learner can change the rows on which the next step works. So what the
    last step left is kept first, and the next step starts from that.
    """

    title: str
    run: Callable[..., Any]
    session_id: str
    store: str
    provider: Provider
    make_agent: "Callable[[Model], Agent]"
    message: str = ""
    snapshot: str | None = None
    step: int | None = None
    holds: Callable[[TurnRecord], bool] | None = None
    why_not: Callable[[TurnRecord], str] | None = None
    walk_store: str = ""
    is_in_the_way: bool = False
    following: "PlannedTurn | None" = None


def drop_every_handle(restart: Callable[[], None]) -> None:
    """The function of a turn that only restarts."""
    restart()
