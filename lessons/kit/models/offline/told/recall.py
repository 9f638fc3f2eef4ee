"""Answers questions about the user, only from the items."""

import re
from dataclasses import replace

from lessons.kit.items import Item
from lessons.kit.models.offline.language.facts import ONE_ONLY
from lessons.kit.models.offline.language.statements import Fact
from lessons.kit.models.offline.language.text import asks, attribute, capital, listed, quote, stems
from lessons.kit.models.offline.request import Request
from lessons.kit.models.offline.told.holding import (
    can_answer,
    can_hold,
    is_about_others,
    is_hinted,
    is_of_another,
    is_understood,
    names_another,
    says_more,
)
from lessons.kit.models.offline.told.later import ADDS, TOO_COMMON, also, is_doubtful, later
from lessons.kit.models.offline.told.yes_or_no import confirmed, yes_or_no

SHOWN = 12
"""The most facts in an answer."""

_ABOUT_ME = re.compile(
    r"\b(?:know|remember|recall|learn\w*|told)\b.{0,20}\b(?:about|of) me\b|\babout (?:me|myself)\b|\bdo you (?:still "
    r"|already )?know me\b|\bremember me\b|\bwhat (?:else )?do you (?:still )?(?:know|remember)(?: so far)?\s*\??$"
    r"|\bdo you (?:still )?remember (?:anything|something|everything)\b",
    re.IGNORECASE,
)
_RECALL = re.compile(
    r"\b(?:what|whats|who|which|where|when|how|know|remember|recall|tell me|remind me|say|repeat|guess|list|should)\b"
    r"|^am i\b|^name (?:my|the|all)\b|^(?:can|may|should) i (?:eat|drink)\b"
    r"|^(?:and )?my\b.*\?",
    re.IGNORECASE,
)
_DOES_MY = re.compile(
    r"\b(what|where|when|how|why) does my ((?:[\w'-]+ ){0,2}?[\w'-]+) (?!does\b)([a-z]+)"
    r"(?: (?:for|at|on|to|in|with)\b.*)?[?.\s]*$",
    re.IGNORECASE,
)
_NAME_OF_MINE = re.compile(r"\b(name|age|job|birthday) of my ([\w'-]+)", re.IGNORECASE)
_MINE = re.compile(
    r"\bmy ((?:[\w'/-]+ ){0,3}?[\w'/-]+?)(?: (?:is|are|was|were|called|again|please|now))*\s*[?.!]*$", re.IGNORECASE
)
_INDIRECT = re.compile(r"\b(what|where|who|which \w+) i (?!am\b|was\b)(\w+)|\bhow old i am\b", re.IGNORECASE)
_HOW_TO = re.compile(
    r"(?:and |so |but )?(?:how (?:can|could|do|does|should|would|is|to)|why|can|could|should) (?!you\b)", re.IGNORECASE
)
_LIKED = re.compile(r"\b(?:what|which) (\w+) do i like\b", re.IGNORECASE)
_IS_MINE = re.compile(
    r"^(?:is|are) my ([\w -]{1,40}'s name|fav\w* [\w-]+|[\w-]+ (?:number|code|size)|(?:[\w'-]+ ){0,3}?[\w'-]+) (?:still )?"
    r"([^?.!]{1,80})(?:\?|$)",
    re.IGNORECASE,
)

