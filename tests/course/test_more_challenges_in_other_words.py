"""A second set of solutions in other words: each right one is accepted, and each wrong one is refused with a reason."""

import pytest

from tests.course.test_challenges_in_other_words import BRANCH, DELETE, DRAFT, MAIN, SIX, each
from tests.support.by_hand import ASK, CLEAR, POP, RESTART, Call, add, assistant, reason, say, system, user

# Lesson, number of the challenge, the right solutions, the wrong ones
CHALLENGES = [
    (
        "basic",
        0,
        [
            [say("Good evening, Omar here"), say("Do you remember my name?", "fresh")],
            [say("Me llamo Andrés"), say("¿Cómo me llamo?", None)],
            [say("我叫小明"), say("我叫什么名字?", "x")],
            [say("My friends call me Bea", "a"), say("Who am I?", "A")],
            [say("I'm Tom and I live in Rome", "t"), say("Where do I live?", "t"), say("What do you call me?", "u")],
        ],
        [
            [say("I'm Tom"), say("What's my name?", "x"), CLEAR],
            [say("What's my name?")],
            [system("The user's name is Tom"), say(ASK)],
        ],
    ),
    (
        "basic",
        1,
        [
            [say("Hello, Alice is my name"), say("Hello, Bob is my name", "b")],
            [say("I'm Bob", "b"), say("I'm Alice", "a"), say("What's my name?", "a")],
            [say("Me llamo Alice", "x"), say("Me llamo Bob", "y")],
            [say("My name is Alice and I love tea"), say("Good day. My name is Bob and I love tea too", "bob")],
            [say("You can call me Alice", "1"), say("You can call me Bob", "2")],
        ],
        [
            [say("I'm Alice"), say("I'm Bob", "bob"), say("Call me Bob")],
            [say("I'm Alice", "x"), say("I'm Carol", "y")],
            [system("I'm Alice"), system("I'm Bob", "bob")],
        ],
    ),
    (
        "basic",
        2,
        [
            [say("Omar here"), RESTART, say("Do you remember my name?")],
            [say("Me llamo Andrés"), RESTART, say("¿Cómo me llamo?")],
            [say("我叫小明"), RESTART, say("我叫什么名字?")],
            [say("I'm Tom", "t"), say("Hi", "t"), RESTART, say("Hi again", "t")],
            [say("I'm Tom"), RESTART, say("What's 2 + 2?")],
        ],
        [
            [say("I'm Tom"), RESTART, CLEAR, say(ASK)],
            [say("I'm Tom"), RESTART, say(ASK, None)],
            [say("Hi"), RESTART, say(ASK)],
        ],
    ),
    (
        "memory_operations",
        0,
        [
            [say("Do I need an umbrella in Oslo?"), CLEAR, say("Do I need an umbrella in Rome?")],
            [say("temperature in Oslo"), POP, POP, POP, POP, say("temperature in Rome")],
            [say("Weather in Oslo?", "w"), Call("clear_session", (), "w"), say("Weather in Rome?", "w")],
            [say("Will it rain in Oslo today?"), CLEAR, say("Will it rain in Rome today?")],
            [
                say("I'm Tom"),
                say("What is the weather like in Oslo?"),
                POP,
                POP,
                POP,
                POP,
                say("And what is the weather like in Rome?"),
            ],
        ],
        [
            [say("weather in Oslo?"), POP, say("weather in Rome?")],
            [say("weather in Oslo?"), CLEAR],
            [say("weather in Oslo?"), CLEAR, say("weather in Rome?"), say("and in Oslo?")],
        ],
    ),
    (
        "memory_operations",
        1,
        [
            [system("The user is Omar."), say("Do you know who I am?")],
            [system("User's name: Omar"), say(ASK)],
            [assistant("Nice to meet you, Omar."), say(ASK)],
            [add({"role": "developer", "content": "You are talking to a person named Omar"}), say("What is my name?")],
            [system("Remember: the user's first name is Omar"), say("tell me my name")],
        ],
        [
            [system("The user is Omar."), say("Hi")],
            [system("The user is Omar."), say("I'm Omar"), say(ASK)],
            [system("The user is Omar."), CLEAR, say(ASK)],
        ],
    ),
    (
        "multi_session",
        0,
        [
            [say("Please reset my password", "support:omar"), say("I'd like to upgrade my plan", "sales:omar")],
            [say("My password does not work", "omar/help"), say("How much is the upgrade?", "omar/shop")],
            [say("forgot password", "42-support"), say("upgrade to pro", "42-sales")],
            [
                say("I lost my password", "omar_support"),
                say("Tell me about upgrades", "omar_sales"),
                say("Thanks", "omar_support"),
            ],
            [say("password?", "support-of-omar"), say("upgrade?", "sales-of-omar")],
        ],
        [
            [say("Please reset my password", "omar-support"), say("I'd like an upgrade", "omar-support")],
            [say("reset my password", "omar-support"), say("I'd like an upgrade", "lena-sales")],
            [say("reset my password and upgrade me", "omar-support"), say("upgrade", "omar-sales")],
        ],
    ),
    (
        "multi_session",
        1,
        [
            [say("What can you do?"), say("What is a session?")],
            [say("a", "z"), say("b", "z")],
            [say("Weather in Oslo?"), say("Weather in Rome?")],
            [say("I'm Tom"), RESTART, say(ASK)],
            [say("x"), POP, POP, say("y"), say("z")],
        ],
        [
            [say("x"), POP, say("y")],
            [user("a"), user("b"), assistant("c"), assistant("d")],
            [say("a", None), say("b", None)],
        ],
    ),
    (
        "encrypted",
        0,
        [
            [say("Omar here"), say("Do you remember my name?", ttl=-1)],
            [say("Me llamo Andrés"), say("¿Cómo me llamo?", encryption_key="z")],
            [say("I'm Tom", "t"), say("Who am I?", "t", ttl=-5)],
            [say("I am Tom"), say("Hi", encryption_key="q"), say(ASK, encryption_key="q")],
            [say("Tom is my name"), say("What am I called?", ttl=-1)],
        ],
        [[say("I'm Tom"), POP, POP, say(ASK, ttl=-1)], [say("Hi"), say(ASK, ttl=-1)], [say("I'm Tom"), say(ASK, None)]],
    ),
    (
        "encrypted",
        1,
        [
            [say("a"), say("b", ttl=-1), say("c")],
            [say("a"), Call("get_items", (), "alice", {"encryption_key": "z"}), say("b")],
            [say("a"), Call("get_items", (), "alice", {"ttl": -1}), RESTART, Call("get_items")],
            [user("x"), user("y"), say("b", encryption_key="z"), Call("get_items")],
            [say("a", "q"), say("b", "q", ttl=-1), say("c", "q")],
        ],
        [[say("a"), say("b", ttl=-1)], [say("a"), CLEAR, say("b")], [say("a"), Call("get_items"), Call("get_items")]],
    ),
    (
        "encrypted",
        2,
        [
            [say("Omar here"), say("My card is 1", encryption_key="k2")],
            [say("Me llamo Andrés"), say("clave 1", encryption_key="k2")],
            [say("I'm Tom", "t"), say("x", "t", encryption_key="k9"), say("y", "t", encryption_key="k9")],
            [say("My name is Tom"), RESTART, say("hush", encryption_key="k2")],
            [say("Hi"), say("Tom is my name"), say("s", encryption_key="k2")],
        ],
        [
            [say("I'm Tom"), say("x", ttl=-1)],
            [say("I'm Tom"), say("I'm Tom", encryption_key="k2"), CLEAR],
            [say("Hi"), say("x", encryption_key="k2")],
        ],
    ),
    (
        "analytics",
        0,
        [
            [say("2 plus 2?"), say("3 plus 3?"), BRANCH, say("4 plus 4?")],
            [say("Compute 2+2."), say("Compute 4+4."), BRANCH, say("Compute 3+3.")],
            [say("What's 2 + 2"), say("And what's 3 + 3"), BRANCH, say("And what's 4 + 4")],
            [say("2+2=?"), say("3+3=?"), BRANCH, say("4+4=?")],
            [
                say("What is the sum of 2 and 2?"),
                say("What is the sum of 3 and 3?"),
                BRANCH,
                say("What is the sum of 4 and 4?"),
            ],
        ],
        [
            [say("2+2?"), say("3+3?"), BRANCH, MAIN, say("4+4?")],
            [say("2+2?"), say("3+3?", "x"), say("4+4?", "y")],
            [say("3+3?"), say("2+2?"), BRANCH, say("4+4?")],
        ],
    ),
    (
        "analytics",
        1,
        [
            [say("a", "books"), say("b", "books"), say("c", "books")],
            [say("Weather in Oslo?", "books"), say("And Rome?", "books"), say("Thanks", "books")],
            [say("x", "books"), say("y", "books"), say("z", "books"), say("w", "books")],
            [say("I'm Tom", "books"), RESTART, say(ASK, "books"), RESTART, say("Hi", "books")],
            [say("1+1?", "books"), say("a"), say("2+2?", "books"), say("3+3?", "books")],
        ],
        [
            [say("a", "books"), say("b", "books"), say("c")],
            [user("a", "books"), user("b", "books"), user("c", "books")],
            [say("a", "Books"), say("b", "Books"), say("c", "Books")],
        ],
    ),
    (
        "analytics",
        2,
        [
            [say("a"), say("b"), DRAFT, say("c"), MAIN, DELETE],
            [say("a"), say("b"), DRAFT, say("Weather in Oslo?"), MAIN, DELETE],
            [say("a"), say("b"), DRAFT, say("c"), MAIN, say("d"), DELETE],
            [
                say("a"),
                say("b"),
                say("c"),
                Call("create_branch_from_turn", (2, "draft")),
                say("d"),
                Call("delete_branch", ("draft", True)),
            ],
            [say("a"), say("b"), DRAFT, say("c"), say("d"), MAIN, DELETE, say("e")],
        ],
        [
            [say("a"), say("b"), DRAFT, say("c"), MAIN, POP, DELETE],
            [say("a"), say("b"), DRAFT, MAIN],
            [say("a"), say("b")],
        ],
    ),
    (
        "long_conversations",
        0,
        [
            [say("Omar here"), *SIX, say("Hi"), CLEAR, system("The user's name is Omar."), say(ASK)],
            [*SIX, say("Me llamo Andrés"), CLEAR, say("Me llamo Andrés"), say("Hola")],
            [say("I'm Tom"), *SIX, say("Hi"), CLEAR, assistant("You are Tom."), say("Who am I?")],
            [say("I'm Tom"), *SIX, *[POP] * 8, say(ASK)],
            [*SIX, say("Tom here"), CLEAR, add({"role": "developer", "content": "The user is called Tom"}), say("Bye")],
        ],
        [
            [say("I'm Tom"), *SIX, say("Hi"), CLEAR, system("Nothing."), say(ASK)],
            [say("I'm Tom"), say("Hi"), CLEAR, say("I'm Tom"), say(ASK)],
            [say("I'm Tom"), *SIX, say("Hi")],
        ],
    ),
    (
        "long_conversations",
        1,
        [
            [say("Weather in Rome?"), Call("get_items", (2,))],
            [say("Weather in Oslo?"), say("Hi"), Call("get_items", (4,))],
            [say("Weather in Oslo?"), say("Hi"), say("Bye"), Call("get_items", (6,))],
            [say("Weather in Oslo?", "w"), Call("get_items", (2,), "w")],
            [say("Weather in Oslo?"), RESTART, Call("get_items", (2,))],
        ],
        [
            [say("Weather in Oslo?"), Call("get_items", (4,))],
            [say("Hi"), Call("get_items", (1,))],
            [say("Weather in Oslo?"), say("Hi"), Call("get_items", (2,))],
        ],
    ),
    (
        "databases",
        0,
        [
            [say("ф" * 11_000)],
            [say("😀" * 5_500)],
            [say("日本語" * 3_700)],
            [say("Hello " + "ß" * 11_000)],
            [say("ok"), say("ع" * 11_000)],
        ],
        [[say("a" * 19_999)], [say("😀" * 5_000)], [say("ф" * 10_000, "x"), say("ф" * 10_000, "x")]],
    ),
    (
        "databases",
        1,
        [
            [say("Omar here"), RESTART, say("Do you remember my name?")],
            [say("Me llamo Andrés"), RESTART, say("¿Cómo me llamo?")],
            [say("I'm Tom", "t"), RESTART, say("2+2?", "t")],
            [say("Tom is my name"), RESTART, RESTART, say(ASK)],
            [say("I'm Tom"), say("Hi"), RESTART, say("Who am I?")],
        ],
        [
            [say("I'm Tom"), RESTART, say(ASK, "x")],
            [say("I'm Tom"), RESTART, say(ASK, None)],
            [say("I'm Tom"), RESTART],
        ],
    ),
    (
        "redis",
        0,
        [
            [say("Code word: apple", "c", ttl=30), say("Omar here", "o", ttl=None)],
            [say("Me llamo Andrés", "a", ttl=None), say("The code word is pera", "c", ttl=120)],
            [say("Our codeword is plum", "p", ttl=60), say("Tom is my name", "t", ttl=None)],
            [
                say("Please remember the code word kiwi", "k", ttl=600),
                say("I'm Tom", "t", ttl=None),
                say("Hi", "t", ttl=None),
            ],
            [say("Secret code word = fig", "f", ttl=60), say("I am Tom", "t", ttl=None)],
        ],
        [
            [say("The code word is x", "c", ttl=60), say("Hi", "m", ttl=None)],
            [say("The code word is x", "c", ttl=60), say("I'm Tom", "m", ttl=60)],
            [say("I'm Tom, the code word is x", "c", ttl=60)],
        ],
    ),
    (
        "redis",
        1,
        [
            [say("Omar here", ttl=60), CLEAR, say("Omar here", ttl=None)],
            [say("I'm Tom", ttl=9), CLEAR, say("Hi", ttl=None), say("I'm Tom", ttl=None)],
            [say("I'm Tom", "t", ttl=60), Call("clear_session", (), "t"), say("Tom here", "t", ttl=None)],
            [say("I'm Tom", ttl=60), POP, POP, say("I'm Tom", ttl=None)],
            [say("Me llamo Andrés", ttl=60), CLEAR, say("Me llamo Andrés", ttl=None)],
        ],
        [
            [say("I'm Tom", ttl=60), CLEAR, say("I'm Tom", ttl=60)],
            [say("I'm Tom", ttl=60), CLEAR],
            [Call("get_items", (), "alice", {"ttl": 60}), say("I'm Tom", ttl=None)],
        ],
    ),
    (
        "hosted",
        0,
        [
            [say("Omar here"), CLEAR, say("Omar here")],
            [say("I'm Tom", "t"), Call("clear_session", (), "t"), say("Tom is my name", "t")],
            [say("Me llamo Andrés"), CLEAR, say("Me llamo Andrés")],
            [say("I'm Tom"), RESTART, CLEAR, say("I'm Tom")],
            [say("I'm Tom"), CLEAR, RESTART, say("I am Tom")],
        ],
        [[say("I'm Tom"), CLEAR, say("I'm Tom", "x")], [say("Hi"), CLEAR, say("I'm Tom")], [CLEAR, say("I'm Tom")]],
    ),
    (
        "life_cycle",
        0,
        [
            [user("a", "x"), user("b", "x"), user("a", "y"), user("b", "y")],
            [say("Hi", "x"), user("z", "p"), assistant("q", "p"), user("z", "r"), assistant("q", "r")],
            [
                system("a", "x"),
                user("b", "x"),
                assistant("c", "x"),
                system("a", "y"),
                user("b", "y"),
                assistant("c", "y"),
            ],
            [
                Call("add_items", ([{"role": "user", "content": "a"}, {"role": "user", "content": "a"}],), "x"),
                Call("add_items", ([{"role": "user", "content": "a"}, {"role": "user", "content": "a"}],), "y"),
            ],
            [user("a", "x"), user("b", "x"), RESTART, user("a", "y"), user("b", "y"), user("c", "z")],
        ],
        [
            [user("a", "x"), user("b", "x"), user("b", "y"), user("a", "y")],
            [user("a", "x"), user("a", "y")],
            [user("a", "x"), user("b", "x"), user("a", "y"), user("b", "y"), user("c", "y")],
        ],
    ),
    (
        "life_cycle",
        1,
        [
            [say("a", "x"), say("b", "y"), Call("clear_session", (), "x")],
            [user("a", "x"), user("b", "y"), Call("clear_session", (), "y")],
            [say("a", "x"), say("b", "y"), say("c", "z"), Call("clear_session", (), "z")],
            [say("a", "x"), say("b", "y"), RESTART, Call("clear_session", (), "x")],
            [say("b"), say("a", "x"), CLEAR],
        ],
        [
            [say("a", "x"), say("b", "y")],
            [say("a", "x"), Call("clear_session", (), "x")],
            [say("a", "x"), say("b", "y"), Call("clear_session", (), "x"), Call("clear_session", (), "y")],
        ],
    ),
    (
        "failures",
        0,
        [
            [user("What's 2 + 2?")],
            [say("Hi"), user("And now?")],
            [say("Hi"), POP],
            [say("Hi", "x"), user("What?", "x")],
            [say("I'm Tom"), say(ASK), POP],
        ],
        [[say("Hi")], [say("Hi"), POP, POP], [user("a"), assistant("b")]],
    ),
    (
        "failures",
        1,
        [
            [user("What's 2 + 2?"), say("What's 2 + 2?")],
            [say("Hi"), say("Hi")],
            [say("Who am I?", "x"), say("Who am I?", "x")],
            [user("Tea?"), user("Tea?"), say("Coffee?")],
            [say("a"), POP, say("a")],
        ],
        [[say("Hi"), say("Bye")], [say("Hi", "x"), say("Hi", "y")], [say("Hi"), CLEAR, say("Hi")]],
    ),
]


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("slug", "number", "actions"), [one for slug, number, right, _ in CHALLENGES for one in each(slug, number, right)]
)
def test_another_right_solution_is_taken(data_folder, provider, slug, number, actions):
    assert reason(slug, number, actions, provider) is None


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("slug", "number", "actions"), [one for slug, number, _, wrong in CHALLENGES for one in each(slug, number, wrong)]
)
def test_another_wrong_solution_is_refused_with_a_reason(data_folder, provider, slug, number, actions):
    assert reason(slug, number, actions, provider)
