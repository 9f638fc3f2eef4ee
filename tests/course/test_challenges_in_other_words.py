"""Each challenge takes right solutions in other words, and refuses wrong ones, whatever their words."""

from dataclasses import dataclass

import pytest
from agents import Runner

from lessons.course.index import load_lesson
from lessons.frame import walk
from lessons.kit.turns.open_desks import open_desk
from lessons.kit.turns.planned_turn import PlannedTurn
from lessons.kit.visitors.workspace import new_visitor

RESTART = "restart"


@dataclass(frozen=True)
class Say:
    """A message to a session, to none where the id is None, with the options of the store's open_session."""

    text: str
    session_id: str | None = "alice"
    options: tuple[tuple[str, object], ...] = ()


def say(text, session_id="alice", **options):
    return Say(text, session_id, tuple(options.items()))


@dataclass(frozen=True)
class Add:
    item: dict
    session_id: str = "alice"

    def __hash__(self):
        return id(self)


@dataclass(frozen=True)
class Call:
    """A method of a session, with its arguments."""

    method: str
    arguments: tuple = ()
    session_id: str = "alice"


def system(text):
    return Add({"role": "system", "content": text})


ADDED_NOTE, CLEAR, POP = system, Call("clear_session"), Call("pop_item")
ASK = "What's my name?"
SIX = [say(f"What's {n} + {n}?") for n in range(1, 6)]
BRANCH = Call("create_branch_from_turn", (2, "other"))

