"""A capital letter, an exclamation mark, a greeting or a text all in capitals changes nothing of what a message says.

It does not matter either that the same was asked before.
"""

import re
from collections.abc import Callable

import pytest

from tests.kit.models.offline import (
    test_a_third_hundred_of_messages,
    test_corrections_and_follow_ups,
    test_held_out_messages,
    test_learners_messages,
    test_messages_in_odd_words,
    test_messages_of_many_learners,
)
from tests.support.offline_replies import reply

CASES = [
    ((case[0],) if isinstance(case[0], str) else case[0], case[1])
    for cases in (
        test_a_third_hundred_of_messages.TOLD,
        test_corrections_and_follow_ups.MESSAGES,
        test_held_out_messages.HELD_OUT,
        test_learners_messages.TOLD,
        test_messages_in_odd_words.TOLD,
        test_messages_of_many_learners.TOLD,
    )
    for case in cases
    if case[0] and case[0][-1] and case[1]
]
"""What was said in one message or more, and what is asked after it."""

NOTHING = "Nothing in what I"


def capitalized(text: str) -> str:
    return text[0].upper() + text[1:]


def test_there_are_hundreds_of_them():
    assert len(CASES) > 400


def test_a_question_that_begins_with_a_capital_letter_gets_the_same_answer():
    others = [(told, asked) for told, asked in CASES if reply(*told, capitalized(asked)) != reply(*told, asked)]
    assert others == []


@pytest.mark.parametrize(
    "form",
    [
        capitalized,
        lambda text: f"{text.rstrip('.!? ')}!",
        str.upper,
        lambda text: f"Hello! {text}",
        lambda text: f" {text}\n",
    ],
    ids=["capital letter", "exclamation mark", "capitals", "greeting", "spaces"],
)
def test_what_was_told_in_another_form_is_never_called_nothing(form: Callable[[str], str]):
    lost = [
        (told, asked)
        for told, asked in CASES
        if NOTHING in reply(*told[:-1], form(told[-1]), asked) and NOTHING not in reply(*told, asked)
    ]
    assert lost == []


NEWEST = re.compile(
    r"\b(?:last|just|recap|repeat|summar\w+|so far|messages|said|talked|did (?:i|you) (?:mention|ask|tell)|again|before that"
    r"|question i|ago|do i have a cat|am i a doctor)\b|^(?:and |now )?(?:plus|minus|times|divided?|subtract|half)\b",
    re.IGNORECASE,
)
"""A question about the newest messages, or one that goes on from them: when it is asked twice, they are different ones."""


def test_a_question_that_is_asked_twice_gets_the_same_answer():
    """ "What did I say first?" was answered with "You wrote “What did I say first?”" when it was asked again."""
    others = [
        (told, asked)
        for told, asked in CASES
        if not NEWEST.search(asked)
        and _without_numbers(reply(*told, asked, asked)) != _without_numbers(reply(*told, asked))
    ]
    assert others == []


def _without_numbers(said: str) -> str:
    return re.sub(r"\d+ (?:earlier messages?|items?|from you)", "", said)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("What did I say first?", "“I like tea”"),
        ("what did I say second?", "“I like jam”"),
        ("what did I say before the sum?", "“I like jam”"),
        ("Did I mention tea?", "You wrote “I like tea”."),
    ],
)
def test_a_question_about_the_conversation_is_not_its_own_answer(asked, expected):
    said = ("I like tea", "I like jam", "what's 2+2?")
    assert expected in reply(*said, asked)
    assert expected in reply(*said, asked, asked)


@pytest.mark.parametrize("asked", ["What is my name?", "What is my name", "wie heiße ich?", "我叫什么名字?"])
def test_what_is_my_name_is_a_question_and_names_nobody(asked):
    assert reply("My name is Alice", asked) == "Your name is Alice."
    assert reply("My name is Alice", asked, "What's my name?") == "Your name is Alice."
    assert reply(asked) == "Nothing in what I was sent says what your name is."


@pytest.mark.parametrize(
    "asked", ["What name did I give you?", "name?", "name", "Do I have a name?", "Who are you talking to?"]
)
def test_other_ways_to_ask_for_a_name(asked):
    assert reply("My name is Alice", asked) == "Your name is Alice."
    assert reply(asked) == "Nothing in what I was sent says what your name is."


