"""Questions about the user and about the conversation, answered from the items alone."""

import re

from lessons.kit.models.offline.holding import can_answer, is_understood
from lessons.kit.models.offline.language.statements import Fact, attribute
from lessons.kit.models.offline.language.text import asks, capital, listed, number_of, quote, stems
from lessons.kit.models.offline.request import Request

_PLACES = {
    "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "6th": 6, "7th": 7, "8th": 8, "9th": 9, "10th": 10,
}  # fmt: skip
SHOWN = 12
"""An answer lists at most this many facts, and says how many there are."""

_ABOUT_ME = re.compile(
    r"\b(?:know|remember|recall|learn\w*|told)\b.{0,20}\b(?:about|of) me\b|\babout (?:me|myself)\b|\bdo you (?:still "
    r"|already )?know me\b|\bremember me\b",
    re.IGNORECASE,
)
_RECALL = re.compile(
    r"\b(?:what|whats|who|which|where|when|how|know|remember|recall|tell me|remind me|say|repeat|guess|list|should)\b|^am i\b"
    r"|^(?:and )?my\b.*\?",
    re.IGNORECASE,
)
_WHAT_DOES_MY = re.compile(r"\bwhat does my ([\w'-]+) (do|like|eat|study|want)\b", re.IGNORECASE)
_NAME_OF_MINE = re.compile(r"\b(name|age|job|birthday) of my ([\w'-]+)", re.IGNORECASE)
_MINE = re.compile(
    r"\bmy ((?:[\w'/-]+ ){0,3}?[\w'/-]+?)(?: (?:is|are|was|were|called|again|please|now))*\s*[?.!]*$", re.IGNORECASE
)
_INDIRECT = re.compile(r"\b(what|where|who|which \w+) i (?!am\b|was\b)(\w+)|\bhow old i am\b", re.IGNORECASE)
_LIKED = re.compile(r"\b(?:what|which) (\w+) do i like\b", re.IGNORECASE)
_IS_MINE = re.compile(r"^(?:is|are) my ((?:[\w'-]+ ){0,3}?[\w'-]+) (?:still )?([^?]{1,80})\?", re.IGNORECASE)

# What is asked, the kinds of fact that answer it (the first that is known does), and what is then not known.
_QUESTIONS = tuple(
    (re.compile(rf"\b(?:{pattern})", re.IGNORECASE), kinds.split(), unknown)
    for pattern, kinds, unknown in (
        (r"who am i\b|what am i called|what do you call me|my (?:full |first )?name\b", "name", "what your name is"),
        (r"do i do\b.*\b(?:work|living|job)\b|my (?:job|work|occupation|profession)\b|(?:where|who)\b.* do i work",
         "work job occupation profession is", "what you do for work"),
        (r"what (?:\w+ )?do i teach", "teaches", "what you teach"),
        (r"what (?:\w+ )?(?:do i|am i) study", "studies", "what you study"),
        (r"what (?:\w+ )?do i speak", "speaks", "which languages you speak"),
        (r"what (?:\w+ )?am i learning", "learns", "what you are learning"),
        (r"where (?:do i live|am i living|am i based|is my home)|(?:which|what) \w+ do i live", "home", "where you live"),
        (r"where (?:am i|do i come) from|where was i born", "origin", "where you are from"),
        (r"when was i born|what year was i born|my (?:birth ?day|date of birth)\b", "birth birthday", "when you were born"),
        (r"what pets? do i have|my pets?\b", "has pet", "which pets you have"),
        (r"how old am i|my age\b", "age", "how old you are"),
        (r"am i allergic\b|my allerg", "allergy", "what you are allergic to"),
        (r"what (?:am i|are we|do i|do we) (?:build|work(?:ing)? on|creat|develop)\w*|my project\b", "project",
         "what you are building"),
        (r"where (?:do|did|am|would) i (?:want|plan|going|like|travel)\w*|my (?:trip|destination)\b", "trip",
         "where you want to go"),
        (r"(?:ask(?:ed)?|told|tell|want(?:ed)?) you to remember|(?:the|my) secret\b|(?:should|must|what do) you remember",
         "remember", "what you asked me to remember"),
        (r"hobb(?:y|ies)|(?:my|any) interests|what do i (?:really |also )?(?:like|love|enjoy)\b", "likes interest",
         "what you like to do"),
        (r"what do i (?:hate|dislike)|what (?:don't i|do i not) like", "dislikes", "what you do not like"),
        (r"(?:what|which) (?:foods?|sports?|animals?|music|games?|drinks?|things?|fruits?|books?|films?) do i (?:like|love)",
         "likes interest", "what you like"),
        (r"what (?:\w+ ){0,4}do i prefer|my preferences?\b", "prefers likes", "what you prefer"),
        (r"what (?:\w+ )?do i (?:have|own)\b", "has", "what you have"),
        (r"what am i interested in", "interest likes", "what you are interested in"),
    )
)  # fmt: skip

