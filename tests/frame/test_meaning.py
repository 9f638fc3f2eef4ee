"""What messages tell a challenge: the user's own name and nobody else's, and what was not approved."""

import pytest

from lessons.frame.meaning import says_not_approved, told
from lessons.kit.items import describe

OTHERS = (
    "My friend Bob says hi",
    "Bob says hi",
    "My friend Bob says: hi",
    "My friend is called Bob",
    "My friend's name is Bob",
    "My brother Tom is ill",
    "This is Bob, my friend",
    "This is Bob, our new colleague.",
    "Say hi to Bob",
    "I met Bob",
    "I'm Bob's sister",
    "This is important",
    "You can call me after lunch",
    "My name is a secret",
    "My name is unknown",
    "I am Catholic",
)
OWN = {
    "Tom is my name": "Tom",
    "This is Bob": "Bob",
    "This is Bob from Oslo": "Bob",
    "this is Alice speaking": "Alice",
    "I'm Bob, your new student": "Bob",
    "I am Bob, her brother": "Bob",
    "I'm Ann, my dog is ill": "Ann",
    "My name is Bob, my dog is Rex": "Bob",
    "Hi, this is Bob and my friend Ann": "Bob",
    "My friends call me Bea": "Bea",
}


@pytest.mark.parametrize("text", OTHERS)
def test_the_name_of_somebody_else_and_no_name_tell_nothing(text):
    assert told(describe({"role": "user", "content": text}), "name") == []


@pytest.mark.parametrize("text", OWN)
def test_an_introduction_tells_the_name(text):
    assert told(describe({"role": "user", "content": text}), "name") == [OWN[text]]


@pytest.mark.parametrize(
    "text",
    [
        "The booking was not approved.",
        "Ann refused the booking.",
        "They didn't allow it.",
        "The manager doesn’t permit this trip",
        "My boss said no to the booking in Oslo.",
        "Not approved: the hotel in Oslo.",
        "A person has not yet confirmed it",
    ],
)
def test_a_rejection_in_other_words_is_one(text):
    assert says_not_approved(text)


@pytest.mark.parametrize(
    "text",
    [
        "The booking was approved.",
        "The booking was approved, not rejected.",
        "It was never declined",
        "If it is not approved, tell me.",
        "Wait until it is not refused",
        "Was it not approved?",
        "No booking yet",
    ],
)
def test_an_approval_a_condition_and_a_question_are_not_a_rejection(text):
    assert not says_not_approved(text)
