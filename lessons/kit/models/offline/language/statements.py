"""Finds what a sentence states about the user: `My name is Alice`, or in a note `The user works as a developer`.

Only statements count. Questions, requests and conditions state nothing.
"""

import re
from dataclasses import dataclass

from lessons.kit.models.offline.language.rephrasing import readable
from lessons.kit.models.offline.language.text import attribute, clip, words
from lessons.kit.models.offline.language.word_lists import ANOTHER_PERSON, CITIES, COUNTRIES, NOT_A_NAME

_ADVERB = (
    r"(?:(?:also|really|absolutely|just|do|usually|generally|always|now|currently|still|mostly|mainly|actually) )*"
)
_I = rf"(?:i|we) {_ADVERB}"
_WOULD = rf"(?:i|we)(?:'d| would)? {_ADVERB}"
_AM = rf"(?:i am|i'm|we are|we're) {_ADVERB}"
_V = r"(?P<v>.+)"
_UPPER = r"(?-i:[A-ZÀ-ÖØ-Þ])"
_NAME = rf"[\"']?(?P<v>(?:(?:Dr|Mr|Mrs|Ms)\.? )?[^\W\d_][\w'-]*(?: {_UPPER}[\w'-]*){{0,3}})"

_REMEMBER = r"(?:i asked \w+ to )?(?:remember|don't forget)(?: this| that)?[\s:,]+"

# Kind, the sentence in the second person, and the pattern of the clause. The first pattern that matches counts. If the
# kind is empty, it is the thing itself: `favorite color` for `my favorite color is blue`.
_STATEMENTS = tuple(
    (kind, said, re.compile(pattern, re.IGNORECASE))
    for kind, said, pattern in (
        (
            "name",
            "your name is {v}",
            rf"(?:(?:my|the|user) )?(?:(?:full|first|given|real) )?name(?:'s| is|:)(?: now| actually| really)* {_NAME}",
        ),
        (
            "name",
            "your name is {v}",
            rf"(?:{_AM}(?:called|named)|i go by|(?:you can |just |they |people )*call me) {_NAME}",
        ),
        (
            "name",
            "your name is {v}",
            rf"(?:{_AM}|this is )(?={_UPPER}){_NAME}(?=$|[,.!;]| from\b| and\b| here\b| speaking\b)",
        ),
        ("name", "your name is {v}", rf"(?={_UPPER}){_NAME} (?:here|speaking)$"),
        ("remember", "you asked me to remember: {v}", rf"{_REMEMBER}{_V}"),
        ("work", "you work {p} {v}", rf"(?:{_I}work|{_AM}(?:working|employed)) (?P<p>as|for|at|in) {_V}"),
        ("teaches", "you teach {v}", rf"{_I}teach {_V}"),
        ("studies", "you study {v}", rf"(?:{_I}study|{_AM}studying) {_V}"),
        ("speaks", "you speak {v}", rf"{_I}speak {_V}"),
        ("learns", "you are learning {v}", rf"{_AM}learning {_V}"),
        ("home", "you live {p} {v}", rf"(?:{_I}(?:live|reside)|{_AM}(?:living|based)) (?P<p>in|at|near|on) {_V}"),
        ("home", "you live in {v}", rf"(?:{_I}|i've |i have )(?:just )?moved to {_V}"),
        ("origin", "you are from {v}", rf"(?:{_I}come|i'm|i am)(?: originally)? from {_V}"),
        ("birth", "you were born {p} {v}", r"i was born (?P<p>in|on) (?P<v>.*\d.*)"),
        ("origin", "you were born in {v}", rf"i was born in {_V}"),
        (
            "trip",
            "you want to visit {v}",
            rf"(?:{_WOULD}(?:want|like|love|plan|hope)|{_AM}(?:going|planning|hoping)) to (?:visit|(?:travel|go|fly) to) {_V}",
        ),
        ("trip", "you want to visit {v}", rf"{_AM}(?:visiting|(?:going|travell?ing|flying|planning an? \w+) to) {_V}"),
        ("project", "you are building {v}", rf"(?:{_AM}(?:building|developing|creating|designing)|{_I}build) {_V}"),
        ("project", "you are working on {v}", rf"(?:{_AM}working|{_I}work) on {_V}"),
        ("interest", "you are interested in {v}", rf"{_AM}interested in {_V}"),
        ("dislikes", "you do not like {v}", rf"{_I}(?:hate|dislike|don't like|not like|don't enjoy|can't stand) {_V}"),
        ("likes", "you {p} {v}", rf"{_I}(?P<p>love|like|enjoy|adore) {_V}"),
        ("likes", "you like {v}", rf"(?:{_AM}(?:into|fond of)|(?:one of )?my (?:hobby|hobbies) (?:is|are)) {_V}"),
        ("prefers", "you prefer {v}", rf"{_WOULD}prefer {_V}"),
        ("allergy", "you are allergic to {v}", rf"{_AM}allergic to {_V}"),
        ("age", "you are {v} years old", rf"{_AM}(?P<v>\d{{1,3}})(?: years old)?$"),
        (
            "has",
            "you have {v}",
            rf"(?:{_I}(?:have|own)|i've got) (?P<v>(?:(?:an?|one|two|three|four|five|\d+) |[\u4e00-\u9fff]).+)",
        ),
        ("is", "you are {v}", rf"{_AM}(?P<v>an? .+)"),
        (
            "is",
            "you are {v}",
            rf"{_AM}(?P<v>(?:vegan|vegetarian|married|single|divorced|retired|left-handed|pregnant|diabetic).*)",
        ),
        ("", "your {k} {p} {v}", rf"my (?P<k>(?:[\w'/-]+ ){{0,3}}?[\w'/-]+) (?P<p>is|are|changed to|became) {_V}"),
        ("", "your {k} is {v}", rf"my (?P<k>(?:[\w/-]+ ){{0,2}}[\w/-]+)'s {_V}"),
        ("", "your favorite {k} is {v}", r"(?P<v>.{1,80}?) (?:is|are) my favou?rite (?P<k>[\w -]{1,40})"),
    )
)

