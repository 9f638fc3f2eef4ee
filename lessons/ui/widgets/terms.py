"""The words of the glossary in a text of the app: the first use of each opens its meaning, by a click, a tap or a key."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from html import unescape

from lessons.guides.glossary import GLOSSARY, Term
from lessons.ui.widgets.markup import attribute, text


@cache
def explained(words: str, place: str, before: tuple[str, ...] = ()) -> str:
    """`words` escaped, with a button for the first use of each term. `words` is a text of the app, never a stored one.

    `before` are the texts before it on the page: a term that is used there has its button there. `place` names this part of
    the page.
    """
    used = {term.name for one in before for term, _, _ in _found(one)}
    parts, end = [], 0
    for term, start, stop in _found(words):
        if term.name in used or start < end:
            continue
        used.add(term.name)
        parts += [text(words[end:start]), _button(term, words[start:stop], place)]
        end = stop
        after = _STOPS.match(words, stop)
        if after:  # a line can begin after a button, also with a comma
            parts[-1] = f'<span class="keep">{parts[-1]}{text(after[0])}</span>'
            end = after.end()
    return "".join([*parts, text(words[end:])])


_STOPS = re.compile(r"[^\w\s]+")
_TAGS = re.compile(r"(<(code|button|a|h[1-6])\b.*?</\2>|<[^>]*>)", re.DOTALL)


@cache
def explained_html(html: str, place: str) -> str:
    """HTML of the app, with a button for the first use of each term in its words; code, links and headings stay as they are."""
    parts: list[str] = []
    said: tuple[str, ...] = ()
    end = 0
    for tag in [*_TAGS.finditer(html), None]:
        words = unescape(html[end : tag.start() if tag else None])
        parts += [explained(words, place, said), tag[0] if tag else ""]
        said, end = (*said, words), tag.end() if tag else end
    return "".join(parts)


def meanings(words: str) -> str:
    """The meanings of the terms in `words` that a first lesson does not use in every line, one a line; '' without any."""
    found = dict.fromkeys(term for term, _, _ in _found(words) if term.name not in IN_EVERY_LINE)
    return "\n".join(f"{term.name}: {term.means}" for term in list(found)[:MEANINGS])


IN_EVERY_LINE = ("session", "item", "row", "run", "turn", "agent", "store")
MEANINGS = 3
"""The most terms that one line explains: more would push the next line away."""


def glossary_html(terms: Iterable[Term] = GLOSSARY) -> str:
    """The words with their meanings, in alphabetical order."""
    ordered = sorted(terms, key=lambda term: term.name.casefold())
    entries = "".join(f"<dt>{text(term.name)}</dt><dd>{text(term.means)}</dd>" for term in ordered)
    return f'<dl class="glossary">{entries}</dl>'


def _button(term: Term, words: str, place: str) -> str:
    """The browser opens and closes it, above everything and with no run of the page; Escape closes it too."""
    id_ = attribute(f"term-{place}-{term.name.replace(' ', '-')}")
    return (
        f'<button type="button" class="term" popovertarget="{id_}">{text(words)}</button>'
        f'<span popover id="{id_}" role="note" class="meaning"><b>{text(term.name)}</b> {text(term.means)}</span>'
    )


def _found(words: str) -> Iterator[tuple[Term, int, int]]:
    """Every use of a term, with its place in the text, in order. If several terms fit at a place, the longest is taken."""
    pattern, terms = _pattern()
    for match in pattern.finditer(words):
        group = match.lastgroup or ""
        yield terms[group], *match.span(group)


@cache
def _pattern() -> tuple[re.Pattern[str], dict[str, Term]]:
    """One group for each form of a term, the longest first. Code such as session.get_items() holds no term."""
    forms = sorted(
        ((form, term) for term in GLOSSARY for form in (term.name, *term.forms)), key=lambda one: -len(one[0])
    )
    ways, terms = [], {}
    for number, (form, term) in enumerate(forms):
        terms[f"g{number}"] = term
        before = rf"\b(?:{'|'.join(term.only_after)}) " if term.only_after else ""
        # Inside a term of several words a capital begins a name: "the tool Call a method" has no tool call.
        letters = re.escape(form) if " " not in form else rf"{re.escape(form[0])}(?-i:{re.escape(form[1:])})"
        ways.append(rf"{before}(?<![\w.(])(?P<g{number}>{letters})(?![\w(=]|\.\w)")
    return re.compile("|".join(ways), re.IGNORECASE), terms
