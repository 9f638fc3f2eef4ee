"""Words that are looked for in stored text."""

import json


def like(words: str) -> str:
    """A pattern for LIKE … ESCAPE '!'."""
    for sign in "!%_":
        words = words.replace(sign, f"!{sign}")
    return f"%{words}%"


def escaped(words: str) -> str:
    """As most session classes store them: JSON with each letter outside ASCII as an escape."""
    return json.dumps(words)[1:-1]
