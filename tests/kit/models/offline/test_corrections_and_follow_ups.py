"""Messages of learners: corrections, yes or no, pronouns, two questions in one, sums in words, other languages."""

import pytest

from tests.support.cases import with_each_of
from tests.support.offline_replies import reply

# what was said, what is asked, what the answer has to say
MESSAGES = [
    (("hey im Katarzyna btw from Krakow",), "where am i from", "Krakow"),
    (("I'm Sofia and this is my first time here",), "who am I?", "Sofia"),
    (("they call me Big Joe",), "what's my name?", "Joe"),
    (("myself Ramesh from Chennai",), "what is my good name?", "Ramesh"),
    (("I am Ramesh, working at Infosys since 2015",), "since when do I work there?", "2015"),
    (("My name is Lea and my birthday is 12 June 1994",), "In which year was I born?", "1994"),
    (("I'm a dentist and I have three children",), "what's my profession?", "dentist"),
    (("My sister Julia is a lawyer in Boston",), "what does my sister do?", "lawyer"),
    (("My sister Julia is a lawyer in Boston",), "what is her job?", "lawyer"),
    (("Peter is 8 and Paul is 11",), "how old is Paul?", "11"),
    (("My neighbour plays drums at night",), "what does my neighbour play?", "drums"),
    (("The server's IP is 10.0.0.7",), "what's the IP of the server?", "10.0.0.7"),
    (("The budget for Q3 is 12,000 dollars",), "how much is the Q3 budget?", "12,000"),
    (("the train leaves at 18:05 from platform 4",), "when does the train leave?", "18:05"),
    (("My three favourite cities are Rome, Oslo and Lima",), "what are my favourite cities?", "Lima"),
    (("1) buy paint\n2) call Anna\n3) sleep",), "what's the last thing on the list?", "sleep"),
    (("I'm from Ghana", "no, I meant Guyana"), "where am I from?", "Guyana"),
    (("I am 25", "oops, 26"), "how old am I?", "26"),
    (("My dog is called Max", "no wait, Maxi"), "what's my dog's name?", "Maxi"),
    (("I work at IBM", "I don't work at IBM anymore, I'm at SAP now"), "where do I work?", "SAP"),
    (("I like cats", "I don't like cats anymore"), "do I like cats?", "not"),
    (("My name is Alice",), "is my name Bob?", "No"),
    (("I live in Oslo",), "do I live in Bergen?", "No"),
    (("I am 30 years old",), "am I 40?", "No"),
    (("I have a dog",), "do I have a cat?", "dog"),
    (("My name is Alice",), "my name is Bob, right?", "Alice"),
    (("I am from Peru",), "am I from Chile?", "No"),
    (("hi", "I like figs", "What is 2+3?"), "how many messages did I send so far?", "4"),
    (("hi", "I like figs", "What is 2+3?"), "what did I ask you?", "2+3"),
    (("hi", "I like figs", "What is 2+3?"), "what did you answer to my first message?", "Hello"),
    (("I'm Eva", "I live in Graz", "I like skiing"), "summarise what you know", "Graz"),
    (("I'm Eva", "I live in Graz", "I like skiing"), "tell me three things about me", "skiing"),
    (("I'm Eva", "I live in Graz", "I like skiing"), "what's my name and what do I like?", "skiing"),
    (("I'm Eva", "I live in Graz", "I like skiing"), "can you list all my messages?", "Graz"),
    (("Ich bin 42 Jahre alt und arbeite als Bäcker",), "Wie alt bin ich?", "42"),
    (("Ich habe zwei Kinder",), "Wie viele Kinder habe ich?", "zwei"),
    (("Ich mag Kaffee",), "Weißt du was ich mag?", "Kaffee"),
    (("Je travaille comme plombier",), "quel est mon travail ?", "plombier"),
    (("J'ai deux chats",), "combien de chats ai-je?", "deux"),
    (("Vivo en Medellín con mi familia",), "¿dónde vivo?", "Medellín"),
    (("Mi comida favorita es la paella",), "¿cuál es mi comida favorita?", "paella"),
    (("Tenho um cachorro chamado Bob",), "como se chama o meu cachorro?", "Bob"),
    (("mera naam Sunita hai aur main teacher hoon",), "main kya karti hoon?", "teacher"),
    (("mere paas ek kutta hai",), "mere paas kya hai?", "kutta"),
    (("我有一只猫",), "我有什么宠物？", "猫"),
    (("Ciao, sono Marco e vivo a Torino",), "come mi chiamo?", "Marco"),
    (("Mi piace il calcio",), "cosa mi piace?", "calcio"),
    (("watashi wa Tokyo ni sunde imasu",), "where do I live?", "Tokyo"),
    ((), "what's 3/4 of 60", "45"),
    ((), "convert 5 km to m", "5,000"),
    ((), "what is 250 euros plus 19%?", "297.5"),
    ((), "what's (3+4)*2?", "14"),
    ((), "what is 1,000 - 1?", "999"),
    ((), "how can I use a session in my code?", "session"),
    ((), "do tools share the session?", "session"),
    ((), "what does limit do?", "newest"),
    ((), "What's an agent?", "instructions"),
    ((), "is this free?", "cost"),
    ((), "...", "sent"),
    ((), "ok thx bye", "sent"),
    ((), "how r u?", "sent"),
    (("I have a cat", "Her name is Luna"), "what's my cat's name?", "Luna"),
    (("What's the capital of Japan?",), "and how many people live there?", "million"),
    (("My full name is Anna Maria Rossi",), "what is my full name?", "Rossi"),
    (("I'm Theo (19) and I study physics in Delft",), "how old am I?", "19"),
    (("I recently moved to Nairobi for a new job",), "which city do I live in?", "Nairobi"),
    (("I've been a nurse for 12 years",), "how long have I been a nurse?", "12"),
    (("My colleague Ivan prefers mornings",), "when does Ivan prefer to meet?", "mornings"),
    (("My wife was born in Hue",), "where was my wife born?", "Hue"),
    (("The password of the guest wifi is otter9",), "guest wifi password?", "otter9"),
    (("Invoice 778 is due on 4 May",), "when is invoice 778 due?", "4 May"),
    (("I walked 9 km today",), "how far did I walk?", "9"),
    (("Please note these: tent, torch, rope",), "what did I ask you to note?", "torch"),
    (("- call bank\n- fix bike",), "what's on the list?", "bank"),
    (("I live in Kazan", "sorry, typo: Kazan should be Kazanlak"), "where do I live?", "Kazanlak"),
    (("My name is Mia", "No, it's Maya"), "what's my name?", "Maya"),
    (("I like red", "actually I prefer blue"), "which color do I prefer?", "blue"),
    (("My name is Omar",), "is it true that my name is Peter?", "No"),
    (("I hate olives",), "do I like olives?", "not"),
    (("My car is blue",), "is my car red?", "No"),
    (("hello", "I sell shoes", "ok"), "what was my last message?", "ok"),
    (("hello", "I sell shoes", "ok"), "how many times have I written to you?", "4"),
    (("I'm Lio", "I'm from Nice"), "sum up what you know about me", "Nice"),
    (("Hallo ich bin die Petra",), "wie heiße ich?", "Petra"),
    (("Meine Katze heißt Mimi",), "Wie heißt meine Katze?", "Mimi"),
    (("Je m'appelle Paul et je suis boulanger",), "quel est mon métier ?", "boulanger"),
    (("Hola, me llamo Andrés y soy de Cali",), "¿de dónde soy?", "Cali"),
    (("Meu nome é Beatriz, tenho 20 anos",), "qual é a minha idade?", "20"),
    (("我叫王伟，我来自西安",), "我是哪里人？", "西安"),
    (("watashi wa sushi ga suki desu",), "what do I like?", "sushi"),
    ((), "how many seconds in 2 minutes", "120"),
    ((), "3 kg in grams", "3,000"),
    ((), "can two agents share one session?", "session"),
    ((), "how do I encrypt my session?", "EncryptedSession"),
    ((), "where can I see the rows?", "row"),
    ((), "hmm", "sent"),
    ((), "how do you do?", "sent"),
    (("I bought a book", "It cost 12 euros"), "how much was the book?", "12"),
]
UNKNOWN = [
    (("hi",), "where do I live?"),
    (("What is 2+2?",), "what is my favourite colour?"),
    (("I like tea",), "how old am I?"),
    (("hello", "thanks"), "what's my dog's name?"),
]


