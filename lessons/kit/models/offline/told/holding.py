"""Says whether an item that was sent can contain an answer that no rule has found.

"Nothing in what I was sent says …" tells the learner that something was not sent. So the model must not say it if an item
says something that the rules do not understand.
"""

import difflib
import re
from functools import lru_cache

from lessons.kit.items import Item
from lessons.kit.models.offline.language.arithmetic import find_continuation, find_sum
from lessons.kit.models.offline.language.pleasantries import pleasantry
from lessons.kit.models.offline.language.statements import Fact, sentences, stated
from lessons.kit.models.offline.language.text import asks, stems
from lessons.kit.models.offline.talk.word_meanings import WORDS

_NO_LONGER = re.compile(r"\b(?:no longer|any ?more)\b", re.IGNORECASE)
_SMALL_TALK = re.compile(
    r"(?:(?:hi|hello|hey|hola|hallo|bonjour|ok|okay|yes|no|sure|thanks|thank you|great|good|cool|nice|bye|please|test|there"
    r"|again|so much|a lot|very much|morning|afternoon|evening|night|day|how are you)\b[\s,.!]*){1,5}$",
    re.IGNORECASE,
)
_ASKS_WHETHER = re.compile(r"(?:and |so |but )?(?:am|are|is|was|were|do|does|did|have|has|can)\b", re.IGNORECASE)
_SAYS_WHAT_IS = re.compile(r"\b(?:is|are|am|was)\b|'(?:s|m)\b|[:=]", re.IGNORECASE)
_QUESTION_WORD = re.compile(r"\b(?:what|who|whose|where|when|why|which|how)", re.IGNORECASE)
_TELLS_IN_A_QUESTION = re.compile(
    r"[,;:]\s*(?:and |but |because |since )?(?:i|my|we|our|this is|call me)\b", re.IGNORECASE
)
_OWN = re.compile(
    r"(?:as [\w ]+, )?(?:nothing in what i|i found no rule|i am a |nice to meet you|i noted|you are welcome|hello|the \S+ tool"
    r"|i was sent|i was given|i leave|your |you |yes: |no: |for |some |here (?:is|are) |the capital|in \w+, japan"
    r"|python is|javascript is|goodbye|good night|all right|the pleasure|then correct me|i answer by|i read |i have no"
    r"|i was written"
    r"|what is said|i know only|pop_item|add_items|get_items|clear_session|rows in a file|i cost|the context|the history"
    r"|a token|a tool"
    r"|a database|a language model|what a model|redissession|sqlitesession|encryptedsession|sqlalchemysession"
    r"|advancedsqlitesession"
    r"|runner runs|"
    + "|".join(rf"{re.escape(name)}: " for name in WORDS)
    + r"|upgrade |to upgrade|reset |i cannot|a session |i keep |i can |the \w+ is in)"
    r"|.{1,80} = |.{1,60} is in .{1,40}\.$|.{1,60} has .{1,40} people\.$",
    re.IGNORECASE,
)
_LEFT_OVER = stems(
    "name names named call called calls hello hi hey name's i'm am here there this that live living lives work working "
    "works from "
    "forget remember actually really also just now today please note fyi btw meant sorry wait correction years old no yes not "
    "never don't longer anymore more well okay good morning evening afternoon nice meet everyone way turned live based "
    "come comes "
    "user customer client first full real delete erase everything all memory thanks thank speaking people friends usually very "
    "hate dislike enjoy adore stand own reside love like prefer called "
    "much lot always still again too visit travel go going trip planning want learning interested into hobby hobbies so"
)
ALIKE = 0.7
"""Two words with at least this similarity of spelling (0 to 1) can be the same word."""
_LONGEST_CLOSED = 4
"""A fact with more words than this can say more than the rules have read from it."""


def can_hold(item: Item, question: str) -> bool:
    """Whether the item says something that the rules do not understand and that could answer the question."""
    match item.kind:
        case "user" | "system" | "developer":
            holds_nothing = _only_repeats(item.text, question) or is_about_others(item.text, question)
            return not is_understood(item.text) and not holds_nothing
        case "assistant":
            return not (_OWN.match(item.text) and _quotes_are_understood(item.text))
        case "tool call" | "tool output" | "handoff":
            return bool(stems(item.text) & stems(question)) or "user" in stems(item.text)
        case _:
            return True


