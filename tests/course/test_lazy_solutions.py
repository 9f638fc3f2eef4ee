"""Each challenge refuses what only looks solved, and accepts solutions that the lesson does not show."""

from dataclasses import replace

import pytest
from agents import RunConfig, Runner, SessionSettings

from lessons.course.approvals.lesson import approve_it, ignore_it
from lessons.course.index import LESSONS, load_lesson
from lessons.course.model_items.lesson import pop_the_answer_alone
from tests.course.test_challenges_about_items import failing
from tests.course.test_challenges_in_other_words import BRANCH, DELETE, DRAFT, MAIN
from tests.support.by_hand import ASK, CLEAR, POP, RESTART, Call, Run, add, assistant, reason, say, system, user

GET = Call("get_items")
K2 = {"encryption_key": "k2"}
OSLO, ROME = say("What's the weather in Oslo?"), say("What's the weather in Rome?")
BOOK = say("Book a hotel in Oslo")
FIVE = [say(f"What's {n} + {n}?") for n in range(1, 6)]
BOOKS = [say("a", "books"), say("b", "books"), say("c", "books")]
NAME = "The user is called Yuki."


def on(session_id, action):
    return replace(action, session_id=session_id)


def add_for(ttl, text, session_id="alice"):
    return Call("add_items", ([{"role": "user", "content": text}],), session_id, {"ttl": ttl})


def without(word):
    """A message that is sent without the items of the history that have this word: a callback leaves them out."""

    async def ask(agent, session):
        def leave_out(history, new):
            return [item for item in history if word not in str(item)] + new

        config = RunConfig(session_input_callback=leave_out)
        return await Runner.run(agent, "What's 4 + 4?", session=session, run_config=config)

    return Run(ask)


async def ask_with_a_limit_of_1(agent, session):
    settings = RunConfig(session_settings=SessionSettings(limit=1))
    return await Runner.run(agent, ASK, session=session, run_config=settings)


async def keep_the_last_two(session):
    items = await session.get_items()
    await session.clear_session()
    await session.add_items([{"role": "system", "content": NAME}, *items[-2:]])


async def keep_the_user(open_session):
    session = open_session("popped")
    items = await session.get_items()
    await session.clear_session()
    await session.add_items([item for item in items if item.get("role") == "user"])


async def copy_in_parts(open_session):
    items = await open_session("alice").get_items()
    await open_session("twin").add_items(items[:1])
    await open_session("twin").add_items(items[1:])


POPPED = Run(pop_the_answer_alone, "popped")
CALL = {"type": "function_call", "call_id": "c1", "name": "book_hotel", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "sunny"}