@with_each_of(MESSAGES)
def test_a_message_is_answered_from_what_was_said(said, asked, expected):
    assert expected.casefold() in reply(*said, asked).casefold()


@pytest.mark.parametrize(("said", "asked", "expected"), [case for case in MESSAGES if case[0]])
def test_nothing_is_not_said_where_it_was_said(said, asked, expected):
    assert not reply(*said, asked).startswith("Nothing in what I")


@with_each_of(UNKNOWN)
def test_nothing_is_said_where_no_message_can_hold_it(said, asked):
    assert reply(*said, asked).startswith("Nothing in what I was sent")


def test_what_is_forgotten_is_not_said():
    assert "Eva" not in reply("I'm Eva", "please delete everything you know about me", "who am I?")


@pytest.mark.parametrize(
    ("said", "asked", "expected"),
    [
        (("My name is Alice",), "do you think my name is Bob?", "No: your name is Alice."),
        (("I live in Oslo",), "do I live in Bergen?", "No: you live in Oslo."),
        (("I hate olives",), "do I like olives?", "No: you do not like olives."),
        (
            ("I have a dog",),
            "do I have a cat?",
            "I found nothing that says so in the items I was sent. Near to it: you have a dog.",
        ),
    ],
)
def test_a_yes_or_no_question_is_compared_with_what_was_said(said, asked, expected):
    assert reply(*said, asked) == expected