# A pattern for the question, the kinds of facts that answer it (the first known kind is used), and the words for what is
# not known.
_QUESTIONS = tuple(
    (re.compile(rf"\b(?:{pattern})", re.IGNORECASE), kinds.split(), unknown)
    for pattern, kinds, unknown in (
        (r"where am i\b(?! from| going| based| living| staying| travel| flying)", "place home", "where you are"),
        (r"who am i\b(?! \w+ing\b)|what am i called|what do you call me|my (?:full |first )?name\b", "name",
         "what your name is"),
        (r"do i do\b.*\b(?:work|living|job)\b|my (?:job|work|occupation|profession|career|line of work)\b"
         r"|(?:where|who)\b.* do i work",
         "work job occupation profession is", "what you do for work"),
        (r"what (?:\w+ )?do i teach", "teaches", "what you teach"),
        (r"what (?:\w+ )?(?:do i|am i) study", "studies", "what you study"),
        (r"what (?:\w+ )?do i speak", "speaks", "which languages you speak"),
        (r"what (?:\w+ )?am i learning", "learns", "what you are learning"),
        (r"where (?:do i live|am i living|am i based|is my home)|(?:which|what) \w+ do i live", "home", "where you live"),
        (r"where (?:am i|do i come) (?:originally )?from|where was i born", "origin", "where you are from"),
        (r"(?:when|(?:what|which) year) was i born|my (?:birth ?day|date of birth)\b", "birth birthday", "when you were born"),
        (r"what pets? do i have|my pets?\b", "has pet", "which pets you have"),
        (r"how old am i|my age\b", "age", "how old you are"),
        (r"(?:can|may|should) i (?:eat|drink)\b", "diet", "what you eat and drink"),
        (r"am i allergic\b|my allerg|(?:any|which|what) allerg\w+(?: do i have)?\s*\??$", "allergy",
         "what you are allergic to"),
        (r"what (?:am i|are we|do i|do we) (?:build|work(?:ing)? on|creat|develop)\w*|my project\b", "project",
         "what you are building"),
        (r"where (?:do|did|am|would) i (?:want|plan|going|like|travel)\w*|my (?:trip|destination)\b", "trip",
         "where you want to go"),
        (r"(?:ask(?:ed)?|told|tell|want(?:ed)?) you to remember|(?:the|my) secret\b|(?:should|must|what do) you remember",
         "remember", "what you asked me to remember"),
        (r"hobb(?:y|ies)|what am i into\b|(?:my|any) interests|what do i (?:really |also )?(?:like|love|enjoy)\b"
         r"|what do i (?:like to )?do (?:for fun|in my (?:free|spare) time|on weekends)\b",
         "likes interest", "what you like to do"),
        (r"what do i (?:hate|dislike)|what (?:don't i|do i not) like", "dislikes", "what you do not like"),
        (r"(?:what|which) (?:foods?|sports?|animals?|music|games?|drinks?|things?|fruits?|books?|films?) do i (?:like|love)",
         "likes interest", "what you like"),
        (r"what (?:\w+ ){0,4}do i prefer|my preferences?\b", "prefers likes", "what you prefer"),
        (r"what (?:\w+ )?do i (?:have|own)\b", "has", "what you have"),
        (r"what am i interested in", "interest likes", "what you are interested in"),
    )
)  # fmt: skip

_YES_OR_NO = re.compile(r"(?:and |so |but )?(?:do|am|did|have|was|can|should|don't|didn't|haven't) i\b", re.IGNORECASE)
_ABOUT_MESSAGES = re.compile(
    r"\b(?:messages?|questions?|answers?|sentences?|words?)\b(?! (?:is|are|of)\b)|^(?:data|sessions?|rows?|chats?|history"
    r"|conversations?|memory|browser|tab|page|screen|text|input)\b",
    re.IGNORECASE,
)
_TWO_QUESTIONS = re.compile(r"(?:,? and |, |\? (?:and )?)(?=(?:what|where|who|how|when|which)\b)", re.IGNORECASE)
_MOST_QUESTIONS = 4
_PRONOUN = re.compile(r"\b(?:he|she|his|her|him|they|their)\b", re.IGNORECASE)
_SOMEONE = re.compile(
    r"\bmy (?!name|age|job|home|hobb|fav)\w+|\b(?!I\b)[A-Z]\w+ (?:is|has|lives|works|likes|plays|was)\b"
)
_EARLIEST = re.compile(
    r"\bfirst\b(?! (?:name|of))|\b(?:originally|initially|at the (?:start|beginning))\b", re.IGNORECASE
)
_BEFORE = re.compile(
    r"\b(?:before\s*[?.!]*$|previous(?:ly)?\b|former(?:ly)?\b|used? to\b|(?<!how )old\b)", re.IGNORECASE
)
_OF_BEFORE = re.compile(
    r"\b(?:old|previous|former|first|original) (?=(?:name|job|home|city|town|address|hometown|age)\b)|\buse to ",
    re.IGNORECASE,
)
_OF_THE_USER = re.compile(
    r"^(?!(?:can|could|how (?:do|can|could|should)) i\b).*(?:\b(?:do|am|did|was|have|had|will|should) i\b"
    r"|\b(?:my|our)\b|\bremind me wh)",
    re.IGNORECASE,
)
_VERBS = {"do": "does", "go": "goes", "study": "studies", "teach": "teaches", "watch": "watches", "have": "has"}
_OF_A_LIST = stems("list item number point line")
_LIST = re.compile(r"(?:^|\n)\s*(?:[-*•]|\d+[.)])\s")