@pytest.mark.parametrize("ends", ["", ".", "!"])
@pytest.mark.parametrize(
    ("told", "corrected", "asked", "said"),
    [
        ("My dog is called Max", "no wait, Maxi", "what's my dog's name?", "Maxi"),
        ("I have two dogs", "wait, three dogs", "how many dogs do I have?", "three dogs"),
        ("My flight is on Monday", "no wait, Tuesday", "when is my flight?", "Tuesday"),
        ("I am 25", "Hi, oops, 26", "how old am I?", "26"),
    ],
)
def test_a_correction_counts_however_it_ends(told, corrected, asked, said, ends):
    assert said in reply(told, corrected + ends, asked)


@pytest.mark.parametrize("asked", ["is it true that my name is Peter", "my name is Peter, right", "Is my name Peter"])
def test_a_question_without_its_mark_names_nobody(asked):
    assert reply("My name is Omar", asked) == "No: your name is Omar."
    assert reply("My name is Omar", asked, "What's my name?") == "Your name is Omar."


@pytest.mark.parametrize(
    ("told", "asked"),
    [("My flight is LH 441 to Houston", "what's my flight number?"), ("my better half is frank", "Who is my partner?")],
)
def test_a_fact_about_the_same_thing_is_not_called_nothing(told, asked):
    assert NOTHING not in reply(told, asked)


@pytest.mark.parametrize("denied", ["My name is not Alice", "my name isn't Alice.", "No, I'm not Alice!"])
def test_a_name_that_the_user_denies_is_not_their_name(denied):
    said = reply("My name is Alice", denied, "What's my name?")
    assert said.startswith("I found no rule for this")
    assert reply("My name is Alice", denied, "I'm Bob", "What's my name?") == "Your name is Bob."
    assert reply("My name is Carla", denied, "What's my name?") == "Your name is Carla."


@pytest.mark.parametrize(
    ("told", "asked", "said"),
    [
        ("I LIVE IN BERLIN", "where do I live?", "You live in Berlin."),
        ("MY NAME IS ALICE", "WHAT IS MY NAME?", "Your name is Alice."),
        ("I HAVE A DOG NAMED REX", "what's my dog's name?", "Rex"),
    ],
)
def test_a_name_in_capitals_is_written_as_a_name(told, asked, said):
    assert said in reply(told, asked)


@pytest.mark.parametrize("ends", ["?", " please?", ", please", "?!", "??", " ?"])
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("Is my name Alice", "Yes: your name is Alice."),
        ("Is my name really “Alice”", "Yes: your name is Alice."),
        ("Am I Alice", "Yes: your name is Alice."),
        ("Is my name Bob", "No: your name is Alice."),
        ("Do I live in Paris", "Yes: you live in Paris."),
        ("Do I live in Rome", "No: you live in Paris."),
        ("Is my favorite color red", "No: your favorite color is blue."),
    ],
)
def test_yes_and_no_stay_the_same_however_a_question_ends(asked, said, ends):
    told = ("My name is Alice", "I live in Paris", "My favorite color is blue")
    assert reply(*told, asked + (ends if "?" in ends or asked[0] == "I" else "?")) == said


@pytest.mark.parametrize(
    "asked",
    [
        "Is my name Alice or Bob?",
        "Is my name Alice Smith?",
        "Is my name stored?",
        "Is my name not Alice?",
        "Am I known?",
    ],
)
def test_no_is_said_only_of_another_name(asked):
    assert reply("My name is Alice", asked) == "Your name is Alice."
    assert reply("My name is Alice Smith", "Is my name Alice?") == "Your name is Alice Smith."


@pytest.mark.parametrize("said", ["name", "Name", "my name"])
def test_a_message_that_only_repeats_words_of_a_question_does_not_hold_its_answer(said):
    assert reply(said, "What's my name?") == "Nothing in what I was sent says what your name is."
    assert NOTHING not in reply("alice", "Is my name Alice?")


@pytest.mark.parametrize(
    ("told", "denied", "asked"),
    [
        ("I'm from Peru", "I'm not from Peru", "where am I from?"),
        ("I am 25", "I'm not 25", "how old am I?"),
        ("I am a nurse", "No, I am not a nurse", "what is my job?"),
        ("My dog is called Max", "My dog is not called Max", "what's my dog's name?"),
        ("My favorite color is red", "My favorite color isn't red", "what is my favorite color?"),
    ],
)
def test_what_the_user_denies_is_not_said_of_them(told, denied, asked):
    before, after = reply(told, asked), reply(told, denied, asked)
    assert before != after
    assert NOTHING not in after
    assert f"“{denied}”" in after
    assert reply(told, "I'm not sure", asked) == before
