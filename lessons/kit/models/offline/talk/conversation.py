"""Questions about the conversation itself, answered from the items alone."""

import re

from lessons.kit.models.offline.language.arithmetic import find_sum
from lessons.kit.models.offline.language.rephrasing import readable
from lessons.kit.models.offline.language.text import asks, bare, listed, number_of, quote, stems
from lessons.kit.models.offline.request import Request
from lessons.kit.models.offline.told.holding import is_understood

_PLACES = {
    "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "6th": 6, "7th": 7, "8th": 8, "9th": 9, "10th": 10,
}  # fmt: skip
SHOWN = 12
"""The most facts in a summary."""

_ABOUT = re.compile(
    r"\bdid i (?:ever |already )?(?:mention|say|tell you|talk|speak|write|ask)(?: (?:you|anything|something))?(?: about"
    r"| of| for)?"
    r" (?P<did>[\w' -]{2,60}?)(?: already| before| yet| earlier)?\s*\?*$"
    r"|\bwhat (?:did|have) i (?:say|said|tell you|told you|write|written|ask"
    r"|asked)(?: you)? about (?P<what>[\w' -]{2,60}?)\s*\?*$",
    re.IGNORECASE,
)
_ORDER = stems("first last next earlier before again just now today so far")
_MENTIONS = re.compile(r"\b(?:mention|about|of)\b", re.IGNORECASE)
_NTH = re.compile(
    rf"\bmy (?P<my>{'|'.join(_PLACES)}) (?:message|question|one)\b|\bthe (?P<the>{'|'.join(_PLACES)})(?: (?:message"
    rf"|question|thing|one))?"
    r"(?: (?:i|that i) (?:said|asked|wrote|sent|told you))?\s*[?.]*$"
    r"|\b(?:did|have) i (?:say|said|ask|asked|write|wrote|written|tell you|told you)(?: you)? "
    rf"(?P<verb>{'|'.join(_PLACES)})\s*[?.]*$",
    re.IGNORECASE,
)
_AGO = re.compile(
    r"\b(?P<n>one|two|three|four|five|six|\d) (?:messages?|questions?|turns?) (?:ago|before|earlier)\b", re.IGNORECASE
)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_REPLY_TO = re.compile(
    rf"\b(?:what (?:did|was|were) you(?:r)? (?:say|answer|reply|respond)\w* to|(?:answer|result|reply) (?:to|of|for))"
    rf" my (?P<n>first|last|{'|'.join(_PLACES)}) "
    rf"(?:message|question)",
    re.IGNORECASE,
)
_AFTER = re.compile(rf"\bafter my (?P<n>first|{'|'.join(_PLACES)}) (?:message|question|one)\b", re.IGNORECASE)
_AFTER_IT = re.compile(
    r"\bwhat (?:did|have) i (?:say|said|ask|asked|write|wrote|written|tell you|told you)(?: you)? (?:right |just )?after "
    r"(?:i (?:said|asked|wrote|mentioned|told you)(?: you)?(?: about)? |saying |the )?(?!my\b|that\b|this\b|it\b)"
    r"(?P<what>[\w' +*/-]{2,60}?)\s*\?*$",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\bwhat (?:did|have) i (?:say|said|ask|asked|write|wrote|written|tell you|told you)(?: you)? (?:right |just )?before "
    r"(?:i (?:said|asked|wrote|mentioned|told you)(?: you)?(?: about)? |saying |the |my )?"
    r"(?!that\b|this\b|it\b|the last\b|my last\b)(?P<what>[\w' +*/-]{2,60}?)\s*\?*$",
    re.IGNORECASE,
)
_ABOUT_QUESTIONS = re.compile(r"\bquestion\b", re.IGNORECASE)
_YOUR_FIRST = re.compile(r"\byour (?:very )?(?:first|earliest) (?:answer|reply|message)\b", re.IGNORECASE)
_FIRST_QUESTION = re.compile(
    r"^(?!.*\b(?:you (?:say|answer|reply|respond)|answer|result|reply)\b).*\bmy (?:very )?first question\b"
    r"|\bfirst question (?:that )?i (?:asked|had)\b",
    re.IGNORECASE,
)
_LAST_QUESTION = re.compile(
    r"^(?!.*\b(?:you (?:say|answer|reply|respond)|before)).*\b(?:my (?:very )?(?:last|latest|newest|previous) question"
    r"|the (?:last |latest )?question (?:that )?i (?:just )?(?:asked|had))\b",
    re.IGNORECASE,
)
_CONVERSATION = tuple(
    (name, re.compile(rf"\b(?:{pattern})", re.IGNORECASE))
    for name, pattern in (
        ("topics", r"(?:what|which) [\w ]{2,30} did i (?:mention|name|talk about|speak of)\b"
         r"|what (?:did|have) i (?:say|said|tell|told|ask|asked|write|written)(?: to)?(?: you)?"
                   r" (?:earlier|so far|before|until now|previously|today|yesterday)\s*\?*$"
                   r"|(?:everything|all)(?: that)? i(?:'ve| have)? (?:said|told|wrote|written|asked)"
                   r"|(?:show|list|repeat)(?: me)? (?:all )?(?:of )?my (?:messages|questions)"),
        ("first", r"(?:first|earliest) (?:message|question|thing|answer|reply)\b|(?:beginning|start) of (?:our|the|this|my)"
         r" (?:chat|conversation|messages|session)\b|(?:say|said|ask|asked|tell|told|write|wrote)\b.{0,20}"
                  r" (?:first|at the (?:start|beginning))\b"),
        ("before", r"(?:message|question|thing)\b.{0,15} before (?:that|this|it|the last|the previous)\b"
         r"|(?:say|said|ask|asked|tell|told|write|wrote)\b.{0,20} before (?:that|this|it)\b|^(?:and )?before that\b"),
        ("mine", r"(?:repeat|say again|quote) what i (?:just |last )?(?:said|wrote|asked)|(?:what|which) (?:\w+ )?did "
         r"i ask(?: you)? last\b"
                 r"|what (?:did|have|was) i (?:just |last )?(?:say|said|ask|asked|tell|told|write|wrote)\b(?! you to)"
                 r"|my (?:last|previous) (?:message|question)"
         r"|(?:last|latest|newest) thing (?:that )?i (?:said|wrote|asked|told)"),
        ("yours", r"what did you (?:just |last )?(?:say|answer|tell)|your (?:last|previous) (?:answer|message|reply)"
                  r"|say that again|repeat that"),
        ("topics", r"(?:what|which|remember|know)\b.{0,40}\bwe (?:\w+ )?(?:talk|discuss|spoke|speak|chat)\w*"
                   r"|(?:remember|know) what i (?:said|told|wrote|asked)|our (?:conversation|chat) about"),
        ("summary", r"^(?:(?:can|could|would) you |please )*(?:give me |make |write )?(?:an? |the )?(?:short |brief "
         r"|quick )?(?:summary|recap"
                    r"|overview|tl;?dr|sum (?:it|this|that|everything|all) up|summari[sz]e)(?: please)?\W*$"
                    r"|(?:summar\w+|sum up|recap)\b.{0,20}\b(?:what )?(?:you (?:know|remember|learn\w*)|i (?:said"
                    r"|told))|what have you learn\w*|(?:summar\w+"
                    r"|recap)\b.*\b(?:conversation|chat|discussion|so far|everything|session|history)"),
        ("sight", r"what (?:can|do) you (?:actually )?see\b|how often (?:have|did) i (?:writ|ask|sen)\w+|how many "
         r"(?:messages|items|turns|questions|times)\b"),
    )
)  # fmt: skip