# Most clauses state nothing. This pattern rules them out quickly.
_OPENS = re.compile(
    r"(?:i|i'm|i've|i'd|we|we're|we'd|my|the|user|name|this|you|just|they|people|call|remember|don't|one|full|first|given"
    r"|real|it's|it|no|actually|sorry|wait|oops|correction|forget|please|do|erase|delete|make)\b",
    re.IGNORECASE,
)
_FORGET = re.compile(
    r"(?:please )?(?:forget|do not remember|don't remember|erase|delete) (?:about )?(?:my (?P<k>[\w' -]{1,30})"
    r"|(?P<all>everything|all|what i (?:told|said)).*)$",
    re.IGNORECASE,
)
_FORGET_THAT = re.compile(
    r"(?:please )?(?:forget|do not remember|don't remember|erase|delete)(?: about)?(?: the fact)? that (?P<said>.+)$",
    re.IGNORECASE,
)
_PLACE = rf"(?:{_UPPER}|(?:{'|'.join(sorted(CITIES | COUNTRIES))})\b)"
_INTRODUCTION = re.compile(
    rf"\b(?P<am>i am|i'm|my name is|my name's|this is) (?P<name>{_UPPER}[\w'-]*(?: {_UPPER}[\w'-]*)?)"
    r"(?:,? (?:and )?(?P<what>an? [a-z][\w -]{1,40}?))?"
    rf"(?:,? (?:and )?(?:(?:i am|i'm) )?from (?P<place>{_PLACE}[^.!?;,]{{0,40}}?))?"
    r"(?=[.!?;,]|$| and\b)",
    re.IGNORECASE,
)
_WHAT_FROM_WHERE = re.compile(
    rf"\b(?:i am|i'm) (?P<what>an? [a-z][\w -]{{1,40}}?) from (?P<place>{_PLACE}[\w' -]{{0,40}})", re.IGNORECASE
)
_SMALL_NAME = re.compile(r"(?:(?:hi|hello|hey)[ ,!.]+)?(?:i am|i'm) (?P<name>[a-z]{2,20})[.!]?$", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[.!?;])\s+|\n+")
_CLAUSES = re.compile(
    r"(?:,|,?\s+(?:and|but|so|while))\s+(?=(?:also |please |you can |just )*(?:i|my|we|call me|remember)\b)"
    r"|,\s+(?=(?:can|could|what|who|where|do|does|how|which|will|would)\b)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:(?:[-*•]|\d+[.)])\s+|(?:user(?=:)|summary(?: of [^:]{1,60})?(?=:)"
    r"|(?:can|could|would|will) you(?= (?:please )?(?:remember|call me)\b)"
    r"|good (?:morning|afternoon|evening)|by the way|just so you know|for the record|in fact|hi|hello|hey|there|well|so"
    r"|ok|okay|oh|yes|no|not any ?more|wait|actually|sorry|oops|also|and|but|btw|fyi|please|note|that|today|now|correction)"
    r"(?:[\s,:.!-]+|$)){1,8}",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:what|who|whose|where|when|why|which|how|do|does|did|is|are|am|was|were|can|could|will|would|should|if|have"
    r"|tell|remind|guess|say|repeat|show|list|explain|check)\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"(?:,? (?:not|instead of|rather than) .*|,? (?:with an? \w|by the way|as well|too|these days|please|now|any ?more|again))$"
)
_CORRECTION = re.compile(
    r"(?:(?:no|actually|sorry|wait|oops|correction)[\s,:.!-]+){1,4}"
    r"(?:i mean(?:t|(?= [^y]))|it's|it is|make that|rather)(?: (?:spelled|spelt|written))? (?P<v>.+)"
    r"|i mean(?:t)? (?!it\b|that\b|you\b|what\b)(?P<w>.+)"
    r"|(?:it's|it is) (?P<z>[\w' -]{1,40}?),? (?:and )?not (?P<old>[\w' -]{1,40})$"
    # Only the new value, after a word that withdraws the old one.
    r"|(?:(?:(?:no|sorry)[\s,:.!-]+)?(?:wait|oops|correction)|no[\s,]+sorry|sorry[\s,]+no)[\s,:.!-]+(?![\s,:.!-]|no\b|not\b|what\b|my\b|i\b"
    r"|i'm\b|call\b|that\b|that's\b|it\b|this\b|you\b|wrong\b|don't\b)(?P<x>[\w@.' -]{1,40})$"
    r"|(?:(?:make|call) (?:that|it)|(?:no|sorry|oops),?) (?P<y>(?:\d|(?:one|two|three|four|five|six)\b|(?-i:[A-ZÀ-ÖØ-Þ])).*)",
    re.IGNORECASE,
)
_NO_LONGER = re.compile(r"i (?:no longer|don't|do not) (?=(?:work|live|teach|study|speak|prefer)\b)", re.IGNORECASE)
_THIRD_PERSON = re.compile(
    r"(?:(?:the|this|our) )?(?:user|customer|client|visitor)"
    r"(?:(?P<own>'s)| (?P<adverb>also |now )?(?P<verb>[a-z]+))(?= )",
    re.IGNORECASE,
)
_ABOUT_USER = re.compile(r"\b(?:user|customer|client|visitor|you are \w+ing)\b", re.IGNORECASE)
_TALKING_TO = re.compile(r"you are (?:talking|speaking|chatting) (?:to|with) ", re.IGNORECASE)
_SAME = {"was": "was", "asked": "asked"}
_FIRST_FORM = {"is": "am", "has": "have", "does": "do", "teaches": "teach", "studies": "study", **_SAME}
_THIRD_FORM = {"are": "is", "have": "has", "do": "does", "teach": "teaches", "study": "studies", "were": "was", **_SAME}
_NO_VALUE = words("it that this you them him her me us to these those so not")
_NO_FACT = re.compile(r"(?:question|point|guess|bad)$|^name$")
_NOT_HELD = re.compile(r"\b(?:questions?|problems?|issues?|ideas?|request)\b")
_SECOND = {"my": "your", "mine": "yours", "me": "you", "i": "you", "our": "your", "myself": "yourself", "their": "your"}
_FIRST = {"your": "my", "yours": "mine", "you": "I", "yourself": "myself"}
_YOU_ARE = re.compile(r"^you are\b", re.IGNORECASE)
_THIRD = {"your": "their", "yours": "theirs", "yourself": "themselves"}


