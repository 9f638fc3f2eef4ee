"""One word for the many that learners use for the same thing, in questions; errors keep their words."""

import re

_PHRASES = (
    (
        r"\b(?:do\w{0,2}|did|can?|will|wo|is)(?:n['’]?t| not|t) (?:even |seem to )?(?:remember|recall|know|keep)\w*",
        "forget",
    ),
    (
        r"\b(?:can ?not|can['’]?t|wo(?:n['’]?t)|do(?:es)?n['’]?t|unable to|fail\w* to) (?:be )?(?:connect|reach)\w*",
        "not reached",
    ),
    (r"\bconnexion\b", "connection"),
    (r"\b(?:two|2|several|multiple) times\b|\bdoubled?\b", "twice"),
    (r"\b(?:in parallel|simultaneous\w*|at (?:the )?(?:same time|once)|concurren\w*)\b", "same time"),
    (r"\bonly (?:send )?(?:the )?(?:last|newest|latest|recent)\b", "limit fewer newest"),
    (r"\bhuman[ -]in[ -]the[ -]loop\b", "approval"),
    (r"\bback(?:ing)? up\b", "export"),
    (r"\bapikey\b", "api key"),
    (
        r"\b(?:write|build|make|implement|create) (?:my|your|our|an?) (?:own )?(?:custom )?(?:session|store|storage|backend)\b",
        "own class",
    ),
)
_FOR_ONE = {
    "delete": "wipe purge remove erase",
    "disappear": "vanish vanishes",
    "lost": "gone lose loses losing losed",
    "restart": "reboot reload refresh redeploy",
    "remember": "recall recalls",
    "message": "msg msgs",
    "user": "customer customers people person persons",
    "stored": "saved save saves persisted",
    "long": "big huge large",
    "expensive": "costly",
    "slower": "slow",
    "database": "db",
    "postgresql": "postgres pg",
    "mysql": "mariadb",
    "agent": "bot chatbot assistant",
    "separate": "seperate",
    "encrypted": "encrypt",
    "decrypted": "decrypt",
    "jupyter": "notebook",
    "undo": "revert rollback",
    "image": "picture photo",
    "export": "backup download",
    "summary": "summarize summarise",
    "many": "much",
    "file": "pdf document documents",
    "send": "upload",
    "twice": "repeated",
    "branch": "fork",
}
_WORDS = {word: one for one, words in _FOR_ONE.items() for word in words.split()}
_SAYS_NOTHING = """
can could should would shall may might me we us you your our are am were did using gets got want need help please there then
but so if just really now im ive dont doesnt wont cant isnt them they he she his her who any some about into out up down as
than also very
"""
_FILLERS = frozenset(_SAYS_NOTHING.split())


def in_plain_words(question: str) -> str:
    """The question with one word for each thing, and without words that say nothing."""
    plain = question.casefold()
    for pattern, said in _PHRASES:
        plain = re.sub(pattern, said, plain)
    words = re.findall(r"[\w'’.-]+", plain)
    return " ".join(_WORDS.get(word, word) for word in words if word not in _FILLERS)
