"""Messages that learners send: each is answered from what was sent, and is not answered where that was not sent.

"Nothing in what I was sent says …" is the signal that something was not sent: it is said only where no item can hold an answer.
"""

import pytest

from lessons.kit.models.offline.answers import answer
from tests.support.cases import with_each_of

NOTHING = "Nothing in what I was sent"
NO_RULE = "I found no rule for this in the "

TOLD = [
    # what was said, what is asked, what the answer has to say
    ("My name is Alice", "What's my name?", "Alice"),
    ("my name is alice", "what is my name", "Alice"),
    ("hello, I'm Nadia from Tunis", "where am I from?", "Tunis"),
    ("hello, I'm Nadia from Tunis", "what's my name?", "Nadia"),
    ("hi i am tom", "who am i?", "Tom"),
    ("Hi there! I'm Priya, a nurse from Pune.", "what do I do for work?", "nurse"),
    ("Hi there! I'm Priya, a nurse from Pune.", "Where do I come from?", "Pune"),
    ("This is Marco speaking", "do you know my name?", "Marco"),
    ("Yusuf here", "What is my name?", "Yusuf"),
    ("You can call me Sam", "what do you call me?", "Sam"),
    ("I am called Ben and I am 12 years old", "how old am I?", "12"),
    ("My wife is called Emma and she is a doctor", "what is my wife called?", "Emma"),
    ("My wife is called Emma and she is a doctor", "What does my wife do?", "doctor"),
    ("I have a dog called Rex", "what is my dog's name?", "Rex"),
    ("I have two cats, Tom and Jerry", "What pets do I have?", "cats"),
    ("my son's name is Leo", "what's the name of my son?", "Leo"),
    ("I live in Lagos", "Where do I live?", "Lagos"),
    ("I am living in Quito with my family", "which city do i live in?", "Quito"),
    ("I was born in 1990", "when was I born?", "1990"),
    ("my birthday is on 3 May", "when is my birthday?", "3 May"),
    ("My favourite colour is green", "what's my favorite color?", "green"),
    ("I love pizza, sushi and tacos", "what foods do I like?", "sushi"),
    ("My hobbies are chess, running and painting", "list my hobbies", "chess"),
    ("I like playing football", "what do I like?", "football"),
    ("I don't like spiders", "what don't I like?", "spiders"),
    ("I work as a teacher", "what's my job?", "teacher"),
    ("I'm a software engineer at a bank", "where do I work?", "bank"),
    ("I am vegetarian", "am I vegetarian?", "vegetarian"),
    ("I'm allergic to nuts", "what am I allergic to?", "nuts"),
    ("My email is zoe@example.org", "what's my email?", "zoe@example.org"),
    ("Remember the number 42", "which number should you remember?", "42"),
    ("Remember that the code word is swordfish", "what is the code word?", "swordfish"),
    ("The door code is 4711", "What is the door code?", "4711"),
    ("The meeting is on Friday at 10", "when is the meeting?", "Friday"),
    ("My order number is 1234", "what is my order number?", "1234"),
    ("Buy milk, eggs and bread", "What should I buy?", "eggs"),
    # other languages
    ("Ich heiße Jürgen und wohne in Köln", "what's my name?", "Jürgen"),
    ("Ich heiße Jürgen und wohne in Köln", "Wo wohne ich?", "Köln"),
    ("Ich bin Anna und komme aus Wien", "wie heiße ich?", "Anna"),
    ("Je m'appelle Chloé et j'habite à Lyon", "Comment je m'appelle ?", "Chloé"),
    ("Je m'appelle Chloé et j'habite à Lyon", "where do I live?", "Lyon"),
    ("Me llamo Lucía y vivo en Lima", "¿Cómo me llamo?", "Lucía"),
    ("Hola, soy Diego de Bogotá", "where am I from?", "Bogotá"),
    ("Meu nome é João e moro em Porto", "Qual é o meu nome?", "João"),
    ("Eu me chamo Ana", "what is my name?", "Ana"),
    ("Mera naam Rohan hai", "mera naam kya hai?", "Rohan"),
    ("Main Delhi mein rehta hoon", "where do I live?", "Delhi"),
    ("我叫李雷", "我叫什么名字？", "李雷"),
    ("我叫韩梅梅，我住在上海", "where do I live?", "上海"),
    # typos
    ("my naem is Alice", "whats my nmae?", "Alice"),
    ("Im Bob", "waht is my name", "Bob"),
    ("My nam is Alice", "Do you remeber my name?", "Alice"),
    ("I liev in Oslo", "were do i live?", "Oslo"),
    ("my favorit color is red", "what is my favourit colour?", "red"),
]

