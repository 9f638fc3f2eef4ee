"""What learners write, in a third hundred of messages: answered where it was sent, and never "nothing" where it can be."""

import pytest

from tests.support.cases import with_each_of
from tests.support.offline_replies import reply

NOTHING = "Nothing in what I"

# what was said, in one message or more, what is asked, what the answer has to say
TOLD = [
    (("Ich heiße Torsten und mein Bruder heißt Knut",), "wie heißt mein Bruder?", "Knut"),
    (("我妹妹叫小红",), "我妹妹叫什么？", "小红"),
    (("我妈妈叫李娜，她是医生",), "我妈妈叫什么名字？", "李娜"),
    (("我哥哥住在上海",), "我哥哥住在哪里？", "上海"),
    (("我的狗叫旺财",), "我的狗叫什么？", "旺财"),
    (("Ma sœur s'appelle Chloé",), "comment s'appelle ma sœur ?", "Chloé"),
    (("Mi hermana se llama Lucía y vive en Lima",), "¿cómo se llama mi hermana?", "Lucía"),
    (("Minha filha se chama Bia",), "como se chama minha filha?", "Bia"),
    (("Meri behen ka naam Neha hai",), "meri behen ka naam kya hai?", "Neha"),
    (("Je travaille comme boulanger à Lyon",), "quel est mon travail ?", "boulanger"),
    (("Tengo un gato que se llama Luna",), "¿cómo se llama mi gato?", "Luna"),
    (("Ich mag Schokolade",), "was mag ich?", "Schokolade"),
    (("Eu gosto de futebol",), "do que eu gosto?", "futebol"),
    (("我今年三十岁",), "我多大了？", "30"),
    (("Mi chiamo Paolo e abito a Torino",), "dove abito?", "Torino"),
    (("Hola, me llamo Sofía", "trabajo en un hospital"), "¿dónde trabajo?", "hospital"),
    (("Ik heet Sanne en ik woon in Utrecht",), "hoe heet ik?", "Sanne"),
    (("Benim adım Ayşe",), "benim adım ne?", "Ayşe"),
    (("my naem is Gus",), "whats my naem", "Gus"),
    (("i live in Olso",), "were do i live", "Olso"),
    (("my brithday is on 3 March",), "when is my birthday", "3 March"),
    (("i am alergic to peanuts",), "what am i allergic to?", "peanuts"),
    (("my favorit band is Muse",), "which band do i like", "Muse"),
    (("I hav a dog caled Rex",), "what is my dog called", "Rex"),
    (("My wifes name is Tara",), "what is my wife's name?", "Tara"),
    (("i work at a bakrey",), "where do I work", "bakrey"),
    (("What city is the Golden Gate Bridge in?",), "and what state?", "California"),
    (("What's 12 * 3?",), "and half of that?", "18"),
    (("What's 7 + 5?",), "minus 2", "10"),
    (("My name is Lia", "I have a sister"), "what did I tell you about my sister?", "sister"),
    (("I have a sister called Ida. She is a vet.",), "what does she do?", "vet"),
    (("I have a sister called Ida. She is a vet.",), "what's her name?", "Ida"),
    (("I have a sister called Ida. She is a vet.",), "how old is my sister?", "sister"),
    (("hello", "my cat is ill", "she eats nothing"), "what did I say before that?", "she eats nothing"),
    (("first I went to Rome", "then I went to Pisa"), "where did I go first?", "Rome"),
    (("I like red", "I like green"), "what did I say last?", "green"),
    (("I need bread, jam and tea",), "what do I need?", "bread"),
    (("remember these: 4, 8, 15",), "which numbers should you remember?", "4, 8, 15"),
    (("My kids are Tom, Ann and Lee",), "who are my kids?", "Tom"),
    (("I visited Spain, Italy and Malta",), "which countries did I visit?", "Italy"),
    (("groceries:\n- milk\n- rice\n- soap",), "what's on the grocery list?", "rice"),
    (("I speak Dutch, Thai and Zulu",), "how many languages do I speak?", "Thai"),
    (("steps: 1) boil water 2) add tea 3) wait",), "what is step 2?", "add tea"),
    (("My name is Sara", "No, I meant Sarah with an h"), "what is my name?", "Sarah"),
    (("I live in Bern", "oops, Basel I mean"), "where do I live?", "Basel"),
    (("I'm 25", "wait, no, 26"), "how old am I?", "26"),
    (("My dog is Max", "not Max, Mix"), "what's my dog's name?", "Mix"),
    (("The meeting is at 3", "scratch that, it's at 4"), "when is the meeting?", "4"),
    (("I work as a cook", "I quit that job and became a driver"), "what is my job?", "driver"),
    (("my name is Kim", "forget that, call me Kay"), "what's my name?", "Kay"),
    (("I never drink coffee",), "do I drink coffee?", "never"),
    (("I have no brothers",), "how many brothers do I have?", "no brothers"),
    (("I can't swim",), "can I swim?", "can't"),
    (("I'm not from Spain, I'm from Portugal",), "where am I from?", "Portugal"),
    (("I'm Otto and I breed goats",), "what do I breed?", "goats"),
    (("My name is Vera and my favourite colour is lilac",), "what's my favourite colour?", "lilac"),
    (("I live in Turku with my husband Ville",), "what is my husband's name?", "Ville"),
    (("I am a plumber from Leeds",), "what do I do for a living?", "plumber"),
    (("I'm 19 and study law in Graz",), "what do I study?", "law"),
    (("I'm 19 and study law in Graz",), "where do I study?", "Graz"),
    (("My son is 4 and my daughter is 7",), "how old is my daughter?", "7"),
    (("I arrived on Monday and leave on Friday",), "when do I leave?", "Friday"),
    (("My train leaves at 8:15 from platform 3",), "which platform?", "3"),
    (("My train leaves at 8:15 from platform 3",), "what time is my train?", "8:15"),
    (("My PIN is 4821",), "tell me my PIN", "4821"),
    (("the wifi code is hunter2",), "what's the wifi code again?", "hunter2"),
    (("call me Ishmael",), "say my name", "Ishmael"),
    (("I think my name is Rob",), "what's my name", "Rob"),
    (("Everyone at work calls me Duck but my real name is Dominic",), "what's my real name?", "Dominic"),
    (("I'm renting a flat in Oporto",), "where do I live?", "Oporto"),
    (("my hometown is Split",), "where am I from?", "Split"),
    (("I teach maths at a school in Riga",), "what do I do?", "teach"),
    (("we have two dogs, Pip and Tug",), "what are my dogs called?", "Pip"),
    (("Mum's name is Joan",), "what is my mum's name?", "Joan"),
    (("I graduated in 2010",), "when did I graduate?", "2010"),
    (("my phone is broken",), "what is broken?", "phone"),
    (("It's my birthday today",), "when is my birthday?", "today"),
    (("I'm into chess and climbing",), "what am I into?", "chess"),
    (("My girlfriend and I live in Ghent",), "where do I live?", "Ghent"),
    (("Born and bred in Cork",), "where am I from?", "Cork"),
    (("People know me as Ziggy",), "what is my name?", "Ziggy"),
    (("Signed, Marta",), "what is my name?", "Marta"),
    (("- Greg",), "who am I?", "Greg"),
    (("This is Nils from accounting",), "who am I?", "Nils"),
    (("Age: 44",), "how old am I?", "44"),
    (("city=Porto",), "where do I live?", "Porto"),
    (("I celebrated my 30th birthday",), "how old am I?", "30"),
    (("twenty-two years old and from Malta",), "how old am I?", "twenty-two"),
    (("I'd say my favourite season is autumn",), "what's my favourite season?", "autumn"),
    (("blue is the best colour",), "what's my favourite colour?", "blue"),
    (("I can't stand cilantro",), "what do I hate?", "cilantro"),
    (("My employer is Siemens",), "where do I work?", "Siemens"),
    (("I run a small cafe",), "what is my job?", "cafe"),
    (("freelance photographer, based in Sofia",), "what do I do for work?", "photographer"),
    (("freelance photographer, based in Sofia",), "where am I based?", "Sofia"),
    (("Hi I'm new here, I'm Pia",), "what's my name?", "Pia"),
    (("You can reach me at pia@x.org",), "what is my email?", "pia@x.org"),
    (("my wife Emma is a doctor",), "what does my wife do?", "doctor"),
    (("my wife Emma is a doctor",), "what is my wife's name?", "Emma"),
    (("Mi nombre es Juan y tengo dos hijos",), "¿cuántos hijos tengo?", "dos"),
    (("Ich wohne seit 2019 in Wien",), "wo wohne ich?", "Wien"),
    (("Ich bin 1990 geboren",), "wann bin ich geboren?", "1990"),
    (("J'ai deux enfants",), "combien d'enfants ai-je ?", "deux"),
    (("我爸爸是医生",), "我爸爸是做什么的？", "医生"),
    (("Mera bhai Pune mein rehta hai",), "mera bhai kahan rehta hai?", "Pune"),
    (("Tenho um cachorro",), "tenho algum animal?", "cachorro"),
]
# what is asked with no history, and words of the answer
ALONE = [
    ("what does the table on the right show?", "ledger"),
    ("why is there a plus sign next to the row?", "added"),
    ("are you ChatGPT?", "rule-based"),
    ("which model are you", "rule-based"),
    ("can you see rows of another session?", "session"),
    ("do you see what Bob wrote in his session?", "session"),
    ("is my data sent to OpenAI?", "stored"),
    ("what's the difference between a row and an item?", "item"),
    ("how do I delete my last message?", "pop_item"),
    ("what happens when I press restart?", "restart"),
    ("is this a real AI", "rule-based"),
    ("thx", "welcome"),
    ("good evening", "Hello"),
    ("does the session remember things when I close the browser?", "restart"),
    ("is this conversation private?", "stored"),
    ("who can read this?", "stored"),
    ("can Bob see my messages?", "session"),
    ("do other users see my chat?", "session"),
    ("is my message saved?", "stored"),
    ("what is my session id?", "Session"),
    ("what would happen to my rows after a restart?", "file"),
]
# what no message before the question says
NEVER_SAID = [
    (("My name is Ada",), "what is my shoe size?"),
    (("My name is Ada",), "where do I live?"),
    (("hi", "how are you"), "what's my sister's name?"),
    (("My name is Ann",), "what's my dog's name?"),
    (("I like cats",), "what's my name?"),
    (("2+2",), "what's my name?"),
    ((), "what's my name?"),
    ((), "where do I work?"),
    ((), "what did I say before?"),
    ((), "what is my favourite colour?"),
    ((), "what's my visitor id"),
]
# what is said, and what stays true of the value although it sounds like a correction
NO_CORRECTION = [
    (("My dog is Max", "not now, later"), "what's my dog's name?", "Max"),
    (("I live in Bern", "wait, no time for that"), "where do I live?", "Bern"),
    (("I'm 25", "no, I know that"), "how old am I?", "25"),
]