ALL = "everything"
"""The kind of a retracted fact that stands for all facts."""


@dataclass(frozen=True)
class Fact:
    """One thing said about the user.

    `kind` is `name`, `work`, `likes` and so on, or a thing that the user has, such as `favorite color`. `said` is the whole
    sentence in the second person, without a full stop. A `retracted` fact is not true any more, or has to be forgotten if
    `said` is empty. `of` is the value that a correction replaces, if it names one.
    """

    kind: str
    value: str
    said: str
    retracted: bool = False
    of: str = ""

    @property
    def reported(self) -> str:
        """The sentence in the third person: `The user works as a developer`. `stated` reads the same fact from it."""
        subject, _, rest = self.said.partition(" ")
        verb, _, value = rest.partition(" ")
        if subject == "your":
            return f"The user's {_swap(rest, _THIRD)}"
        return f"The user {_THIRD_FORM.get(verb, f'{verb}s')} {_swap(value, _THIRD)}"


def stated(text: str, *, first_person: bool = True) -> list[Fact]:
    """The facts that a text states, in order. Without `first_person`, only those about `the user`.

    A fact of the kind `correction` gives a new value to the fact stated just before: `No, it's Carol`.
    """
    found: list[Fact] = []
    if not first_person and not _ABOUT_USER.search(text):
        return found
    for clause in _statements(_expanded(readable(text))):
        clause, third = _in_first_person(clause)
        if first_person or third:
            fact = _fact(clause)
            found += [fact] if fact else []
            if fact and fact.kind == "remember":
                inner = _fact(re.sub(f"^{_REMEMBER}", "", clause, count=1, flags=re.IGNORECASE))
                found += [inner] if inner else []
    return found


