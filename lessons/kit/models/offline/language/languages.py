"""Self-introductions and questions about oneself in other languages, put into the English that the rules read.

German, French, Spanish, Portuguese, Hindi in Latin script and Chinese. What no pattern fits stays as it is.
"""

import re
from functools import lru_cache

from lessons.kit.models.offline.language.typos import corrected

_V = r"(?P<v>[^.,;!?。，！？؟]{1,80}?)"
_NAME = r"(?P<v>(?-i:[A-ZÀ-ÖØ-Þ])[\w'-]*(?: (?-i:[A-ZÀ-ÖØ-Þ])[\w'-]*){0,2})"
_FULL_STOP = r"\s*(?=[.,;!?。，！？]|$)"

_NAME_IS, _LIVE, _FROM, _WORK, _AGE, _LIKE = (
    "My name is {v}",
    "I live in {v}",
    "I am from {v}",
    "I work as {v}",
    "I am {v} years old",
    "I like {v}",
)
_ASKS_NAME, _ASKS_HOME = "What is my name?", "Where do I live?"

# Each is tried on one part of a sentence, from its start. Questions stand before statements, which would take them for values.
_PATTERNS = tuple(
    (re.compile(rf"(?:{pattern}){_FULL_STOP}", re.IGNORECASE), english)
    for pattern, english in (
        # German
        (r"wie (?:heiße|heisse) ich|wie ist mein name|was ist mein name|wer bin ich", _ASKS_NAME),
        (r"wo (?:wohne|lebe) ich", _ASKS_HOME),
        (rf"(?:ich )?(?:heiße|heisse) {_V}|mein name ist {_V.replace('<v>', '<w>')}", _NAME_IS),
        (rf"ich bin (?:der |die )?{_NAME}", _NAME_IS),
        (rf"(?:ich )?(?:wohne|lebe) (?:in|bei) {_V}", _LIVE),
        (rf"(?:ich )?komme aus {_V}", _FROM),
        (rf"(?:ich )?arbeite als {_V}", _WORK),
        (r"(?:ich )?bin (?P<v>\d{1,3}) jahre alt", _AGE),
        (rf"ich (?:mag|liebe) {_V}", _LIKE),
        # French
        (
            r"comment (?:est-ce que )?je m'appelle|comment m'appelle-je|quel est mon (?:nom|prénom)|qui suis-je",
            _ASKS_NAME,
        ),
        (r"o[uù] (?:est-ce que )?j'habite|o[uù] habit[eé]-je", _ASKS_HOME),
        (rf"(?:moi,? )?(?:je )?m'appelle {_V}|mon (?:nom|prénom) est {_V.replace('<v>', '<w>')}", _NAME_IS),
        (rf"je suis {_NAME}", _NAME_IS),
        (rf"(?:j')?habite (?:à|a|en|au|aux) {_V}|je vis (?:à|en|au) {_V.replace('<v>', '<w>')}", _LIVE),
        (rf"(?:je )?viens (?:de |d'|du ){_V}", _FROM),
        (rf"(?:je )?travaille comme {_V}", _WORK),
        (r"(?:j')?ai (?P<v>\d{1,3}) ans", _AGE),
        (rf"j'(?:aime|adore) {_V}", _LIKE),
        # Spanish
        (r"¿?\s*(?:cómo|como) me llamo|¿?\s*(?:cuál|cual) es mi nombre|¿?\s*(?:quién|quien) soy", _ASKS_NAME),
        (r"¿?\s*(?:dónde|donde) vivo", _ASKS_HOME),
        (rf"(?:yo )?me llamo {_V}|mi nombre es {_V.replace('<v>', '<w>')}", _NAME_IS),
        (rf"(?:yo )?soy {_NAME}(?: de (?P<place>{_NAME.replace('<v>', '<x>')}))?", _NAME_IS),
        (rf"(?:yo )?vivo en {_V}", _LIVE),
        (rf"(?:yo )?soy de {_V}", _FROM),
        (rf"(?:yo )?trabajo (?:como|de) {_V}", _WORK),
        (r"(?:yo )?tengo (?P<v>\d{1,3}) años", _AGE),
        (rf"me gustan? {_V}|me encantan? {_V.replace('<v>', '<w>')}", _LIKE),
        # Portuguese
        (
            r"(?:qual|quem) (?:é|e) (?:o )?meu nome|como (?:é que )?(?:eu )?me chamo|como me chamo|quem sou eu",
            _ASKS_NAME,
        ),
        (r"onde (?:é que )?(?:eu )?(?:moro|vivo)", _ASKS_HOME),
        (rf"(?:o )?meu nome (?:é|e) {_V}|(?:eu )?me chamo {_V.replace('<v>', '<w>')}", _NAME_IS),
        (rf"chamo-me {_V}", _NAME_IS),
        (rf"(?:eu )?sou (?:o |a )?{_NAME}", _NAME_IS),
        (rf"(?:eu )?(?:moro|vivo) (?:em|no|na) {_V}", _LIVE),
        (rf"(?:eu )?(?:sou|venho) d[eoa] {_V}", _FROM),
        (rf"(?:eu )?trabalho como {_V}", _WORK),
        (r"(?:eu )?tenho (?P<v>\d{1,3}) anos", _AGE),
        (rf"(?:eu )?gosto de {_V}", _LIKE),
        # Hindi in Latin script
        (r"mera (?:naam|nam) kya (?:hai|he)|main kaun (?:hoon|hun|hu)", _ASKS_NAME),
        (r"(?:main|mai|mein) kahan (?:rehta|rehti|rahta|rahti) (?:hoon|hun|hu)", _ASKS_HOME),
        (rf"mera (?:naam|nam) {_V} (?:hai|he)", _NAME_IS),
        (rf"(?:main|mai) {_V} (?:mein|me|mai) (?:rehta|rehti|rahta|rahti) (?:hoon|hun|hu)", _LIVE),
        (rf"(?:main|mai) {_V} se (?:hoon|hun|hu)", _FROM),
        (rf"(?:main|mai) {_NAME} (?:hoon|hun|hu)", _NAME_IS),
        # Chinese
        (r"(?:我叫|我的名字(?:是|叫))什么(?:名字)?|我是谁", _ASKS_NAME),
        (r"我住在?哪(?:里|儿)?", _ASKS_HOME),
        (rf"我叫{_V}|我的名字(?:是|叫){_V.replace('<v>', '<w>')}", _NAME_IS),
        (rf"我(?:现在)?住在?{_V}", _LIVE),
        (rf"我(?:来自|是从){_V}", _FROM),
        (rf"我(?:喜欢|爱){_V}", _LIKE),
    )
)  # fmt: skip

