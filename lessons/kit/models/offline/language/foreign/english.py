"""The English sentences into which other languages are translated, and the patterns for a value or a name."""

V = r"(?P<v>[^.,;!?。，！？؟]{1,80}?)"
NAME = r"(?P<v>(?-i:[A-ZÀ-ÖØ-Þ])[\w'-]*(?: (?-i:[A-ZÀ-ÖØ-Þ])[\w'-]*){0,2})"

NAME_IS, LIVE, FROM, WORK, WORK_AT, AGE, LIKE, IS, COLOR = (
    "My name is {v}",
    "I live in {v}",
    "I am from {v}",
    "I work as {v}",
    "I work at {v}",
    "I am {v} years old",
    "I like {v}",
    "I am a {v}",
    "My favorite color is {v}",
)
ASKS_NAME, ASKS_HOME, ASKS_AGE, ASKS_ORIGIN, ASKS_WORK, ASKS_LIKES, ASKS_COLOR = (
    "What is my name?",
    "Where do I live?",
    "How old am I?",
    "Where am I from?",
    "What do I do for work?",
    "What do I like?",
    "What is my favorite color?",
)
HELLO, THANKS, BYE, HOW, ABILITIES, SESSION = (
    "Hello.",
    "Thanks.",
    "Goodbye.",
    "How are you?",
    "What can you do?",
    "What is a session?",
)


def in_digits(age: str) -> str:
    """`25` for `二十五`. A number in digits stays unchanged."""
    if age.isdigit():
        return age
    tens, ten, ones = age.rpartition("十")
    number = {sign: count for count, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
    return str((number.get(tens, 1) * 10 if ten else 0) + number.get(ones, 0))