# lesson, number of the challenge, five right solutions, four wrong ones
CHALLENGES = [
    (
        "basic",
        0,
        [
            [say("I'm Tom"), say(ASK, "x"), say("Thanks", "x")],
            [say("I'm Tom"), say("I'm Eva", "e"), POP, POP, say("I'm Tom"), say("Who am I?", "new")],
            [say("Hello"), say("I'm Tom"), say("What am I called?", None)],
            [say(ASK), say("I'm Tom"), say("Please tell me my name", "x"), RESTART, say("Bye", "x")],
            [say("I'm Tom"), Run(ask_with_a_limit_of_1), say(ASK, "y")],
        ],
        [
            [say(ASK), say("I'm Tom")],
            [say(ASK, "x"), say("I'm Tom"), say("Hello", "x")],
            [say("I'm Tom"), assistant("I do not know your name."), say(ASK)],
            [say("I'm Tom"), POP, POP, say(ASK, "x")],
        ],
    ),
    (
        "basic",
        1,
        [
            [system("The user is called Alice."), say("I'm Alice"), say("I'm Bob", "b")],
            [say("I'm Alice"), say("I'm Bob"), CLEAR, say("I'm Alice"), say("I'm Bob", "b")],
            [say("I'm Alice"), say("I'm Bob", "b"), say("What's 2 + 2?", "c")],
            [say("Hi, Alice here", "b"), say("Hi, Bob here", "a")],
            [say("I'm Alice", "x"), RESTART, say("I'm Bob", "y"), say(ASK, "x"), say(ASK, "y")],
        ],
        [
            [user("I'm Alice"), say("I'm Bob", "b")],
            [say("I'm Alice"), say("I'm Bob", None)],
            [say("I'm Alice"), say("I'm Bob", "b"), system("The user is called Bob.")],
            [say("I'm Alice"), say("I'm Bob", "b"), on("b", CLEAR)],
        ],
    ),
    (
        "basic",
        2,
        [
            [say("I'm Tom"), RESTART, say(ASK), say("Hello", "x")],
            [say("I'm Tom"), RESTART, say(ASK), RESTART],
            [say("I'm Tom", "a"), say("Hi", "b"), RESTART, say("Hi", "b"), say("Who am I?", "a")],
            [say("I'm Tom"), RESTART, say("I'm Tom")],
            [say("Hi"), RESTART, say("I'm Tom"), RESTART, say("Tell me my name")],
        ],
        [
            [say("I'm Tom"), RESTART, CLEAR, say("I'm Tom"), say(ASK)],
            [say("I'm Tom"), RESTART, say("I'm Tom", "x"), say(ASK, "x")],
            [say("I'm Tom"), POP, POP, RESTART, system(NAME), say(ASK)],
            [say("I'm Tom"), RESTART, GET],
        ],
    ),
    (
        "memory_operations",
        0,
        [
            [OSLO, POP, POP, POP, POP, ROME, say("Thanks")],
            [ROME, OSLO, CLEAR, ROME],
            [OSLO, POP, POP, POP, POP, say("And in Rome?")],
            [on("x", OSLO), on("x", CLEAR), on("x", ROME)],
            [OSLO, CLEAR, RESTART, say("Is it warm in Rome?")],
        ],
        [
            [OSLO, CLEAR, say("I love Rome")],
            [say("I love Oslo"), CLEAR, ROME],
            [ROME, OSLO, POP, POP, POP, POP],
            [on("x", OSLO), OSLO, CLEAR, ROME],
        ],
    ),
    (
        "memory_operations",
        1,
        [
            [system(NAME), say(ASK), say("Bye", "x")],
            [say("I'm Tom"), CLEAR, system(NAME), say("Who am I?")],
            [say("Hi"), system(NAME), say("Hello"), say("Do you know my name?")],
            [on("x", system(NAME)), RESTART, say(ASK, "x")],
            [say(ASK), system(NAME), say(ASK)],
        ],
        [
            [say(ASK), system(NAME)],
            [system(NAME), say(ASK, "x")],
            [say(ASK), assistant("Your name is Tom.")],
            [user("I'm Tom"), say(ASK)],
        ],
    ),
    (
        "model_items",
        0,
        [
            [POPPED, *[on("popped", POP)] * 3, say("What's 4 + 4?", "popped")],
            [POPPED, Run(keep_the_user, "popped")],
            [POPPED, on("popped", POP), on("popped", POP), assistant("It is 8.", "popped")],
            [POPPED, on("popped", CLEAR), user("What's 4 + 4?", "popped")],
            [POPPED, *[on("popped", POP)] * 3, RESTART],
        ],
        [
            [POPPED, on("popped", CLEAR), say("What's 4 + 4?")],
            [POPPED, say("Hi", "popped")],
            [POPPED, on("popped", POP)],
            [say("What's 4 + 4?")],
        ],
    ),
    (
        "multi_session",
        0,
        [
            [say("I forgot my password", "AliceSupport"), say("How do I upgrade?", "AliceSales")],
            [say("I forgot my password", "alice1"), say("How do I upgrade?", "alice2")],
            [say("I forgot my password", "李-support"), say("How do I upgrade?", "李-sales")],
            [say("Ich habe mein Passwort vergessen", "jürgen.hilfe"), say("Ich will ein Upgrade", "jürgen.kauf")],
            [say("He olvidado mi contraseña", "eva:support"), say("Quiero el plan premium", "eva:sales")],
        ],
        [
            [say("I forgot my password", "support_chat"), say("How do I upgrade?", "sales_chat")],
            [say("I forgot my password", "user_support"), say("How do I upgrade?", "user_sales")],
            [say("I forgot my password", "session-1"), say("How do I upgrade?", "session-2")],
            [user("I forgot my password", "eva-support"), user("How do I upgrade?", "eva-sales")],
        ],
    ),
    (
        "multi_session",
        1,
        [
            [say("Hi", "a"), user("x", "a"), say("Who are you?", "b"), say("What can you do?", "b")],
            [say("Hi"), say("Hi")],
            [OSLO, say("Thanks")],
            [say("one"), system("Be brief."), say("two")],
            [say("one"), say("two"), on("alice", POP), POP, say("three")],
        ],
        [
            [user("a"), assistant("b"), user("c"), assistant("d")],
            [say("a"), user("b"), assistant("c")],
            [say("a"), say("b"), CLEAR],
            [say("a"), say("b"), POP],
        ],
    ),
    (
        "encrypted",
        0,
        [
            [say("Hi"), say("I'm Tom", **K2), say(ASK)],
            [say("I'm Tom", **K2), say(ASK)],
            [say("Hi", **K2), say("I'm Tom"), say("Who am I?", **K2)],
            [say("I'm Tom"), say(ASK, ttl=-1), say(ASK)],
            [say("I'm Tom"), GET, RESTART, say("What's my name?", **K2)],
        ],
        [
            [user("I'm Tom"), say(ASK, ttl=-1)],
            [say("I'm Tom"), Call("get_items", (), "alice", {"ttl": -1}), say(ASK)],
            [say("I'm Tom"), say("Who am I?", ttl=-1), CLEAR],
            [say("I'm Tom"), assistant("I do not know."), say(ASK)],
        ],
    ),
    (
        "encrypted",
        1,
        [
            [say("a"), say("b", **K2), say("c")],
            [say("a"), Call("get_items", (), "alice", K2), GET],
            [say("a", "x"), say("b", "x", ttl=-1), say("c", "x", ttl=600)],
            [say("a"), say("b"), say("c", ttl=-1), RESTART, say("d")],
            [say("a", **K2), say("b"), say("c", **K2)],
        ],
        [
            [say("a"), say("b", **K2), say("c", **K2)],
            [say("a"), say("b", **K2), say("c", **K2), say("d", **K2)],
            [say("a"), Call("get_items", (), "alice", K2), user("b")],
            [say("a"), say("b", "x", **K2), GET],
        ],
    ),
    (
        "encrypted",
        2,
        [
            [say("I'm Tom"), say("My PIN is 1", **K2), say("ok")],
            [say("x", "other"), say("I'm Tom"), say("My PIN is 1", **K2)],
            [say("Hello"), say("I'm Tom"), RESTART, say("My PIN is 1", encryption_key="k3")],
            [say("old", **K2), say("I'm Tom"), say("My PIN is 1", **K2)],
            [say("Call me Tom", "t"), say("a", "t", **K2), say("b", "t", encryption_key="k3")],
        ],
        [
            [say("My PIN is 1", **K2), say("I'm Tom")],
            [say("I'm Tom"), say("My PIN is 1", None)],
            [say("I'm Tom", **K2), say("My PIN is 1")],
            [say("I'm Tom"), Call("add_items", ([{"role": "user", "content": "My PIN is 1"}],), "alice", K2)],
        ],
    ),
    (
        "analytics",
        0,
        [
            [say("What's 2 + 2?"), say("What's 3 + 3?"), without("3 + 3")],
            [say("What's 2 + 2?"), say("What's 3 + 3?"), BRANCH, say("What's 4 + 4?"), MAIN, say("Thanks")],
            [say("2 + 2"), say("4 + 4"), BRANCH, say("3 + 3"), MAIN],
            [say("Hi"), say("2 + 2"), say("3 + 3"), Call("create_branch_from_turn", (3, "b")), say("4 + 4")],
            [say("1 + 1", "x"), say("2 + 2"), say("3 + 3"), BRANCH, say("4 + 4"), say("1 + 1", "x")],
        ],
        [
            [user("What's 2 + 2?"), user("What's 3 + 3?"), BRANCH, user("What's 4 + 4?")],
            [say("2 + 2"), say("3 + 3"), POP, POP, say("4 + 4")],
            [say("2 + 2"), say("3 + 3"), say("4 + 4", None)],
            [say("2 + 2"), say("3 + 3"), BRANCH, say("4 + 4"), MAIN, Call("delete_branch", ("other",))],
        ],
    ),
    (
        "analytics",
        1,
        [
            [*BOOKS, say("d")],
            [say("x", "books"), on("books", CLEAR), *BOOKS],
            [say("OSLO weather?", "books"), say("b", "books"), say("c", "books")],
            [*BOOKS, RESTART, Call("get_items", (), "books")],
            [say("a", "books"), say("b", "books"), on("books", BRANCH), say("c", "books"), say("d", "books")],
        ],
        [
            [*BOOKS, on("books", POP), on("books", POP)],
            [*BOOKS, on("books", CLEAR)],
            [say("a", "books"), say("b", "books"), say("c", None)],
            [say("a", "books"), user("b", "books"), user("c", "books")],
        ],
    ),
    (
        "analytics",
        2,
        [
            [say("a"), say("b"), DRAFT, say("c"), MAIN, DELETE, say("d")],
            [say("a"), say("b"), DRAFT, MAIN, say("d"), Call("switch_to_branch", ("draft",)), say("c"), MAIN, DELETE],
            [say("a"), say("b"), DRAFT, OSLO, MAIN, DELETE],
            [say("a"), say("b"), DRAFT, say("c"), Call("delete_branch", ("draft", True))],
            [say("a"), say("b"), say("c"), DRAFT, say("c"), say("d"), MAIN, DELETE],
        ],
        [
            [say("a"), say("b"), DRAFT, MAIN, say("c"), DELETE],
            [say("a"), say("b"), DRAFT, user("c"), MAIN, DELETE],
            [say("a"), say("b"), DRAFT, say("c"), on("x", say("d"))],
            [say("a"), say("b"), DRAFT, say("c"), MAIN, DELETE, CLEAR],
        ],
    ),
    (
        "long_conversations",
        0,
        [
            [*FIVE, CLEAR, system(NAME), say(ASK)],
            [say("I'm Yuki"), *FIVE, Run(keep_the_last_two), say("Hi")],
            [*FIVE, *FIVE, CLEAR, say("I'm Yuki"), say("Hi")],
            [*FIVE, say("Hi"), CLEAR, system(NAME), say("Hello"), say("Hi", "x")],
            [*FIVE, say("Hi"), CLEAR, system(NAME), say(ASK), *[say(f"{n} + 1", "x") for n in range(6)]],
        ],
        [
            [*FIVE, say("Hi"), say("I'm Yuki", "x"), say(ASK, "x")],
            [*FIVE, say("Hi"), CLEAR, say("I'm Yuki")],
            [*FIVE, say("Hi"), CLEAR, say(ASK), assistant("Your name is Yuki.")],
            [say("I'm Yuki"), *FIVE, Run(ask_with_a_limit_of_1)],
        ],
    ),
    (
        "long_conversations",
        1,
        [
            [OSLO, Call("get_items", (2,)), GET],
            [on("w", ROME), Call("get_items", (2,), "w"), say("Hi")],
            [say("Hi"), OSLO, say("Thanks"), Call("get_items", (4,))],
            [OSLO, OSLO, Call("get_items", (6,))],
            [OSLO, POP, Call("get_items", (1,))],
        ],
        [
            [add(OUTPUT), say("Hi"), Call("get_items", (3,))],
            [OSLO, GET, say("Hi")],
            [OSLO, POP, Call("get_items", (2,))],
            [say("Hi"), say("Hello"), Call("get_items", (1,))],
        ],
    ),
    (
        "failures",
        0,
        [
            [failing("Where is my order?"), say("Hi", "x")],
            [say("Hi", "x"), on("x", POP), say("Hello", "y")],
            [user("Where is it?"), user("Hello?")],
            [say("Hi"), system("Be brief."), user("Where is my order?")],
            [failing("What's the weather in Oslo?", request=2)],
        ],
        [
            [failing("Hi"), POP],
            [say("Where is my order?", None)],
            [user("Where is my order?"), assistant("On its way.")],
            [failing("Hi"), say("Hi")],
        ],
    ),
    (
        "failures",
        1,
        [
            [say("Hi"), say("Hello"), say("hi")],
            [failing("Where is it?"), RESTART, say("Where is it?")],
            [user("What's 1 + 1?"), say("1 + 1 = ?")],
            [say("Tea?", "x"), say("Tea?", "x"), say("Bye", "x")],
            [failing("a"), failing("a")],
        ],
        [
            [user("Tea?"), user("Tea?")],
            [say("Tea?"), say("Tea?", None)],
            [say("Tea?"), POP, POP, say("Tea?")],
            [say("Tea?"), assistant("Tea?"), say("Coffee?")],
        ],
    ),
    (
        "approvals",
        0,
        [
            [BOOK, say("Hi")],
            [BOOK, say("Hi"), RESTART, say("Bye", "x")],
            [on("t", BOOK), say("Hello", "t")],
            [BOOK, BOOK],
            [Run(ignore_it), say("Hi")],
        ],
        [
            [add(CALL), say("Hi")],
            [Run(approve_it), POP, POP, say("Hi")],
            [BOOK, say("Hi", "x")],
            [BOOK, say("Hi"), CLEAR],
        ],
    ),
    (
        "approvals",
        1,
        [
            [BOOK, system("Your hotel was not approved.")],
            [BOOK, say("The booking was declined")],
            [BOOK, add({"role": "developer", "content": "A person rejected it."}), say("Hi")],
            [system("The reservation has been refused."), say("Hi")],
            [on("t", BOOK), on("t", system("The booking wasn't approved.")), RESTART],
        ],
        [
            [BOOK, assistant("The booking was not approved.")],
            [system("My holiday was rejected.")],
            [BOOK, say("Reject the booking", None)],
            [BOOK, system("The booking was not approved."), CLEAR],
        ],
    ),
    (
        "life_cycle",
        0,
        [
            [say("Hi"), say("Hello", "x"), Run(copy_in_parts)],
            [OSLO, Run(copy_in_parts), say("Hi", "x")],
            [user("a", "x"), assistant("b", "x"), user("a", "y"), assistant("b", "y"), RESTART],
            [say("Hi", "x"), say("Hi", "y")],
            [say("Hi"), Run(copy_in_parts), POP, on("twin", POP), assistant("x"), assistant("x", "twin")],
        ],
        [
            [say("Hi"), Run(copy_in_parts), say("Bye")],
            [user("a", "x"), assistant("b", "x"), assistant("a", "y"), user("b", "y")],
            [say("Hi"), Run(copy_in_parts), on("twin", CLEAR)],
            [say("Hi"), say("Hi")],
        ],
    ),
    (
        "life_cycle",
        1,
        [
            [say("a", "x"), say("b", "y"), on("x", CLEAR), say("c", "z")],
            [user("a", "x"), user("b", "y"), on("x", CLEAR), RESTART],
            [say("a", "x"), say("b", "y"), on("x", POP), on("x", CLEAR)],
            [say("a", "x"), on("x", CLEAR), say("a", "x"), say("b", "y"), on("y", CLEAR)],
            [OSLO, say("a", "x"), CLEAR],
        ],
        [
            [say("a", "x"), on("x", CLEAR), say("b", "y")],
            [say("a", "x"), say("b", "y"), on("x", POP), on("x", POP)],
            [say("a", "x"), say("b", None), on("x", CLEAR)],
            [say("a", "x"), say("b", "y"), on("z", CLEAR)],
        ],
    ),
    (
        "databases",
        0,
        [
            [user("🎉" * 9_000), say("🎉" * 6_000)],
            [say("ü" * 11_000), say("Hi")],
            [say("한국어" * 4_000)],
            [say("x" * 5_000 + "ф" * 12_000)],
            [say("א" * 20_000, "x"), RESTART],
        ],
        [
            [say("x" * 70_000)],
            [say("ф" * 20_001)],
            [say("🎉" * 6_000, None)],
            [assistant("🎉" * 6_000)],
        ],
    ),
    (
        "databases",
        1,
        [
            [say("I'm Tom"), RESTART, say(ASK), RESTART],
            [say("I'm Tom"), RESTART, say(ASK), say("Hi", "x")],
            [say("I'm Tom", "a"), say("Hi", "b"), RESTART, say("Hi", "a")],
            [say("Hi"), say("I'm Tom"), RESTART, say("Hello")],
            [RESTART, say("I'm Tom"), RESTART, say("What's 2 + 2?")],
        ],
        [
            [user("I'm Tom"), RESTART, say(ASK), RESTART, say(ASK)],
            [say("I'm Tom"), RESTART, GET],
            [say("I'm Tom"), CLEAR, RESTART, say(ASK)],
            [say("I'm Tom"), RESTART, system(NAME), say(ASK, "x")],
        ],
    ),
    (
        "redis",
        0,
        [
            [say("The code-word is fig", "c", ttl=60), say("I'm Tom", "t", ttl=None)],
            [say("Das Codewort ist Feige", "c", ttl=60), say("Ich heiße Jürgen", "t", ttl=None)],
            [say("Our code word is fig", "c", ttl=60), say("Hi", "c", ttl=60), say("Tom here", "t", ttl=None)],
            [say("I'm Tom", "t", ttl=None), say("code word fig", "c", ttl=60), RESTART],
            [say("Code word: fig", "c", ttl=None), say("Hi", "c", ttl=60), say("I'm Tom", "t", ttl=None)],
        ],
        [
            [add_for(60, "The code word is fig", "c"), say("I'm Tom", "t", ttl=None)],
            [say("The code word is fig", "c", ttl=60), user("I'm Tom", "t")],
            [say("The code word is fig", "c", ttl=60), say("I'm Tom", "t", ttl=None), say("Hi", "t", ttl=60)],
            [say("The code word is fig", "c", ttl=60), say("I'm Tom", None)],
        ],
    ),
    (
        "redis",
        1,
        [
            [say("I'm Tom", ttl=60), CLEAR, say("I'm Tom", ttl=None), say("I'm Tom", "x", ttl=None)],
            [say("I'm Tom", ttl=60), say("Hi", ttl=None), CLEAR, say("I'm Tom", ttl=None)],
            [add_for(60, "I'm Tom"), CLEAR, add_for(None, "I'm Tom")],
            [say("I'm Tom", "x", ttl=60), on("x", POP), on("x", POP), say("I'm Tom", "x", ttl=None)],
            [say("I'm Tom", ttl=60), CLEAR, system(NAME), say("Hi", ttl=None)],
        ],
        [
            [say("Hi", ttl=60), CLEAR, say("I'm Tom", ttl=None)],
            [say("I'm Tom", ttl=60), say("I'm Tom", "x", ttl=None)],
            [say("I'm Tom", ttl=60), say("Hi", ttl=3600)],
            [say("I'm Tom", ttl=60), RESTART, say(ASK, ttl=None)],
        ],
    ),
    (
        "hosted",
        0,
        [
            [say("I'm Tom"), CLEAR, say("I'm Tom"), say("Hi", "x")],
            [say("I'm Tom", "x"), say("I'm Tom"), CLEAR, say("I'm Tom")],
            [say("I'm Tom"), POP, POP, CLEAR, say("I'm Tom")],
            [say("Hi"), CLEAR, say("I'm Tom"), CLEAR, say("I'm Tom")],
            [say("I'm Tom"), CLEAR, say("Hello, Tom here")],
        ],
        [
            [say("I'm Tom"), say("I'm Tom"), CLEAR, user("I'm Tom")],
            [say("I'm Tom"), CLEAR, user("I'm Tom")],
            [say("Hi"), CLEAR, say("I'm Tom"), say("I'm Tom")],
            [say("I'm Tom"), RESTART, say("I'm Tom")],
        ],
    ),
    (
        "hosted",
        1,
        [
            [*FIVE, *FIVE],
            [*FIVE, *FIVE, say("Hi")],
            [*[say(f"I have {n} cats") for n in range(2, 14)]],
            [*FIVE, RESTART, *FIVE],
            [say("Hi", "x"), *[replace(one, session_id="x") for one in [*FIVE, *FIVE]]],
        ],
        [
            [say("Hi"), add({"type": "compaction", "encrypted_content": "x", "id": "c"})],
            [say("Hi"), Call("run_compaction", ({"force": True},))],
            [*FIVE, *FIVE[:4]],
            [*FIVE, *FIVE, CLEAR],
        ],
    ),
]  # fmt: skip