_YES_OR_NO = re.compile(r"(?:and |so |but )?(?:do|am|did|have|was|can|should|don't|didn't|haven't) i\b", re.IGNORECASE)
_ABOUT = re.compile(
    r"\bdid i (?:ever |already )?(?:mention|say|tell you|talk|speak|write|ask)(?: (?:you|anything|something))?(?: about"
    r"| of| for)?"
    r" (?P<did>[\w' -]{2,60}?)(?: already| before| yet| earlier)?\s*\?*$"
    r"|\bwhat (?:did|have) i (?:say|said|tell you|told you|write|written|ask"
    r"|asked)(?: you)? about (?P<what>[\w' -]{2,60}?)\s*\?*$",
    re.IGNORECASE,
)
_NTH = re.compile(
    rf"\bmy (?P<my>{'|'.join(_PLACES)}) (?:message|question|one)\b|\bthe (?P<the>{'|'.join(_PLACES)})(?: (?:message"
    rf"|question|thing|one))?"
    r"(?: (?:i|that i) (?:said|asked|wrote|sent|told you))?\s*[?.]*$",
    re.IGNORECASE,
)
_TOO_COMMON = stems("name called thing")
_LIST = re.compile(r"(?:^|\n)\s*(?:[-*•]|\d+[.)])\s")

_CONVERSATION = tuple(
    (name, re.compile(rf"\b(?:{pattern})", re.IGNORECASE))
    for name, pattern in (
        ("topics", r"what (?:did|have) i (?:say|said|tell|told|ask|asked|write|written)(?: to)?(?: you)?"
                   r" (?:earlier|so far|before|until now|previously|today|yesterday)\s*\?*$"
                   r"|(?:everything|all)(?: that)? i(?:'ve| have)? (?:said|told|wrote|written|asked)"
                   r"|(?:show|list|repeat)(?: me)? (?:all )?(?:of )?my (?:messages|questions)"),
        ("first", r"(?:first|earliest) (?:message|question|thing)\b|(?:say|said|ask|asked|tell|told|write|wrote)\b.{0,20}"
                  r" (?:first|at the (?:start|beginning))\b"),
        ("before", r"(?:say|said|ask|asked|tell|told|write|wrote)\b.{0,20} before (?:that|this|it)\b|^(?:and )?before that\b"),
        ("mine", r"what (?:did|have|was) i (?:just |last )?(?:say|said|ask|asked|tell|told|write|wrote)\b(?! you to)"
                 r"|my (?:last|previous) (?:message|question)"),
        ("yours", r"what did you (?:just |last )?(?:say|answer|tell)|your (?:last|previous) (?:answer|message|reply)"
                  r"|say that again|repeat that"),
        ("topics", r"(?:what|which|remember|know)\b.{0,40}\bwe (?:\w+ )?(?:talk|discuss|spoke|speak|chat)\w*"
                   r"|(?:remember|know) what i (?:said|told|wrote|asked)|our (?:conversation|chat) about"),
        ("summary", r"^(?:(?:can|could|would) you |please )*(?:give me |make |write )?(?:an? |the )?(?:short |brief "
         r"|quick )?(?:summary|recap"
                    r"|overview|tl;?dr|sum (?:it|this|that|everything|all) up|summari[sz]e)(?: please)?\W*$|(?:summar\w+"
                    r"|recap)\b.*\b(?:conversation|chat|discussion|so far|everything|session|history)"),
        ("sight", r"what (?:can|do) you (?:actually )?see\b|how many (?:messages|items|turns|questions|times)\b"),
    )
)  # fmt: skip


def recall(request: Request) -> str | None:
    """The answer to a question about the user; None if the message asks none, or if nothing is known."""
    facts, _ = _asked(request)
    if not facts:
        return None
    if _ABOUT_ME.search(request.message):
        more = f" (the newest {SHOWN} of {len(facts):,} facts)" if len(facts) > SHOWN else ""
        return f"I was told{more}: {'; '.join(fact.said for fact in facts[-SHOWN:])}."
    if confirm := _IS_MINE.search(request.message):
        return f"{'Yes' if confirm[2].strip().lower() == facts[-1].value.lower() else 'No'}: {facts[-1].said}."
    return f"{capital(listed([fact.said for fact in facts[-SHOWN:]]))}."


def recall_nothing(request: Request) -> str | None:
    """Says that what the message asks about the user is not known; None if it asks no such thing."""
    facts, unknown = _asked(request)
    if unknown and not facts and (related := recall_related(request)):
        return related
    if not unknown or facts:
        return None
    near = [fact.said for fact in request.facts if can_answer(fact, request.message)]
    if near:
        return f"{request.no_rule} Near to it: {near[-1]}."
    return request.lacks(f"says {unknown}")