# lesson, number of the challenge, the right solutions, the wrong ones
CHALLENGES = [
    (
        "basic",
        0,
        [
            [say("hi, I'm Yuki!"), say("who am i?", "other")],
            [say("Call me Sam"), say("do you know my name?", None)],
            [say("Ich heiße Jürgen"), say("what is my name", "another one")],
            [say("Hello"), say("I am called Ben"), say("tell me my name", "x"), RESTART],
            [say("My name is Alice"), say("whats my nmae?", "bob")],
        ],
        [
            [say("hi, I'm Yuki!"), say("who am i?")],
            [say("I'm Yuki"), CLEAR, say(ASK)],
            [say("hi, I'm Yuki!"), say("What's 2 + 2?", "other")],
        ],
    ),
    (
        "basic",
        1,
        [
            [say("I'm Alice"), say("hi, I'm Bob!", "bob")],
            [say("this is Alice speaking", "one"), say("Call me Bob", "two")],
            [say("my name is alice"), say("Hello", "bob"), say("my name is bob", "bob")],
            [say("Alice here", "a"), say("I am Bob Smith", "b")],
            [say("Je m'appelle Alice"), say("Ich heiße Bob", "bob")],
        ],
        [
            [say("I'm Alice"), say("I'm Bob")],
            [say("I'm Alice"), say("Do you know Bob?", "bob")],
            [say("I'm Alice"), say("I'm Bob", "bob"), say("And I am Alice", "bob")],
        ],
    ),
    (
        "basic",
        2,
        [
            [say("I'm Yuki"), RESTART, say("who am I?")],
            [say("Hi"), say("Call me Sam"), RESTART, say(ASK)],
            [say("Ich heiße Jürgen", "j"), RESTART, say("Hello", "j")],
            [RESTART, say("I am called Ben"), RESTART, say("do you know my name?")],
            [say("my naem is Alice"), RESTART, say(ASK)],
        ],
        [
            [say("I'm Yuki"), say("who am I?")],
            [say("I'm Yuki"), RESTART, say("who am I?", "other")],
            [RESTART, say("I'm Yuki"), say("who am I?")],
        ],
    ),
    (
        "memory_operations",
        0,
        [
            [say("weather in Oslo?"), POP, POP, POP, POP, say("and the weather in Rome?")],
            [say("What's the weather in Oslo?"), CLEAR, say("weather in rome please?")],
            [
                say("What's 2 + 2?"),
                say("What's the weather in Oslo?"),
                POP,
                POP,
                POP,
                POP,
                say("What's the weather in Rome?"),
            ],
            [say("Is it cold in Oslo?"), CLEAR, say("Is it cold in Rome?")],
            [say("How is the weather in OSLO?"), CLEAR, say("How is the weather in ROME?")],
        ],
        [
            [say("weather in Rome?")],
            [say("weather in Oslo?"), POP, POP, say("weather in Rome?")],
            [say("weather in Oslo?"), say("weather in Rome?")],
        ],
    ),
    (
        "memory_operations",
        1,
        [
            [system("The user is called Yuki."), say("who am I?")],
            [system("The user's name is Sam"), say("do you know my name?")],
            [system("My name is Alice."), say(ASK)],
            [Add({"role": "developer", "content": "The customer's name is Ben."}), say("what am I called?")],
            [Add({"role": "assistant", "content": "Your name is Rosa."}), say("whats my name")],
        ],
        [
            [say("I'm Yuki"), say("who am I?")],
            [system("The user likes tea."), say(ASK)],
            [system("The user is called Yuki.")],
        ],
    ),
    (
        "multi_session",
        0,
        [
            [say("I forgot my password", "yuki-support"), say("How do I upgrade?", "yuki-sales")],
            [say("I am locked out, my PIN is wrong", "support_ann"), say("I want the premium plan", "sales_ann")],
            [say("my passcode fails", "ann:support"), say("Which upgrade fits me?", "ann:sales")],
            [say("I cannot sign in", "user7/support"), say("a bigger plan please", "user7/sales")],
            [say("Reset my password", "tom.support"), say("UPGRADE me", "tom.sales"), say("Thanks", "tom.sales")],
        ],
        [
            [say("I forgot my password", "support"), say("How do I upgrade?", "sales")],
            [say("I forgot my password", "yuki"), say("How do I upgrade?", "yuki")],
            [say("Hello", "yuki-support"), say("How do I upgrade?", "yuki-sales")],
        ],
    ),
    (
        "multi_session",
        1,
        [
            [say("Hi"), say("Bye")],
            [say("What's 1 + 1?", "x"), say("What's 2 + 2?", "x"), say("What's 3 + 3?", "x")],
            [system("Be brief."), say("Hi"), say("Bye")],
            [say("Hi"), POP, POP, say("Hi"), say("Who are you?")],
            [say("Hello", "one"), say("Hi", "two"), say("I like tea", "two")],
        ],
        [
            [say("Hi")],
            [say("Hi", "one"), say("Hi", "two")],
            [say("Hi"), Add({"role": "user", "content": "And?"}), say("Bye")],
        ],
    ),
    (
        "encrypted",
        0,
        [
            [say("I'm Yuki"), say("who am I?", ttl=-1)],
            [say("I'm Yuki"), say("Hello", encryption_key="another key")],
            [say("Hi"), say("I'm Yuki"), say("tell me my name", ttl=-1)],
            [say("Ich heiße Jürgen", "j"), say(ASK, "j", encryption_key="k2")],
            [say("I'm Yuki"), say(ASK), say(ASK, ttl=-1)],
        ],
        [
            [say("I'm Yuki"), say("who am I?")],
            [say("I'm Yuki"), CLEAR, say("who am I?")],
            [say("I'm Yuki"), say("who am I?", "other")],
        ],
    ),
    (
        "encrypted",
        2,
        [
            [say("hi, I'm Yuki!"), say("My PIN is 1", encryption_key="other")],
            [say("Call me Sam"), say("a secret", encryption_key="k2")],
            [say("Ich heiße Jürgen"), say("geheim", encryption_key="k2")],
            [say("Hello"), say("I am called Ben"), say("hush", encryption_key="x")],
            [say("I'm Ann", "s"), say("psst", "s", encryption_key="x"), say("more", "s", encryption_key="x")],
        ],
        [
            [say("hi, I'm Yuki!"), say("My PIN is 1")],
            [say("hi, I'm Yuki!"), say("My PIN is 1", "other", encryption_key="other")],
            [say("hi, I'm Yuki!", encryption_key="other")],
        ],
    ),
    (
        "analytics",
        0,
        [
            [say("2+2?"), say("3+3?"), BRANCH, say("4+4?")],
            [say("what is two plus two"), say("What is 3 + 3"), BRANCH, say("How much is 4+4")],
            [say("What's 2 + 2?"), say("What's 4 + 4?"), BRANCH, say("What's 3 + 3?")],
            [say("Calculate 2 + 2"), say("Calculate 3 + 3"), BRANCH, say("Calculate 4 + 4")],
            [say("2 + 2"), say("3 + 3"), say("Thanks"), BRANCH, say("4 + 4")],
        ],
        [
            [say("2+2?"), say("3+3?"), say("4+4?")],
            [say("2+2?"), say("3+3?"), Call("create_branch_from_turn", (1, "other")), say("4+4?")],
            [say("2+2?"), say("3+3?"), BRANCH, say("5+5?")],
        ],
    ),
    (
        "long_conversations",
        0,
        [
            [say("I'm Yuki"), *SIX, say("Hi"), CLEAR, system("The user is called Yuki."), say("who am I?")],
            [*SIX, say("Hi"), CLEAR, say("Call me Sam"), say(ASK)],
            [*SIX, say("Hi"), CLEAR, system("The user's name is Rosa"), say("Hello")],
            [say("Ich heiße Jürgen"), *SIX, say("Hi"), CLEAR, system("My name is Jürgen."), say(ASK)],
            [*SIX, say("Hi"), CLEAR, Add({"role": "assistant", "content": "Your name is Ann."}), say(ASK)],
        ],
        [
            [say("I'm Yuki"), *SIX, say("Hi"), CLEAR, say("who am I?")],
            [say("I'm Yuki"), *SIX, say("who am I?")],
            [say("I'm Yuki"), say("who am I?")],
        ],
    ),
    (
        "databases",
        1,
        [
            [say("I'm Yuki"), RESTART, say("who am I?")],
            [say("Call me Sam"), RESTART, say(ASK)],
            [say("Hello"), say("I am called Ben"), RESTART, say("do you know my name?")],
            [say("Ich heiße Jürgen"), RESTART, say("what is my name?")],
            [RESTART, say("my name is alice"), RESTART, say("Tell me my name")],
        ],
        [
            [say("I'm Yuki"), say("who am I?")],
            [say("I'm Yuki"), RESTART, say("I'm Yuki")],
            [RESTART, say("I'm Yuki"), say("who am I?")],
        ],
    ),
    (
        "redis",
        0,
        [
            [say("The codeword is swordfish", "code", ttl=60), say("I'm Yuki", "me", ttl=None)],
            [say("my code word: swordfish", "c", ttl=60), say("Call me Sam", "s", ttl=None)],
            [say("I'm Ann", "ann", ttl=None), say("Remember the code word swordfish", "c", ttl=99)],
            [say("swordfish is the code word", "c", ttl=60), say("Ich heiße Jürgen", "j", ttl=None)],
            [say("Hi", "c", ttl=60), say("The code word is x", "c", ttl=60), say("my name is bob", "b", ttl=None)],
        ],
        [
            [say("The codeword is x", "code", ttl=60), say("I'm Yuki", "code", ttl=60)],
            [say("The codeword is x", "code", ttl=None), say("I'm Yuki", "me", ttl=None)],
            [say("What is the code word?", "code", ttl=60), say("I'm Yuki", "me", ttl=None)],
        ],
    ),
    (
        "redis",
        1,
        [
            [say("I'm Yuki", ttl=60), CLEAR, say("I'm Yuki", ttl=None)],
            [say("Call me Sam", ttl=60), CLEAR, say("I am Sam", ttl=None)],
            [say("Hi", ttl=60), say("I'm Ann", ttl=60), CLEAR, say("I'm Ann", ttl=None), say("Hi", ttl=None)],
            [say("Ich heiße Jürgen", ttl=60), CLEAR, say("Ich heiße Jürgen", ttl=None)],
            [say("my name is bob", ttl=60), CLEAR, Add({"role": "user", "content": "my name is bob"})],
        ],
        [
            [say("I'm Yuki", ttl=60), say("I'm Yuki", ttl=None)],
            [say("I'm Yuki", ttl=None)],
            [say("I'm Yuki", ttl=60), CLEAR, say("Hello", ttl=None)],
        ],
    ),
    (
        "hosted",
        0,
        [
            [say("I'm Yuki"), CLEAR, say("I'm Yuki")],
            [say("Call me Sam"), CLEAR, say("it's me again. Call me Sam")],
            [say("Hi"), say("I am called Ben"), CLEAR, say("I am Ben")],
            [say("Ich heiße Jürgen"), CLEAR, say("Ich heiße Jürgen")],
            [say("I'm Ann"), CLEAR, say("Hello"), say("Ann here")],
        ],
        [
            [say("I'm Yuki"), say("I'm Yuki")],
            [say("I'm Yuki"), CLEAR],
            [say("I'm Yuki"), POP, POP, say("I'm Yuki")],
        ],
    ),
]
RIGHT = [(slug, number, one) for slug, number, right, _ in CHALLENGES for one in right]
WRONG = [(slug, number, one) for slug, number, _, wrong in CHALLENGES for one in wrong]