def recall(request: Request) -> str | None:
    """The answer to a question about the user. None if the message is not such a question, or if the answer is not known."""
    parts = [part for part in _TWO_QUESTIONS.split(request.message) if part]
    if len(parts) > 1:
        asked = [request.asking(part) for part in parts[:_MOST_QUESTIONS]]
        if any(map(_recalled, asked)):
            return " ".join(filter(None, (_recalled(each) or recall_nothing(each) for each in asked)))
    return _recalled(request)


def _recalled(request: Request) -> str | None:
    if (said := yes_or_no(request)) is not None:
        return said
    if (said := _said_before(request)) is not None:
        return said
    facts, _ = _asked(request)
    if not facts:
        return None
    if _ABOUT_ME.search(request.message):
        more = f" (the newest {SHOWN} of {len(facts):,} facts)" if len(facts) > SHOWN else ""
        return f"I was told{more}: {'; '.join(fact.said for fact in facts[-SHOWN:])}."
    if confirm := _IS_MINE.search(request.message):
        return confirmed(confirm[2], facts[-1])
    source = request.source(facts[-1])
    if source and is_doubtful(facts[-1], source, request.message):
        return f"You wrote {quote(source.text)}."
    return f"{capital(listed([fact.said for fact in facts[-SHOWN:]]))}.{also(later(request, source))}"


def _said_before(request: Request) -> str | None:
    """Quotes the message with an earlier value: `what was my name before?`. None if it is not asked for or not known."""
    message, first = request.message, _EARLIEST.search(request.message)
    if not (first or _BEFORE.search(message)):
        return None
    now = re.sub(r"\bdid i\b", "do i", _OF_BEFORE.sub("", message), flags=re.IGNORECASE)
    facts, _ = _asked(request.asking(now))
    if not facts or facts[-1].kind not in ONE_ONLY:
        return None
    told = [
        one
        for one in request.history
        if one.fact.kind == facts[-1].kind and one.fact.said and one.item.kind == "user" and one.item in request.earlier
    ]
    others = [one.item.text for one in told if one.fact.value.lower() != facts[-1].value.lower()]
    return f"You wrote {quote(others[0] if first else others[-1])}." if others else None


def recall_nothing(request: Request) -> str | None:
    """Says that the answer to a question about the user is not known. None for any other message."""
    facts, unknown = _asked(request)
    if unknown and not facts and (related := recall_related(request)):
        return related
    if not unknown or facts:
        return None
    if _asked(replace(request, forgets=False))[0]:
        return "You asked me to leave that out. The messages that say it were sent to me all the same."
    asked = request.message
    near = [fact.said for fact in request.facts if can_answer(fact, asked) and not is_of_another(fact, asked)]
    if near:
        return f"{request.no_rule} Near to it: {near[-1]}."
    return request.lacks(f"says {unknown}")


def recall_related(request: Request) -> str | None:
    """The newest fact that shares a word with a question, else the statement that shares the most words. None without one."""
    subject = stems(request.message) - TOO_COMMON if asks(request.message) else frozenset()
    if not subject:
        return _about_someone(request) if asks(request.message) and _PRONOUN.search(request.message) else None
    wanted = subject if _MINE.search(request.message) else frozenset()
    related = [fact for fact in request.facts if subject & stems(fact.said) and wanted <= stems(fact.said)]
    if related:
        newest = related[-1]
        source = request.source(newest)
        said = f"{capital(newest.said)}."
        if source and source.kind == "user" and says_more(source.text):
            said = f"You wrote {quote(source.text)}."  # the text says more than the fact: `I have a daughter, Ella, who is 6`
        return f"{said}{also(later(request, source))}"
    if _PRONOUN.search(request.message) and (someone := _about_someone(request)):
        return someone
    in_order = request.earlier if _EARLIEST.search(request.message) else tuple(reversed(request.earlier))
    shared = {at: _shared(item, subject, request) for at, item in enumerate(in_order)}
    best = max(shared, key=lambda at: shared[at], default=None)  # the first of those with the most words in common
    if best is None or not shared[best]:
        return None
    item = in_order[best]
    texts = [quote(text) for text in (item.text, *later(request, item))]
    return f"{'You wrote' if item.kind == 'user' else 'A note says'} {listed(texts)}."