_OTHERS = re.compile(
    r"(?:and |but |also )?my (?:best |little |big |younger |older |elder |late |ex-?)*(?:mother|father|mum|mom|dad|parents"
    r"|brothers?|sisters?|sons?|daughters?|uncle|aunt|cousins?|grand\w+|friends?|boss|colleagues?|teacher|dogs?|cats?"
    r"|nephew|niece|wife|husband|partner|girlfriend|boyfriend|fianc\w+"
    r"|doctor|horse|parrot)\b(?!'s? (?!name\b))",
    re.IGNORECASE,
)
_ALSO_ME = re.compile(
    r"\b(?:i|me|we|us|our|ours|both|together|family|too|mine|myself|same|here|nearby"
    r"|next door|upstairs|downstairs|twin)\b|\bi'|[\n]",
    re.IGNORECASE,
)
_OF_ME_ALONE = re.compile(
    r"\bwhere (?:do|am|was) i (?:now |currently |originally )?(?:live|from|come from|work|born|living|based)\b|\bhow old am i\b"
    r"|\bwho am i\b|\bwhat (?:do i (?:do|like|love|hate)|am i called)\b|\bwhen was i born\b"
    r"|\bwhat(?:'s| is) my (?:\w+ )?(?:name|age|job|profession|nationality)\b",
    re.IGNORECASE,
)


def is_about_others(text: str, question: str) -> bool:
    """Whether the question is about the user, and the text only about another person, such as `My parents live in Cairo`."""
    said = sentences(text)
    return bool(
        _OF_ME_ALONE.search(question)
        and said
        and all(_OTHERS.match(sentence) and not _ALSO_ME.search(sentence) for sentence in said)
    )


def is_of_another(fact: Fact, question: str) -> bool:
    """Whether the question is about the user, and the fact about another person, such as `your boss is from Spain`."""
    return is_about_others(f"my {fact.kind}", question)


_NAMED = re.compile(r"(?!I\b)[A-Z]\w+ (?:lives?|is|was|works?|comes?|likes?|loves?|hates?) ")


def names_another(text: str, question: str) -> bool:
    """Whether the question is about the user, and the text about a named person, who can be the user: `Alice lives in Rome`."""
    return bool(_OF_ME_ALONE.search(question) and _NAMED.match(text) and not _ALSO_ME.search(text))


def _only_repeats(text: str, question: str) -> bool:
    """Whether a text has only words of the question: `name` does not answer `What's my name?`."""
    repeats = bool(stems(text)) and stems(text) <= stems(question)
    return repeats and not _ASKS_WHETHER.match(question) and not _SAYS_WHAT_IS.search(text)


@lru_cache(maxsize=1_000)
def is_understood(text: str) -> bool:
    """Whether the rules read every sentence of the text: as a question, small talk, a sum or facts."""
    return not text or all(map(_sentence_is_understood, sentences(text)))


def _sentence_is_understood(sentence: str) -> bool:
    if _SMALL_TALK.match(sentence) or pleasantry(sentence) or find_sum(sentence) or find_continuation(sentence):
        return True
    facts = stated(sentence)
    if any(fact.retracted and not fact.said for fact in facts):
        return True  # a request to forget something
    if any(fact.retracted for fact in facts) and not _NO_LONGER.search(sentence):
        return False  # a denial such as `I don't live in Rome` leaves open what is true
    if facts:
        closed = all(fact.retracted or len(fact.value.split()) <= _LONGEST_CLOSED for fact in facts)
        return closed and not _unread(sentence, facts)
    return asks(sentence) and _tells_nothing(sentence)


def _tells_nothing(question: str) -> bool:
    """Whether a question only asks. `Names Kev, and you?` and `I'm Kev, and you?` also tell something."""
    by_words = asks(question.replace("?", "")) or _QUESTION_WORD.search(question) or "," not in question
    return bool(by_words) and not _TELLS_IN_A_QUESTION.search(question)


def _unread(sentence: str, facts: list[Fact]) -> frozenset[str]:
    """The words and numbers of a sentence that are in none of its facts."""
    said = " ".join(f"{fact.said} {fact.value}" for fact in facts)
    return (stems(sentence) - stems(said) - _LEFT_OVER) | (_digits(sentence) - _digits(said))