def conversation(request: Request) -> str | None:
    """The answer to a question about the conversation itself, None for any other message."""
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
    if name == "first" and _YOUR_FIRST.search(request.message):
        return f"I said {quote(yours[0])}." if yours else request.lacks("is an answer of mine")
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
    """Quotes a message by its number, or messages with a word: `What was my second message?`, `Did I mention jazz?`"""
    questions = [text for text in mine if asks(text)] if _ABOUT_QUESTIONS.search(request.message) else []
    if match := _NTH.search(request.message):
        number = _PLACES[(match["my"] or match["the"] or match["verb"]).lower()]
        if number <= len(questions):
            return f"Question {number} of yours that I can see is {quote(questions[number - 1])}."
        if number <= len(mine):
            return f"Message {number} of yours that I can see is {quote(mine[number - 1])}."
        return f"I can see {number_of(len(mine), 'earlier message')} of yours." if not match["the"] or mine else None
    if questions and _FIRST_QUESTION.search(request.message):
        return f"The first question of yours that I can see is {quote(questions[0])}."
    if questions and _LAST_QUESTION.search(request.message):
        return f"Your newest question that I can see is {quote(questions[-1])}."
    if (match := _AGO.search(request.message)) and mine:
        back = _NUMBERS.get(match["n"].lower()) or int(match["n"])
        if 0 < back <= len(mine):
            return f"Then you said {quote(mine[-back])}."
        return f"I can see {number_of(len(mine), 'earlier message')} of yours."
    if (match := _AFTER.search(request.message)) and mine:
        number = _PLACES.get(match["n"].lower(), 1)
        if number < len(mine):
            return f"After that you said {quote(mine[number])}."
    if (match := _AFTER_IT.search(request.message)) and mine:
        said = [at for at, text in enumerate(mine[:-1]) if _mentions(text, match["what"])]
        return f"After that you said {quote(mine[said[-1] + 1])}." if said else request.no_rule
    if (match := _BEFORE.search(request.message)) and mine:
        at = _place_of(match["what"], mine)
        return f"Before that you said {quote(mine[at - 1])}." if at else request.no_rule
    if match := _REPLY_TO.search(request.message):
        return _reply_to(request, match["n"].lower())
    match = _ABOUT.search(request.message)
    subject = stems(match["did"] or match["what"]) - _ORDER if match else frozenset()
    if match is None or not subject or not mine:
        return None
    found = [text for text in mine if subject <= stems(text) and not _ABOUT.search(readable(text))]
    if found:
        return f"You wrote {listed([quote(text) for text in found[-5:]])}."
    word = bare(match["did"] or "") if _MENTIONS.search(request.message) else ""
    if len(subject) == 1 and word and not any(subject & stems(item.text) for item in request.earlier):
        return f"I can see {number_of(len(mine), 'earlier message')} of yours. The word “{word}” is in none of them."
    return None