@with_each_of([*TOLD, *NO_CORRECTION])
def test_what_was_sent_is_found_and_what_was_not_sent_is_not_known(history, asked, word):
    assert word in reply(*history, asked)
    if word not in asked and asked not in (text for text, _ in ALONE):
        assert word not in reply(asked)


@with_each_of(ALONE)
def test_what_is_asked_of_the_app_has_an_answer(asked, words):
    assert words in reply(asked)
    assert not reply(asked).startswith(NOTHING)


@with_each_of(NEVER_SAID)
def test_what_was_never_said_is_nothing(history, asked):
    assert reply(*history, asked).startswith(NOTHING)


@with_each_of(TOLD)
def test_nothing_is_never_said_of_what_was_sent(history, asked, word):
    """Also where small talk, a sum or another fact came after it."""
    assert not reply(*history, "thanks", "2 + 2", asked).startswith(NOTHING)


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("my flat is in Lodz", "where do I live?"),
        ("we own a house near Bath", "where do I live?"),
        ("I'm a Berliner", "where do I live?"),
        ("my hometown is Split", "where am I from?"),
        ("I'm Brazilian", "where am I from?"),
        ("I am thirty", "how old am I?"),
        ("I'm a teenager", "how old am I?"),
        ("My employer is Siemens", "where do I work?"),
        ("my passion is opera", "what do I like?"),
        ("my mother tongue is Urdu", "what languages do I speak?"),
        ("my b-day's in July", "when is my birthday?"),
        ("my special day is 9 March", "when is my birthday?"),
    ],
)
def test_what_says_it_in_other_words_is_not_called_nothing(told, asked):
    assert not reply(told, asked).startswith(NOTHING)
    assert reply(asked).startswith(NOTHING)