def recall_related(request: Request) -> str | None:
    """The newest fact, or else the newest statement, that shares a word with a question; None without one."""
    subject = stems(request.message) - _TOO_COMMON if asks(request.message) else frozenset()
    if not subject:
        return None
    wanted = subject if _MINE.search(request.message) else frozenset()
    related = [fact for fact in request.facts if subject & stems(fact.said) and wanted <= stems(fact.said)]
    if related:
        return f"{capital(related[-1].said)}."
    for item in reversed(request.earlier):
        shared = subject & stems(item.text) or ("list" in subject and _LIST.search(item.text))
        told = not is_understood(item.text) or (_YES_OR_NO.match(request.message) and not asks(item.text))
        if item.kind in ("user", "system") and shared and told:
            return f"{'You wrote' if item.kind == 'user' else 'A note says'} {quote(item.text)}."
    return None


def conversation(request: Request) -> str | None:
    """The answer to a question about the conversation itself; None if the message does not ask one."""
    mine, yours = request.said("user"), request.said("assistant")
    if (said := _said_about(request, mine)) is not None:
        return said
    name = next((name for name, pattern in _CONVERSATION if pattern.search(request.message)), None)
    if name is None:
        return None
    if name == "sight":
        return f"{request.sight}, counting this message. I can see nothing else."
    if name == "summary" and (mine or request.facts):
        return summary(request)
    if name == "yours":
        return f"I said {quote(yours[-1])}." if yours else request.lacks("is an answer of mine")
    if not mine:
        return request.lacks("comes before this message of yours")
    if name == "first":
        return f"The first message of yours that I can see is {quote(mine[0])}."
    if name == "before":
        return f"Before that you said {quote(_before(mine, yours))}."
    if name == "mine":
        return f"You said {quote(mine[-1])}."
    shown = [quote(text) for text in mine[-5:]]
    more = f" (the newest {len(shown)} of {len(mine):,} messages)" if len(mine) > len(shown) else ""
    return f"You wrote{more}: {listed(shown)}."


def _said_about(request: Request, mine: list[str]) -> str | None:
    """The message with a number, or those with a word: `What was my second message?`, `Did I mention jazz?`"""
    if match := _NTH.search(request.message):
        number = _PLACES[(match["my"] or match["the"]).lower()]
        if number <= len(mine):
            return f"Message {number} of yours that I can see is {quote(mine[number - 1])}."
        return f"I can see {number_of(len(mine), 'earlier message')} of yours." if match["my"] or mine else None
    match = _ABOUT.search(request.message)
    subject = stems(match["did"] or match["what"]) if match else frozenset()
    if not subject or not mine:
        return None
    found = [text for text in mine if subject <= stems(text)]
    if found:
        return f"You wrote {listed([quote(text) for text in found[-5:]])}."
    return None


def summary(request: Request) -> str:
    """The conversation in the third person, such that the same facts can be read from the summary later."""
    mine = request.said("user")
    facts = [f"{fact.reported}." for fact in request.facts[-SHOWN:]]
    last = [f"The last message before this one was {quote(mine[-1])}."] if mine else []
    return " ".join(("Summary.", *facts, *last))


def _asked(request: Request) -> tuple[list[Fact], str]:
    """The facts that answer the message, and the words for what is not known; no words if it asks nothing of the kind."""
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
    if does := _WHAT_DOES_MY.search(message):
        return [], f"what your {does[1]} does" if does[2] == "do" else f"what your {does[1]} {does[2]}s"
    match = _MINE.search(message) or _LIKED.search(message)
    return _own(request, attribute(match[1])) if match else ([], "")


def _directly(indirect: re.Match[str]) -> str:
    """`where I live` as it is asked directly: `where do I live`."""
    return f"{indirect[1]} do i {indirect[2]}" if indirect[1] else "how old am i"


def _before(mine: list[str], yours: list[str]) -> str:
    """The message before the one that the last reply quotes; the last one where it quotes none."""
    quoted = [text for text in mine if yours and quote(text) in yours[-1]]
    at = mine.index(quoted[-1]) if quoted else len(mine)
    return mine[max(at - 1, 0)]


def _own(request: Request, thing: str) -> tuple[list[Fact], str]:
    """Any thing that the user called `my …`."""
    if thing in ("favorite", "favorite thing"):
        return [fact for fact in request.facts if "favorite" in fact.kind], "what you like best"
    fact = request.fact(thing, f"{thing}'s name", f"favorite {thing}", thing.removesuffix("'s name"))
    return [fact] if fact else [], f"what your {thing} is"
