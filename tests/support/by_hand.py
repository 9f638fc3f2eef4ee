"""What a learner does by hand in a lesson: messages, session calls, restarts and code, one after the other."""

from dataclasses import dataclass, field

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.turns.chat_run import ask, ask_without_session
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.turns.planned_turn import PlannedTurn
from lessons.kit.visitors.workspace import new_visitor

RESTART = "restart"


@dataclass(frozen=True)
class Say:
    """A message to a session, or without a session if the id is None. `options` go to the store's open_session."""

    text: str
    session_id: str | None = "alice"
    options: dict = field(default_factory=dict, hash=False)


def say(text, session_id="alice", **options):
    return Say(text, session_id, options)


@dataclass(frozen=True)
class Call:
    """A call of a session's method. `options` go to the store's open_session."""

    method: str
    arguments: tuple = field(default=(), hash=False)
    session_id: str = "alice"
    options: dict = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Run:
    """Code that takes the arguments of a step, for a session."""

    code: object
    session_id: str = "alice"


def add(item, session_id="alice"):
    return Call("add_items", ([item],), session_id)


def system(text, session_id="alice"):
    return add({"role": "system", "content": text}, session_id)


def user(text, session_id="alice"):
    return add({"role": "user", "content": text}, session_id)


def assistant(text, session_id="alice"):
    return add({"role": "assistant", "content": text}, session_id)


CLEAR, POP = Call("clear_session"), Call("pop_item")
ASK = "What's my name?"


def turn_of(action):
    """The action as code that a turn runs."""

    async def run(agent, open_session):
        match action:
            case Say(text, None):
                return await ask_without_session(text)(agent, lambda piece: None)
            case Say(text, session_id, options):
                return await ask(text)(agent, open_session(session_id, **options), lambda piece: None)
            case Call(method, arguments, session_id, options):
                return await getattr(open_session(session_id, **options), method)(*arguments)
        return None

    return action.code if isinstance(action, Run) else run


def by_hand(desk, walked, actions):
    """Do the actions one after the other: each is a turn, or a restart."""
    for action in actions:
        session_id = getattr(action, "session_id", None) or "alice"
        if action == RESTART:
            work = walk.start_restart(walked, session_id)
        else:
            planned = PlannedTurn(
                "By hand", turn_of(action), session_id, walked.store, walked.provider, walked.lesson.make_agent
            )
            work = desk.start(planned)
        assert work.result(60).problem is None


def reason(slug, number, actions, provider, store=None):
    """Why the challenge's check refuses what a new visitor has done; None if it accepts it.

    The actions use the challenge's own store; if it names none, `store`, or else the lesson's first store.
    """
    lesson, desk = load_lesson(slug), open_desk(new_visitor(), slug)
    walked = walk.Walk(lesson, desk, lesson.challenges[number].store or store or lesson.walk_stores[0], provider)
    try:
        by_hand(desk, walked, actions)
        return walk.check(desk, lesson.challenges[number], number, walked.store)
    finally:
        desk.close()