RIGHT = [(slug, number, right) for slug, number, right, _ in CHALLENGES]
WRONG = [(slug, number, wrong) for slug, number, _, wrong in CHALLENGES]


def each_of(solutions_of_challenges, *, elsewhere=False):
    """A test of each solution on the challenge's own store, or on all others that its lesson can be walked on."""
    cases = []
    for slug, number, solutions in solutions_of_challenges:
        lesson = load_lesson(slug)
        own = lesson.challenges[number].store or lesson.walk_stores[0]
        others = set() if lesson.challenges[number].store else {*lesson.fitting_stores} - {own}
        for at, actions in enumerate(solutions):
            for store in sorted(others) if elsewhere else [own]:
                if RESTART in actions and "memory" in store:
                    continue  # a restart leaves no rows there
                marks = [pytest.mark.matrix] if at and not elsewhere else []
                cases.append(
                    pytest.param(slug, number, actions, store, marks=marks, id=f"{slug}-{number}-{at}-{store}")
                )
    return pytest.mark.parametrize(("slug", "number", "actions", "store"), cases)


@pytest.mark.matrix
@each_of(RIGHT)
def test_a_right_solution_is_taken(data_folder, provider, slug, number, actions, store):
    assert reason(slug, number, actions, provider, store) is None


@pytest.mark.matrix
@each_of(WRONG)
def test_a_lazy_solution_is_refused_with_a_reason(data_folder, provider, slug, number, actions, store):
    assert reason(slug, number, actions, provider, store)


@pytest.mark.exhaustive
@each_of(RIGHT, elsewhere=True)
def test_a_right_solution_is_taken_on_every_store(data_folder, provider, slug, number, actions, store):
    assert reason(slug, number, actions, provider, store) is None


@pytest.mark.exhaustive
@each_of(WRONG, elsewhere=True)
def test_a_lazy_solution_is_refused_on_every_store(data_folder, provider, slug, number, actions, store):
    assert reason(slug, number, actions, provider, store)


def test_every_challenge_has_five_right_and_four_wrong():
    assert {(len(right), len(wrong)) for _, _, right, wrong in CHALLENGES} == {(5, 4)}
    all_of = [(one.slug, number) for one in LESSONS for number in range(len(load_lesson(one.slug).challenges))]
    assert sorted((slug, number) for slug, number, *_ in CHALLENGES) == sorted(all_of)
