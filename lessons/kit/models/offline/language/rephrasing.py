"""Other ways to say what the rules read: `Everyone calls me Bea` for `Call me Bea`, `half of 50` for `50 / 2`."""

import re
from functools import lru_cache

from lessons.kit.models.offline.language.foreign.languages import in_english
from lessons.kit.models.offline.language.typos import corrected
from lessons.kit.models.offline.language.units import in_signs
from lessons.kit.models.offline.language.word_lists import GIVEN_NAMES, NOT_A_NAME

LONGEST = 400
"""The most characters of a text that is rephrased. A longer text stays unchanged."""

_UPPER = r"(?-i:[A-ZÀ-ÖØ-Þ])"
_NAME = rf"{_UPPER}[\w'-]*(?: {_UPPER}[\w'-]*){{0,2}}"
_ASKS = r"(?:what|who|which|how|whose|where|so|and|ok(?:ay)?|now|that|this|it|here|there)\b"
_HELLO = r"(?:hi|hey|hello|good (?:morning|afternoon|evening))(?: there| all| everyone)?"

_PARTS = {"third": 3, "quarter": 4, "fifth": 5, "tenth": 10}

_SAID_OF_ME = {"where": "home", "how": "age"}
_LABELS = {
    "city": "I live in ", "town": "I live in ", "location": "I live in ", "home": "I live in ",
    "country": "I am from ", "from": "I am from ", "job": "I work as ", "occupation": "I work as ", "profession": "I work as ",
    "hobby": "my hobby is ", "hobbies": "my hobbies are ",
}  # fmt: skip


def _here(match: re.Match[str]) -> str:
    """`It's Tom here` becomes `My name is Tom`. `it's raining here` stays unchanged."""
    word = match[1].lower()
    return match[0] if word in NOT_A_NAME or word.endswith("ing") else f"My name is {match[1].capitalize()}"


def _given_name(match: re.Match[str]) -> str:
    """Writes a known name with its capital letter, as in `i'm sam, from leeds` and `sam here`."""
    hello, says, name, here = match.groups()
    known = (says or here) and name.lower() in GIVEN_NAMES and not match[0].isupper()
    return f"{hello}{says}{name.capitalize()}" if known else match[0]