ABOUT_THE_CONVERSATION = [
    # what was said in several messages, what is asked, what the answer has to say
    (("hello", "My name is Alice", "What's 2 + 2?"), "what did I say first?", "hello"),
    (("hello", "My name is Alice", "What's 2 + 2?"), "What was my first message?", "hello"),
    (("hello", "My name is Alice", "What's 2 + 2?"), "What did I say before that?", "2 + 2"),
    (("hello", "I like tea", "What's 2 + 2?"), "what was my last question?", "2 + 2"),
    (("hello", "I like tea", "What's 2 + 2?"), "how many messages have I sent?", "4 from you"),
    (("My name is Alice", "I live in Oslo"), "what do you know about me?", "Oslo"),
    (("My name is Alice", "I live in Oslo"), "summarize our chat", "Alice"),
]

ABOUT_ITSELF = [
    ("what is a session?", "session id"),
    ("What's a session id?", "session"),
    ("how does memory work here?", "rows"),
    ("how do you remember things?", "rows"),
    ("what can you do?", "name"),
    ("help", "name"),
    ("who are you?", "rule-based"),
    ("are you chatgpt?", "rule-based"),
    ("what tools do you have?", "tool"),
    ("What is 15 % of 80?", "12"),
    ("15% of 80", "12"),
    ("what's 7 times 8", "56"),
    ("how are you?", "items"),
    ("good morning", "Hello"),
    ("thank you so much", "welcome"),
]


def sent(*messages, replies=True):
    items = []
    for message in messages[:-1]:
        items.append({"role": "user", "content": message})
        if replies:
            items.append({"role": "assistant", "content": answer(items, None, [], [])})
    return [*items, {"role": "user", "content": messages[-1]}]


def says(*messages, **more):
    said = answer(sent(*messages, **more), "Reply in one short sentence.", [], [])
    assert isinstance(said, str)
    return said


@with_each_of(TOLD)
def test_what_was_told_is_answered_from_the_history_and_not_without_it(told, asked, expected):
    assert expected.casefold() in says(told, asked).casefold()
    assert expected.casefold() in says(told, asked, replies=False).casefold()
    alone = says(asked)
    assert expected.casefold() not in alone.casefold() or expected.casefold() in asked.casefold()
    assert alone.startswith((NOTHING, NO_RULE))


@with_each_of(ABOUT_THE_CONVERSATION)
def test_a_question_about_the_conversation_is_answered_from_the_history(told, asked, expected):
    assert expected.casefold() in says(*told, asked).casefold()
    assert says(asked) != says(*told, asked)


@with_each_of(ABOUT_ITSELF)
def test_a_question_that_needs_no_history_is_answered(asked, expected):
    assert expected.casefold() in says(asked).casefold()
    assert NO_RULE not in says(asked)


@pytest.mark.parametrize(
    ("told", "asked"),
    [(told, asked) for told, asked, _ in TOLD] + [("Nadia's been in Tunis for ages, that's me", "what's my name?")],
)
def test_nothing_is_never_said_where_an_item_that_was_sent_can_hold_the_answer(told, asked):
    assert not says(told, asked).startswith(NOTHING)
    assert not says("hello", told, "thanks", asked).startswith(NOTHING)


@pytest.mark.parametrize(
    "told", [(), ("hello",), ("What's 2 + 2?",), ("hi", "thanks", "What's the capital of Norway?"), ("I like tea",)]
)
def test_nothing_is_said_where_no_item_can_hold_the_answer(told):
    assert says(*told, "What's my name?") == f"{NOTHING} says what your name is."


def test_a_name_can_be_forgotten_by_asking_for_it():
    assert "Alice" not in says("My name is Alice", "forget my name", "What's my name?", replies=False)
    assert "Oslo" in says("My name is Alice", "I live in Oslo", "forget my name", "Where do I live?")


def test_the_reply_alone_is_enough_to_know_what_it_says():
    """A limit can leave the reply and cut what was said before it."""
    items = sent("My name is Alice", "What's my name?")[1:]
    assert items[0]["role"] == "assistant"
    assert "Alice" in answer(items, None, [], [])


def test_a_list_of_things_is_read_as_one_list():
    assert says("Things to buy:\n- milk\n- eggs\n- bread", "what is on my list?").count("eggs") == 1


def test_a_conversation_inside_one_message_is_read():
    """After a handoff with nest_handoff_history an agent is sent one message that holds the conversation."""
    nested = (
        "For context, here is the conversation so far between the user and the previous agent:\n<CONVERSATION HISTORY>\n"
        "1. user: My name is Alice\n2. assistant: Nice to meet you, Alice.\n3. user: What's my name?\n"
        '4. {"type": "function_call", "name": "transfer_to_billing"}\n</CONVERSATION HISTORY>'
    )
    assert answer([{"role": "assistant", "content": nested}], None, [], []) == "Your name is Alice."


def test_tools_are_named_as_they_were_given():
    from tests.support.scripted import get_weather

    asked = [{"role": "user", "content": "what tools do you have?"}]
    assert answer(asked, None, [get_weather], []) == "I was given the tool get_weather."
    assert answer(asked, None, [], []) == "I was given no tools."