def _mentions(text: str, what: str, *, whole: bool = False) -> bool:
    """Whether a message is about this. A question about what came before or after it is not."""
    if _BEFORE.search(readable(text)) or _AFTER_IT.search(readable(text)):
        return False
    if whole:
        return what.lower() == text.lower()
    return what.lower() in text.lower() or bool(stems(what) and stems(what) <= stems(text))


def _place_of(what: str, mine: list[str]) -> int:
    """The index of the newest message about this, such as `the sum` or `tea`. 0 if it is the first message or there is none."""
    is_sum, subject = re.search(r"\b(?:sum|calculation|maths?)\b", what, re.IGNORECASE), stems(what)
    for at in range(len(mine) - 1, -1, -1):
        if (is_sum and find_sum(readable(mine[at]))) or _mentions(mine[at], what, whole=not subject):
            return at
    return 0


def summary(request: Request) -> str:
    """A summary of the conversation in the third person. The rules can read the same facts from it later."""
    mine = request.said("user")
    facts = [f"{fact.reported}." for fact in request.facts[-SHOWN:]]
    last = [f"The last message before this one was {quote(mine[-1])}."] if mine else []
    unread = [text for text in mine[:-1] if not is_understood(text)][-SHOWN:] if not facts else []
    return " ".join(("Summary.", *facts, *(f"The user wrote {quote(text)}." for text in unread), *last))


def _reply_to(request: Request, place: str) -> str | None:
    """Quotes the last reply to one of the user's messages, given by its place such as `first`."""
    asked = [at for at, item in enumerate(request.earlier) if item.kind == "user" and item.text]
    wanted = {"first": 1, "last": len(asked)}.get(place) or _PLACES[place]
    if not 0 < wanted <= len(asked):
        return f"I can see {number_of(len(asked), 'earlier message')} of yours."
    until = asked[wanted] if wanted < len(asked) else len(request.earlier)
    said = [item.text for item in request.earlier[asked[wanted - 1] : until] if item.kind == "assistant" and item.text]
    return f"I said {quote(said[-1])}." if said else request.lacks("is my answer to that")


def _before(mine: list[str], yours: list[str]) -> str:
    """The message before the one that the last reply quotes, or the last message if the reply quotes none."""
    quoted = [text for text in mine if yours and quote(text) in yours[-1]]
    at = mine.index(quoted[-1]) if quoted else len(mine)
    return mine[max(at - 1, 0)]