@pytest.mark.parametrize(
    ("said", "then", "asked"),
    [
        ("my meeting is at 3", "they changed it to 5", "when is my meeting?"),
        ("i live in rome", "we relocated to Oslo last week", "where do i live"),
        ("I live in Paris", "that was last year, now it's Nice", "where do i live"),
        ("my budget is 500 euros", "increase my budget by 200", "what is my budget"),
        ("My favorite food is sushi", "I changed my mind, ramen", "whats my favorite food"),
        ("my appointment is at 2pm", "can we make it 3pm", "when is my appointment"),
        ("i have 2 dogs", "we adopted a third one", "how many dogs do i have"),
        ("the code is 7781", "nvm its 7718", "code?"),
        ("my name is Al", "nah its Bo", "whats my name"),
        ("ich bin 20", "falsch, 21", "wie alt bin ich"),
        ("mera naam Raj hai", "nahi, Ravi", "mera naam kya hai"),
        ("my car is red", "painted it black", "what color is my car"),
    ],
)
def test_a_message_that_can_change_a_fact_is_quoted_with_it(said, then, asked):
    assert f"“{then}”" in reply(said, then, asked)
    assert f"“{then}”" in reply(said, "ok thanks", then, "ok thanks", asked)
    assert "“" not in reply(
        said.replace("the code", "my code"), "I went to the cinema yesterday", asked.replace("code?", "my code?")
    )


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("my name is bob lol jk its rob", "whats my name"),
        ("I'm called Jo by friends but Joanna at work", "what am i called at work"),
    ],
)
def test_a_message_that_says_more_of_what_is_asked_than_its_fact_is_quoted_whole(said, asked):
    assert reply(said, asked) == f"You wrote “{said}”."


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("My name is What", "what's my name"),
        ("names kev, u?", "whats my name"),
        ("My twin sister is 20", "how old am i"),
        ("My sister is my twin, she is 20", "how old am i"),
        ("my name is No", "whats my name"),
    ],
)
def test_a_message_that_can_hold_the_answer_is_never_called_nothing(said, asked):
    assert reply(said, asked).startswith("I found no rule for this")


@pytest.mark.parametrize(
    "said",
    [
        "I play the cello",
        "We moved from Lyon to Nantes last year",
        "Also, my dog Rex died last week",
        "I have a question",
    ],
)
def test_what_no_rule_reads_is_taken_note_of_and_quoted_later(said):
    assert reply(said) == "I found no rule for this, but I can quote it as long as it is sent to me."


@pytest.mark.parametrize(
    ("said", "asked", "expected"),
    [
        ("I'm allergic to penicillin", "Am I allergic to anything?", "You are allergic to penicillin."),
        ("I have a meeting with Bo at 10", "Who am I meeting?", "You have a meeting with Bo at 10."),
        ("I cannot eat peanuts", "What food should I avoid?", "peanuts"),
    ],
)
def test_a_question_is_answered_in_its_own_subject(said, asked, expected):
    assert expected in reply(said, asked)
    assert "place" not in reply(asked)
    assert "your name" not in reply(asked)


@pytest.mark.parametrize(
    "said",
    [
        ("Hi", "Forget my name"),
        ("my cat is called Tom", "please forget my cat's name"),
        ("I like tea and coffee", "forget that I like tea"),
    ],
)
def test_what_is_not_left_out_is_not_said_to_be_left_out(said):
    """The reply said that it leaves this out from here on: nobody had said it, or a later reply told it again."""
    assert reply(*said) == (
        "I do not delete rows, and no rule of mine found what to leave out. I was sent 3 items (2 from you)."
    )
    assert reply("My name is Zoe", "Forget my name").startswith(
        "I leave that out from here on. The messages that say it"
    )