def only_states(text: str) -> bool:
    """Whether a text states at least as many facts as it has sentences, so that it asks for nothing."""
    return bool(text) and len(stated(text)) >= len(_SENTENCES.split(text))


def sentences(text: str) -> list[str]:
    """The sentences of a text, rephrased and translated as the rules read it."""
    return [sentence for sentence in _SENTENCES.split(_expanded(readable(text))) if sentence.strip()]


def told_by_the_assistant(text: str) -> list[Fact]:
    """The facts that a reply states about the user: `Your name is Alice`, `Nice to meet you, Alice`, or a quoted message."""
    met = re.match(rf"nice to meet you, ({_UPPER}[\w' .-]{{1,60}}?)\.", text, re.IGNORECASE)
    found = stated(f"My name is {met[1]}") if met else []
    for sentence in _SENTENCES.split(text):
        said = re.sub(
            r"^(?:as [\w ]+, |yes: |no: |i noted that |i noted the correction: )", "", sentence, flags=re.IGNORECASE
        )
        if re.match(r"you(?:r| (?!(?:said|wrote|asked for)))", said, re.IGNORECASE):
            told = stated(_swap(_YOU_ARE.sub("I am", said), _FIRST))
            found += [
                fact for fact in told if fact.kind != "name" or fact.value in said
            ]  # not the name in `You are welcome`
    for quoted in (
        re.findall(r"“([^”]*)”", text) if text.startswith(("You said", "You wrote", "The first message")) else ()
    ):
        found += stated(quoted)
    return found


def _expanded(text: str) -> str:
    """`I'm Nadia, a nurse from Tunis` as several sentences with one fact each."""
    if small := _SMALL_NAME.match(text.strip()):
        return text if small["name"].lower() in NOT_A_NAME else f"My name is {small['name'].capitalize()}."

    def apart(match: re.Match[str]) -> str:
        groups = match.groupdict()
        name = f"{match['am']} {match['name']}" if groups.get("name") else ""
        if not (groups["what"] or groups["place"]) or (name and groups["name"].split(" ")[0].lower() in NOT_A_NAME):
            return match[0]
        parts = (name, groups["what"] and f"I am {groups['what']}", groups["place"] and f"I am from {groups['place']}")
        return ". ".join(filter(None, parts))

    return _WHAT_FROM_WHERE.sub(apart, _INTRODUCTION.sub(apart, text))