_MAYBE = re.compile(
    r"[\u4e00-\u9fff]|\b(?:ich|bin|heiße|heisse|wohne|komme|mein|wie|wo|je|j'|m'appelle|mon|comment|quel|qui|o[uù]|me|soy|vivo"
    r"|mi|c[oó]mo|cu[aá]l|d[oó]nde|qui[eé]n|trabajo|tengo|meu|eu|sou|moro|chamo|qual|onde|quem|tenho|gosto|trabalho|mera|main"
    r"|mai|yo|wer|was)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:hallo|guten (?:tag|morgen|abend)|servus|moin|bonjour|salut|bonsoir|coucou|hola|buenos d[ií]as|buenas|olá|ola|oi"
    r"|bom dia|namaste|namaskar|你好|您好|hi|hello|hey)(?:[\s,!.，！。]+|$)",
    re.IGNORECASE,
)
_PARTS = re.compile(r"(?<=[.!?;。！？])\s*|[,，]\s*|\s+(?:und|et|y|e|aur)\s+|\n+")


@lru_cache(maxsize=1_000)
def in_english(text: str) -> str:
    """The text with each part that introduces the user, or asks about them, in English; the whole text as it is without one.

    `Ich heiße Jürgen und wohne in Köln` becomes `My name is Jürgen. I live in Köln.`
    """
    if len(text) > 400 or not _MAYBE.search(text):
        return text
    found = [(part, _translated(part)) for part in _PARTS.split(_GREETING.sub("", text)) if part.strip()]
    if not any(english for _, english in found):
        return text
    return " ".join(english or part.strip() for part, english in found)


def readable(text: str) -> str:
    """The text as the rules read it: in English where it introduces somebody, and without slips of typing."""
    return corrected(in_english(text))


def _translated(part: str) -> str:
    """One part in English; '' where no pattern fits it."""
    tidy = _GREETING.sub("", part.strip().replace("’", "'"))
    for pattern, english in _PATTERNS:
        if match := pattern.match(tidy):
            if english.endswith("?"):
                return english
            groups = match.groupdict()
            value = next(filter(None, (groups.get(name) for name in "vw")), "").strip()
            place = groups.get("place")
            return english.format(v=value) + "." + (f" I am from {place}." if place else "")
    return ""