def _shared(item: Item, subject: frozenset[str], request: Request) -> int:
    """How many words an item shares with a question. 0 for an item that tells nothing new for it."""
    if item.kind not in ("user", "system", "developer") or ADDS.match(item.text):
        return 0
    if is_understood(item.text) and not (_YES_OR_NO.match(request.message) and not asks(item.text)):
        return 0
    if is_about_others(item.text, request.message) or names_another(item.text, request.message):
        return 0
    return len(subject & stems(item.text)) or int(bool(subject & _OF_A_LIST and _LIST.search(item.text)))


def told_nothing(request: Request) -> str | None:
    """Says that nothing answers a question about the user for which there is no rule. None if any fact was told."""
    message = request.message
    if request.facts or not (_OF_THE_USER.search(message) and (asks(message) or _YES_OR_NO.match(message))):
        return None
    said = request.lacks("answers that")
    return None if request.no_rule in said else said


def near(request: Request) -> str:
    """A fact or message that is close to a question about the user, in a sentence. '' if there is none."""
    if not _OF_THE_USER.search(request.message):
        return ""
    if told := [fact.said for fact in request.facts if is_hinted(f"{fact.kind} {fact.said}", request.message)]:
        return f"Near to it: {told[-1]}."
    own = [item.text for item in request.earlier if item.kind == "user" and can_hold(item, request.message)]
    return f"The newest that can say it: {quote(own[-1])}." if own else ""


def _about_someone(request: Request) -> str | None:
    """Quotes the newest message about another person or thing, for a question that has only a pronoun for it."""
    own = [item for item in request.earlier if item.kind == "user" and not asks(item.text)]
    about = next((item for item in reversed(own) if _SOMEONE.search(item.text)), None)
    return f"You wrote {listed([quote(text) for text in [about.text, *later(request, about)]])}." if about else None


def _asked(request: Request) -> tuple[list[Fact], str]:
    """The facts that answer the message, and the words for what is not known. '' if it does not ask about the user."""
    message = _NAME_OF_MINE.sub(r"my \2's \1", _INDIRECT.sub(_directly, request.message))
    if _ABOUT_ME.search(message):
        return list(request.facts), "anything about you"
    if not (_RECALL.search(message) or _IS_MINE.search(message)):
        return [], ""
    if confirm := _IS_MINE.search(message):
        return _own(request, attribute(confirm[1]))
    for pattern, kinds, unknown in _QUESTIONS:
        if pattern.search(message):
            best = next((kind for kind in kinds for fact in request.facts if fact.kind == kind), None)
            also = "teaches" if best == "work" else None
            return [fact for fact in request.facts if fact.kind in (best, also)], unknown
    if does := _DOES_MY.search(message):
        return [], f"{does[1].lower()} your {does[2]} {_VERBS.get(does[3], f'{does[3]}s')}"
    if _HOW_TO.match(message):
        return [], ""
    match = _MINE.search(message) or _LIKED.search(message)
    return _own(request, attribute(match[1])) if match else ([], "")


def _directly(indirect: re.Match[str]) -> str:
    """The direct question for an indirect one: `where do i live` for `where I live`."""
    return f"{indirect[1]} do i {indirect[2]}" if indirect[1] else "how old am i"


def _own(request: Request, thing: str) -> tuple[list[Fact], str]:
    """The fact about a thing that the user calls `my …`, and the words for what is not known."""
    if _ABOUT_MESSAGES.search(thing):
        return [], ""  # about the conversation, not about the user
    if thing in ("favorite", "favorite thing"):
        return [fact for fact in request.facts if "favorite" in fact.kind], "what you like best"
    fact = request.fact(thing, f"{thing}'s name", f"favorite {thing}", thing.removesuffix("'s name"))
    return [fact] if fact else [], f"what your {thing} is"