def _statements(text: str) -> list[str]:
    clauses = []
    for sentence in _SENTENCES.split(text):
        parts = [] if ANOTHER_PERSON.search(sentence) else _CLAUSES.split(sentence)
        for part in map(str.strip, parts):
            lead = _LEAD.match(part)
            clause = (part[lead.end() :] if lead else part).rstrip(" .!;?")
            asks_to_remember = lead is not None and " you" in lead[0].lower()
            asks = part is parts[-1].strip() and sentence.rstrip().endswith("?") and not asks_to_remember
            if clause and not asks and not _ASKS.match(clause):
                clauses.append(part if _CORRECTION.match(part) else clause)
    return clauses


def _in_first_person(clause: str) -> tuple[str, bool]:
    """`The user works as` becomes `I work as`, so that the same patterns read both. True if it was the third person."""
    if match := _TALKING_TO.match(clause):
        return f"I am {clause[match.end() :]}", True
    match = _THIRD_PERSON.match(clause)
    if match is None:
        return clause, False
    rest = clause[match.end() :]
    if match["own"]:
        return f"my{rest}", True
    verb = match["verb"].lower()
    return f"I {match['adverb'] or ''}{_FIRST_FORM.get(verb, verb.removesuffix('s'))}{rest}", True


def _fact(clause: str) -> Fact | None:
    if not (_OPENS.match(clause) or " my fav" in clause or clause.endswith((" here", " speaking"))):
        return None
    if match := _FORGET_THAT.match(clause):
        inner = _fact(match["said"])
        return Fact(inner.kind, inner.value, "", retracted=True) if inner else None
    if match := _FORGET.match(clause):
        return Fact(ALL if match["all"] else attribute(match["k"]), "", "", retracted=True)
    if match := _CORRECTION.match(clause):
        value = _value(match["v"] or match["w"] or match["x"] or match["y"] or match["z"])
        return Fact("correction", value, "", of=_value(match["old"] or "")) if value else None
    retracted = _NO_LONGER.match(clause)
    if retracted:
        clause = f"i {clause[retracted.end() :]}"
    for kind, said, pattern in _STATEMENTS:
        match = pattern.match(clause)
        if match and (fact := _from_match(kind, said, match, retracted=bool(retracted))):
            return fact
    return None


def _from_match(kind: str, said: str, match: re.Match[str], *, retracted: bool) -> Fact | None:
    groups = match.groupdict()
    value = _value(groups["v"])
    if kind == "name":
        value = value if value[:1].isupper() else value.capitalize()
        if value.split(" ")[0].lower() in NOT_A_NAME or value.endswith("'s"):
            return None
    if not value or value.split(" ")[-1].lower() in _NO_VALUE or (kind == "has" and _NOT_HELD.search(value)):
        return None
    thing = groups.get("k")
    if thing is not None:
        kind = attribute(f"favorite {thing}" if "favorite" in said else thing)
        if _NO_FACT.search(kind):
            return None
        thing = thing.lower() if thing.istitle() else thing
    verb = {"changed to": "is", "became": "is"}.get(groups.get("p") or "", groups.get("p"))
    return Fact(kind, value, said.format(v=value, p=verb and verb.lower(), k=thing), retracted)


def _value(text: str) -> str:
    value = _ASIDE.sub("", text.strip(" \t,.;:!?\"'"))
    value = clip(re.sub(r"^(?:now|actually|really|still|called|named) ", "", value).strip(" \t,.;:!?\"'"), 200)
    return "" if value.lower() in _NO_VALUE or value.lower().startswith("not ") else _swap(value, _SECOND)


def _swap(text: str, table: dict[str, str]) -> str:
    return re.sub(r"[A-Za-z]+(?![\w'.@-])", lambda match: table.get(match[0].lower(), match[0]), text)