_WHEN = (
    r"(?:in|last|this|on|since) (?:(?:early|late|the) )?(?:january|february|march|april|may|june|july|august|september|october"
    r"|november|december|spring|summer|autumn|fall|winter|year|month|week|weekend|\d{4})|(?:a|two|three|\d+) \w+ ago"
    r"|recently|yesterday"
)
_PHRASES = tuple(
    (re.compile(pattern, re.IGNORECASE), put)
    for pattern, put in (
        # who the user is
        (rf"^((?:{_HELLO}[\s,!.]+)?(?:and )?)(i am |i'm |this is |)([a-z]{{2,15}})(?=( here| speaking)?(?:$|[,.!]| and| from))",
         _given_name),
        (r"\b(Dr|Mr|Mrs|Ms|Prof)\. (?=[A-Z])", r"\1 "),
        (rf"^{_HELLO}[\s,!.]+it(?:'s| is) (?:me, )?(?={_UPPER})", "I'm "),
        (rf"^(?:it(?:'s| is) me,? )(?={_UPPER})", "I'm "),
        (r"\b(?<!what do )(?:everyone|everybody|people|they(?: all)?"
         r"|(?:all )?my (?:friends|family|colleagues)) calls? me\b", "call me"),
        (rf"^name\s*[:=]\s*(?={_UPPER})", "My name is "),
        (rf"^(?:{_HELLO}[\s,!.]+)?(?!{_ASKS})({_UPPER}[\w'-]*(?: {_UPPER}[\w'-]*)?) is (?:my (?:full |first )?name"
         rf"|what i am called)\b", r"My name is \1"),
        (rf"\b(i'm|i am|my name is) ({_NAME}), (?:aged? )?(\d{{1,3}})(?: years old)?(?:,| and)(?: i(?:'m| am))? (?=an? )",
         r"\1 \2. I am \3. I am "),
        (rf"\b(i'm|i am|my name is) ({_NAME}), (?:aged? )?(\d{{1,3}})(?: years old)?(?:,| and) (?=from |live |living )",
         r"\1 \2. I am \3. I am "),
        (rf"\b(i'm|i am|my name is) ({_NAME}),? (?:and )?(?:aged? )?(\d{{1,3}})(?: years old)?(?=[.!]|$|,? and )",
         r"\1 \2. I am \3"),
        # a note about the user
        (rf"^(?:you are|you're) (?:talking|speaking|chatting) (?:to|with) (?:an? )?(?:\w+ (?:named|called) )?(?={_UPPER})",
         "The user is called "),
        (r"^(?:remember|note|important)[\s,:]+(?:that )?(?=the (?:user|customer|client)\b)", ""),
        (r"\bi(?:'ve| have)? (?:just )?turned (\d{1,3})\b(?: (?:last|this|on|in|a|yesterday|today)\b[^.,;!?]*)?", r"I am \1"),
        (r"\bi(?:'m| am) (\d{1,3}) ?(?:yo|y/o|years? of age)\b", r"I am \1"),
        (r"\bi am originally from\b", "I come from"),
        (r"\b(i(?:'m| am) \d{1,3}(?: years old)?),? (?:and )?(?:i was )?(?=born (?:in|on)\b)", r"\1. I was "),
        (r"\bmyself (?=[A-Z])", "I'm "),
        # corrections
        (r"^(?:scratch that|my (?:mistake|bad)|just kidding|let me (?:correct|fix)(?: that| it| myself)?|typo"
         r"|correction)[\s,:;.-]+",
         "No, "),
        (rf"^(?:sorry|no|oops)?[\s,:;.-]*(?:typo[\s,:;.-]+)?(?!{_ASKS})({_UPPER}\w+) "
         rf"(?:should be|is wrong,? it(?:'s| is)) ", "No, I meant "),
        (r"\bmy ([\w ]{2,20}?)(?: is not| isn't| isnt|'s not) [^.,;]{1,40}[,;.]? (?:but |it(?:'s| is) |my \1 is )",
         r"my \1 is "),
        # only a name or a number is a new value here, as `not now, later` does not correct anything
        (r"^(?:no[\s,]+)?not (?-i:[A-Z\d])[\w'-]*[\s,;.]+(?:but |it(?:'s| is) )?(?=(?-i:[A-Z\d]))", "No, I meant "),
        (r"^(?:wait|oops|sorry|no)[\s,.]+(?:no|sorry)[\s,.]+(?=\d|(?-i:[A-Z]))(?!I\b|I')", "No, I meant "),
        (r"^(?:oops|sorry|no)[\s,.]+([\w' -]{1,40}?),? (?:is what )?i mean(?:t)?[.!]*$", r"No, I meant \1"),
        (r"\bi(?:'ve| have)? (?:quit|left|lost) (?:that|my|the)(?: old)? job(?:,| and)+ (?:i )?(?:became|now work as"
         r"|started as|am now|work as)\b", "I work as"),
        (r"^i (?:think|believe|guess|suppose|would say)(?: that)? (?=my |i am |i'm )", ""),
        (r"^i(?:'ve)? changed my mind[\s,:;.]+(?:it(?:'s| is)|make (?:it|that)|now it(?:'s| is))\b", "No, it's"),
        (r"^(?:that(?:'s| is)|you(?:'re| are)|this is) (?:wrong|not right|not correct|incorrect)[\s,:;.]+(?=my |i |i'm |it's )",
         "No, "),
        (r"\bforget (where i live|how old i am|who i am|what i(?:'m| am) called)\b",
         lambda match: f"forget my {_SAID_OF_ME.get(match[1].split()[0].lower(), 'name')}"),
        (r"\b(?:forget|delete|erase|remove) my (\w+) (?:from|in) (?:your|the) memory\b", r"forget my \1"),
        (r"^(?:and )?(?:i|we|they)(?:'ve| have)? (?:since |just |now )?(?:changed|renamed) (?:it|that|him|her) to ",
         "No, I meant "),
        (rf"\b(moved to [^.,;!?]+?) (?:{_WHEN})(?=[.,;!?]|$)", r"\1"),
        (rf"^({_HELLO})\s*\?$", r"\1"),
        # questions about the user
        (r"\bwhat name (?:did i|have i) (?:give|given|tell|told) you\b|^(?:my |the )?name\s*\?*$|^do i have a name\b"
         r"|\bwho are you (?:talking|speaking|chatting) (?:to|with)\b", "what is my name"),
        (r"^my ([^?]{2,60}), (?:right|correct|isn't it|true|yes)\s*\??$", r"is my \1?"),
        (r"^(?:is(?:n't|nt)? it (?:true|right|correct) that|do you (?:think|believe)(?: that)?|is it) "
         r"((?:my|i'm|i am|i) [^?]{2,60}?)[?.\s]*$", r"\1?"),
        (r"^my ((?:\w+ ){1,3}?)(is|are) ([^?.!;]{1,60})\?$", r"\2 my \1\3?"),
        (r"^i(?:'m| am) ([^?.!;]{1,60})\?$", r"am i \1?"),
        (r"^i (live|like|love|work|speak|have|study) ([^?.!;]{1,60})\?$", r"do i \1 \2?"),
        (r"\bin (what|which) (year|city|country) ", r"\1 \2 "),
        (r"\b(?:what(?:'s| is) )?my good name\b", "what is my name"),
        (r"\bwhat (?:should|do|can|must) (?:you|i|we) call me\b|\bhow (?:should|do|can) you (?:call|address) me\b",
         "what do you call me"),
        (r"\bdid i (?:already |ever |just )*(?:tell you|mention|say)(?: to you)? my ([\w ]{2,30}?)(?: already| before"
         r"| yet)?\?*$",
         r"what is my \1?"),
        (r"\b(?:who i am|what i(?:'m| am) called)\b", "my name"),
        (r"\bwhat do i do\b(?! (?:with|about|if|when|now|next|here|to|for))", "what do I do for work"),
        (r"\bwhat (?:shouldn't|should not|must not|mustn't|should) you (?:forget|keep in mind)\b", "what should you remember"),
        (r"\bkeep in mind(?: that)?\b", "remember that"),
        (r"^(?:(?:please|can you|could you|now|and|ok|so)[\s,]+)*(?:read|give|show|tell)(?: me)?"
         r" my (?!(?:messages|questions)\b)([\w -]{2,30}?)(?: again| please)?[.?!]*$", r"what is on my \1?"),
        (r"^(?:and )?(?:in )?(what|which) (state|country)(?: then)?\s*\?*$", r"\1 \2 is it in?"),
        (r"^who ?a?m ?i\b|\bwhat (?:name )?do i go by\b", "who am i"),
        (r"^((?:the |my )?(?:\w+ ){0,2}(?:code|number|password|address|id|date|name)) please[.?]*$", r"what is \1?"),
        (r"^(?:isn't|isnt|wasn't|aren't|arent) (?=my\b)", "is "),
        (r"^(?:and |so )?where from\s*\??$", "where am i from?"),
        (r"\b(?:which|what) (?:city|country|town|place|village|state) (?:am i|do i come) from\b", "where am i from"),
        (r"^(?:please |can you |could you |now )*(?:greet me|spell (?:out )?my name|(?:address|call) me by (?:my )?name)\b.*",
         "what is my name?"),
        (r"\bwhat do (?:they|people|my \w+) call me\b", "what do you call me"),
        (r"\byou (?:may|might|should) call me\b", "call me"),
        (rf"^(?:{_HELLO}[\s,!.]+)?it'?s (?-i:([A-Z]?[a-z]{{2,15}})) here\b", _here),
        (r"(?m:^)age\s*[:=]\s*(?=\d{1,3}\b)", "I am "),
        (rf"(?m:^)({'|'.join(_LABELS)})\s*[:=]\s*(?=[^\W\d_])(?!(?:none|no|remote|unknown|n/a)\b)(?![^\n]*[@\d])",
         lambda match: _LABELS[match[1].lower()]),
        (r"^(?:please |can you |could you )*remind me ((?:to|that) [^?]*)\??$", r"remember: \1"),
        (r"\b(?:will|would) you (?:still )?(?:remember|know) (?:me|my name|this|that|it)\b.*", "how long will you remember?"),
        (r"^(?:let )?([a-z]) ?= ?([\w.-]{1,30})$", r"my \1 is \2"),
        (r"^(?:and )?what(?:'s| is)(?: the value of)? ([a-hj-z])\s*\??$", r"what is my \1?"),
        # sums
        (r"\bhalf (?:of )?(\d[\d.]*)", r"\1 / 2"),
        (r"\ba (third|quarter|fifth|tenth) of (\d[\d.]*)", lambda match: f"{match[2]} / {_PARTS[match[1].lower()]}"),
        (r"\b(?:double|twice) (\d[\d.]*)", r"2 * \1"),
        (r"\b(\d[\d.]*) squared\b", r"\1 * \1"),
        (r"\b(\d[\d.]*) cubed\b", r"\1 * \1 * \1"),
        (r"\b(\d[\d.]*) ?(?:\^|\*\*|(?:to|raised to) the power of) ?([2-9]"
         r"|1\d)\b", lambda match: " * ".join([match[1]] * int(match[2]))),
        (rf"^(?:{_HELLO}[\s,!.]+)?({_NAME}) here\b[\s,.;!]+(?:and )?(?:i(?:'m| am) )?(?=living|working|studying|from"
         rf"|based|a |an )", r"I'm \1. I am "),
        (r"\bsubtract (\d[\d.]*) from (\d[\d.]*)", r"\2 - \1"),
        (r"\bdifference (?:between|of) (\d[\d.]*) and (\d[\d.]*)", r"\1 - \2"),
        (r"\b(\d[\d.]*) take away (\d[\d.]*)", r"\1 - \2"),
        (r"\bdivide (\d[\d.]*) by (\d[\d.]*)", r"\1 / \2"),
    )
)  # fmt: skip
_SPACES = re.compile(r"[^\S\n]+")
_ASKS_LOUDLY = re.compile(r"(?:[\s,]+(?:please|pls))?\s*(?:\?[?!]*|!+\?[?!]*)\s*$", re.IGNORECASE)
_CALLS_OUT = re.compile(r"(?<=[^\W_])\s*!+\s*$")
_BEGINS_A_NAME = re.compile(r"(?:(?<=\bin )|(?<=\bfrom )|(?<=\bnamed )|(?<=\bcalled )|(?<=\bname is ))\w")
_GREETINGS = re.compile(rf"^(?:{_HELLO}[\s,!.]+)+(?={_HELLO}\b)", re.IGNORECASE)
_GREETING_BEFORE = re.compile(
    rf"^{_HELLO}[\s,!.]+(?=(?:no|not|wait|oops|sorry|actually|typo|correction|scratch that|i think|i believe|i guess)\b"
    r"|remind me|(?:i|we) (?:just |now )?(?:changed|renamed)\b|\d+[.)]\s|(?:let )?[a-z]{1,12}\s*[:=])",
    re.IGNORECASE,
)


@lru_cache(maxsize=1_000)
def readable(text: str) -> str:
    """The text as the rules read it: translated, without typing errors, and in the words of the rules."""
    if len(text) > LONGEST:
        return text
    found = in_signs(corrected(in_english(_plain(text))))
    for pattern, put in _PHRASES:
        found = pattern.sub(put, found)
    return found


def _plain(text: str) -> str:
    """The text without details that do not change its meaning: capitals only, a second greeting, signs at the end."""
    said = _SPACES.sub(" ", text.strip())
    if said.isupper() and " " in said:
        said = _BEGINS_A_NAME.sub(lambda match: match[0].upper(), said.lower())
    said = _ASKS_LOUDLY.sub("?", said) if any(map(str.isalnum, said)) else said
    return _CALLS_OUT.sub("", _GREETING_BEFORE.sub("", _GREETINGS.sub("", said)))