def _digits(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\b\d\b", text))


def says_more(text: str) -> bool:
    """Whether a sentence says more than the facts that the rules read from it: `I have a daughter, Ella, who is 6`."""
    return any(_unread(sentence, stated(sentence)) for sentence in sentences(text))


def _quotes_are_understood(text: str) -> bool:
    return all(map(is_understood, re.findall(r"“([^”]*)”", text)))


_FAMILIES = (
    r"wife|husband|partner|spouse|girlfriend|boyfriend|fianc\w+|married|single|(?:better|other) half",
    r"kids?|child\w*|sons?|daughters?|bab\w+",
    r"mother|father|mum|mom|dad|parents?",
    r"brothers?|sisters?|siblings?|twins?",
)
# Pairs of patterns: a fact that matches the second can answer a question that matches the first.
_HINTS = tuple(
    (re.compile(rf"\b(?:{asked})\b", re.IGNORECASE), re.compile(rf"\b(?:{told})\b", re.IGNORECASE))
    for asked, told in (
        (r"age|old|born|birth\w*|zodiac|sign|year", r"age|born|birth\w*|years old|b-?day|twins?"
         r"|teen\w*|adult|pensioner|kid|child|minor|senior"),
        (r"from|nationality|country|born|origin|ethnic\w*|native", r"from|born|live|speak|country|nationality|native|are an?"
         r"|home ?town|birthplace|homeland|village|raised|roots"),
        (r"live|living|home|city|town|address|country|based|continent|time ?zone", r"live|from|address|home"
         r"|home ?town|city|town|village|flat|house|apartment|residence|place|street|neighbou?rhood|room"
         r"|country|are an? .* (?:in|at|near)|mov(?:ed|ing)|relocat\w*"),
        (r"work|job|profession|occupation|living|employer|company|boss|career|office|salary",
         r"work|job|profession|occupation|teach|study|company|boss|business|office|employer|firm|shop|career|team|are an?"),
        (r"pets?|animals?", r"pets?|dogs?|cats?|fish|birds?|parrots?|hamsters?|rabbits?|horses?|turtles?|snakes?|pupp\w+"
         r"|kittens?"),
        (r"like|love|enjoy|hobb\w+|interests?|prefer\w*|favorite|favourite|sports?|do for fun",
         r"like|love|enjoy|adore|prefer|hobb\w+|interested|play|passion|obsession|fan|joy"
         r"|favou?rite(?= (?:thing|hobby|activity))"),
        (r"surname|last name|family name|full name|nick ?name|initials|first name|middle name", r"name|nick ?name|initials"),
        (r"(?<!'s )name", r"surname|nick ?name|last name|family name|initials|full name"),
        (r"foods?|eat|diet|meals?|dish\w*|drinks?|allerg\w*|lunch|dinner|breakfast",
         r"foods?|eat|vegan|vegetarian|allergic|diet|drinks?|dish\w*|meals?|like|love|prefer"),
        (r"languages?|speak", r"speak|languages?|learning|from|tongue|native|fluent|bilingual"),
        (r"birth ?day|born|birth\w*", r"b-?day|birth\w*|born|special day|anniversary|big day"),
        (r"phone|mobile|cell|number|contact|e-?mail", r"phone|mobile|cell|number|contact|e-?mail"),
        (r"films?|movies?|shows?", r"films?|movies?|shows?"),
        (r"car|vehicle|drive", r"car|vehicle|drive|bike|truck|van"),
        (r"university|uni|school|college|courses?|degree", r"study|university|school|college|degree|teach"),
        (r"used? to do", r"work|retired|job"),
        (r"projects?|build\w*|apps?", r"build\w*|working on|projects?|apps?"),
        *((family, family) for family in _FAMILIES),
    )
)  # fmt: skip
_OF_PEOPLE = tuple(told for asked, told in _HINTS if asked.pattern in {rf"\b(?:{family})\b" for family in _FAMILIES})
_DEMONYM = re.compile(r"^an? [A-Z][a-z]+$")
_CLOSED = frozenset(
    {"name", "home", "origin", "birth", "age", "work", "likes", "dislikes", "prefers", "speaks", "learns", "trip"}
)

_OF_MANY = frozenset({"favorite", "name", "first", "last", "new", "old", "best", "other"})
"""Words in the kind of a fact that do not say what the fact is about."""


def can_answer(fact: Fact, question: str) -> bool:
    """Whether a fact can be an answer that no rule has found: a last name for `What is my surname?`"""
    if fact.kind == "dislikes" and not re.search(r"\b(?:hate|dislike|don't|not)\b", question, re.IGNORECASE):
        return False
    asked = re.findall(r"\w{3,}", question.lower())
    slips = [word for word in re.findall(r"\w{3,}", fact.kind) if word not in asked]
    if any(difflib.get_close_matches(word, asked, n=1, cutoff=ALIKE) for word in slips):
        return True  # one of the two words can have a typing error
    if fact.kind not in _CLOSED and set(fact.kind.split()).difference(_OF_MANY).intersection(asked):
        return True  # `My flight is LH 441` to `What is my flight number?`
    if (
        fact.kind == "is"
        and _DEMONYM.search(fact.value)
        and re.search(r"\b(?:live|living|from|home)\b", question, re.IGNORECASE)
    ):
        return True  # `I'm a Berliner`
    hints = [told for asked, told in _HINTS if asked.search(question)]
    if any(told in _OF_PEOPLE for told in hints) and _names_someone(fact):
        return True  # `My better half is Frank`
    if hints:
        return any(told.search(f"{fact.kind} {fact.said}") for told in hints)
    return fact.kind not in _CLOSED


def is_hinted(said: str, question: str) -> bool:
    """Whether a text names something of a kind that the question asks for: a dog for `How many pets do I have?`"""
    return any(told.search(said) for asked, told in _HINTS if asked.search(question))


def _names_someone(fact: Fact) -> bool:
    """Whether a fact gives a name to something that is not in the other hints."""
    known = any(told.search(fact.kind) for _, told in _HINTS if told not in _OF_PEOPLE)
    return fact.kind not in _CLOSED and not known and fact.value[:1].isupper()