def turn_of(action):
    """The action as code that a turn runs; a restart is a turn of its own kind."""

    async def run(agent, open_session):
        match action:
            case Say(text, None):
                return await Runner.run(agent, text)
            case Say(text, session_id, options):
                return await Runner.run(agent, text, session=open_session(session_id, **dict(options)))
            case Add(item, session_id):
                return await open_session(session_id).add_items([item])
            case Call(method, arguments, session_id):
                return await getattr(open_session(session_id), method)(*arguments)
        return None

    return run


def by_hand(desk, walked, actions):
    """Do each action in a turn of its own kind, one after the other."""
    for action in actions:
        session_id = getattr(action, "session_id", None) or "alice"
        planned = PlannedTurn(
            "By hand", turn_of(action), session_id, walked.store, walked.provider, walked.lesson.make_agent
        )
        work = walk.start_restart(walked, session_id) if action == RESTART else desk.start(planned)
        assert work.result(20).problem is None


def reason(slug, number, actions, provider):
    """Why the check refuses what was done, None where it takes it. Each action is a turn of a new visitor."""
    lesson, desk = load_lesson(slug), open_desk(new_visitor(), slug)
    walked = walk.Walk(lesson, desk, lesson.challenges[number].store or lesson.walk_stores[0], provider)
    try:
        by_hand(desk, walked, actions)
        return walk.check(desk, lesson.challenges[number], number, walked.store)
    finally:
        desk.close()


