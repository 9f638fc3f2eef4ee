"""Each challenge accepts right solutions in other words, and refuses wrong ones, whatever their words."""

from dataclasses import replace

import pytest

from tests.support.by_hand import ASK, CLEAR, POP, RESTART, Call, add, assistant, reason, say, system, user

SIX = [say(f"What's {n} + {n}?") for n in range(1, 6)]
BRANCH, DRAFT = (Call("create_branch_from_turn", (2, name)) for name in ("other", "draft"))
MAIN, DELETE = Call("switch_to_branch", ("main",)), Call("delete_branch", ("draft",))


def on_x(call):
    return replace(call, session_id="x")


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
            [add({"role": "developer", "content": "The customer's name is Ben."}), say("what am I called?")],
            [assistant("Your name is Rosa."), say("whats my name")],
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
            [say("Hi"), user("And?"), say("Bye")],
        ],
    ),
    (
        "encrypted",
        0,
        [
            [say("I'm Yuki"), say("who am I?", ttl=-1)],
            [say("I'm Yuki"), say("do you know my name?", encryption_key="another key")],
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
        1,
        [
            [say("I'm Yuki"), say(ASK, encryption_key="k2"), say("who am I?")],
            [say("Hi"), say("Hi", ttl=-1), say("I like tea")],
            [say("My PIN is 1", "s"), Call("get_items", (), "s", {"ttl": -1}), Call("get_items", (), "s")],
            [user("Good morning"), say("Hello", ttl=-1), Call("get_items")],
            [say("a"), say("b"), say("c", encryption_key="k2"), say("d", encryption_key="k3"), say("e")],
        ],
        [
            [say("I'm Yuki"), say("who am I?"), say("who am I?")],
            [say("I'm Yuki"), say("who am I?", ttl=-1), say("who am I?", "other")],
            [say("I'm Yuki"), say("who am I?", encryption_key="k2"), CLEAR, say("I'm Yuki")],
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
        "analytics",
        1,
        [
            [say("What's 2 + 2?", "books"), say("What's 3 + 3?", "books"), say("What's 4 + 4?", "books")],
            [say("who are you?", "books"), say("what is a session?", "books"), say("help", "books")],
            [say("I'm Yuki", "books"), say("Hi", "books"), say(ASK, "books"), say("Thanks", "books")],
            [say("1 + 1", "books"), RESTART, say("2 + 2", "books"), say("3 + 3", "books")],
            [say("Hi", "other"), say("1 + 1", "books"), say("2 + 2", "books"), say("3 + 3", "books")],
        ],
        [
            [say("What's 2 + 2?", "books"), say("What's 3 + 3?", "books")],
            [say("What's 2 + 2?", "book"), say("What's 3 + 3?", "book"), say("What's 4 + 4?", "book")],
            [say("1 + 1", "books"), say("2 + 2", "books"), user("What's 3 + 3?", "books")],
        ],
    ),
    (
        "analytics",
        2,
        [
            [say("Hi"), say("Hello"), DRAFT, say("I like tea"), MAIN, DELETE],
            [say("1 + 1"), say("2 + 2"), DRAFT, say("5 + 5"), Call("delete_branch", ("draft", True))],
            [say("a", "x"), say("b", "x"), on_x(DRAFT), say("c", "x"), say("d", "x"), on_x(MAIN), on_x(DELETE)],
            [say("I'm Yuki"), say(ASK), DRAFT, say("Call me Sam"), say(ASK), MAIN, say(ASK), DELETE],
            [
                say("1 + 1"),
                say("2 + 2"),
                say("3 + 3"),
                Call("create_branch_from_turn", (3, "draft")),
                say("4"),
                MAIN,
                DELETE,
            ],
        ],
        [
            [say("Hi"), say("Hello"), DRAFT, say("I like tea"), MAIN],
            [say("Hi"), say("Hello"), DRAFT, MAIN, DELETE],
            [say("Hi"), say("Hello"), BRANCH, say("Tea"), MAIN, Call("delete_branch", ("other",))],
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
            [*SIX, say("Hi"), CLEAR, assistant("Your name is Ann."), say(ASK)],
        ],
        [
            [say("I'm Yuki"), *SIX, say("Hi"), CLEAR, say("who am I?")],
            [say("I'm Yuki"), *SIX, say("who am I?")],
            [say("I'm Yuki"), say("who am I?")],
        ],
    ),
    (
        "long_conversations",
        1,
        [
            [say("What's the weather in Oslo?"), Call("get_items", (2,))],
            [say("weather in rome please?"), say("Thanks"), Call("get_items", (4,))],
            [say("Is it cold in Oslo?"), say("Is it cold in Rome?"), Call("get_items", (6,)), Call("get_items")],
            [say("What's the weather in Oslo?"), Call("get_items", (2,)), say("Thanks"), say("Bye")],
            [say("What's the weather in Oslo and Rome?"), Call("get_items", (3,))],
        ],
        [
            [say("What's the weather in Oslo?"), Call("get_items", (3,))],
            [say("What's the weather in Oslo?"), Call("get_items", (1,))],
            [say("What's the weather in Oslo?"), Call("get_items"), say("Thanks")],
        ],
    ),
    (
        "databases",
        0,
        [
            [say("🎉" * 6_000)],
            [say("é" * 11_000)],
            [say("Hi", "x"), say("长" * 11_000, "x")],
            [say("Привет, мир! " * 1_400)],
            [say("I'm Yuki. " + "🙂" * 5_600)],
        ],
        [
            [say("x" * 20_000)],
            [say("é" * 10_000)],
            [user("🎉" * 6_000)],
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
            [say("my name is bob", ttl=60), CLEAR, user("my name is bob")],
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
    (
        "hosted",
        1,
        [
            [say(f"What's {n} + {n}?") for n in range(10)],
            [say("I'm Yuki"), *(say(f"{n} * {n}") for n in range(9))],
            [say("Hi", "x") if n % 2 else say("who are you?", "x") for n in range(10)],
            [*(say(f"I have {n} cats") for n in range(2, 14))],
            [say("Hi", "y"), *(say(f"Number {n}", "x") for n in range(10)), say("Bye", "y")],
        ],
        [
            [say(f"What's {n} + {n}?") for n in range(9)],
            [say(f"What's {n} + {n}?", "x" if n % 2 else "y") for n in range(10)],
            [*(say(f"What's {n} + {n}?") for n in range(10)), CLEAR, say("Hi")],
        ],
    ),
]


def each(slug, number, solutions):
    """The arguments of a test of each solution."""
    return [(slug, number, one) for one in solutions]


RIGHT = [one for slug, number, right, _ in CHALLENGES for one in each(slug, number, right)]
WRONG = [one for slug, number, _, wrong in CHALLENGES for one in each(slug, number, wrong)]


@pytest.mark.matrix
@pytest.mark.parametrize(("slug", "number", "actions"), RIGHT)
def test_a_right_solution_in_other_words_is_taken(data_folder, provider, slug, number, actions):
    assert reason(slug, number, actions, provider) is None


@pytest.mark.matrix
@pytest.mark.parametrize(("slug", "number", "actions"), WRONG)
def test_a_wrong_solution_is_refused_with_a_reason(data_folder, provider, slug, number, actions):
    assert reason(slug, number, actions, provider)


def test_each_of_these_challenges_has_five_right_and_three_wrong():
    assert {(len(right), len(wrong)) for _, _, right, wrong in CHALLENGES} == {(5, 3)}