@pytest.mark.parametrize(("slug", "number", "actions"), RIGHT)
def test_a_right_solution_in_other_words_is_taken(data_folder, provider, slug, number, actions):
    assert reason(slug, number, actions, provider) is None


@pytest.mark.parametrize(("slug", "number", "actions"), WRONG)
def test_a_wrong_solution_is_refused_with_a_reason(data_folder, provider, slug, number, actions):
    assert reason(slug, number, actions, provider)


def test_each_of_these_challenges_has_five_right_and_three_wrong():
    assert {(len(right), len(wrong)) for _, _, right, wrong in CHALLENGES} == {(5, 3)}


@pytest.mark.parametrize(
    "slug", ["basic", "memory_operations", "multi_session", "encrypted", "long_conversations", "databases"]
)
def test_walking_the_steps_solves_no_challenge_and_hinders_none(data_folder, provider, slug):
    """After all steps each challenge is still to be solved, and the learner's own turns solve it as they do without them."""
    lesson, desk = load_lesson(slug), open_desk(new_visitor(), slug)
    walked = walk.Walk(lesson, desk, lesson.walk_stores[0], provider)
    for index in range(len(lesson.steps)):
        assert walk.start_step(walked, index).result(20).held
    reasons = [walk.check(desk, one, number, walked.store) for number, one in enumerate(lesson.challenges)]
    assert all(reasons), reasons
    number, actions = next((number, right[0]) for name, number, right, _ in CHALLENGES if name == slug)
    by_hand(desk, walked, actions)
    assert walk.check(desk, lesson.challenges[number], number, walked.store) is None
    desk.close()
