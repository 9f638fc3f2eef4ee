"""Plain words: what is shown, documented and commented uses none of the old-fashioned turns of the word list."""

import ast
import re
from pathlib import Path

import pytest

from tests.course.claims_of_words import texts_of

ROOT = Path(__file__).parents[1]
REFUSED = {
    r"anew\b": "again",
    r"mend(?:s|ed|ing)?\b": "fix, correct",
    r"meanwhile\b": "in the meantime, or nothing",
    r"under way\b": "running",
    r"tak(?:e|es|ing|en) (?:\w+ ){0,4}along\b": "include",
    r"beside\b": "next to",
    r"by then\b": "in the meantime, or nothing",
    r"held in \w+ ways\b": "run in … ways",
    r"of (?:its|their|his|her|one's|your|my|our) own"
    r"(?=[\s\"'`]*(?:[.,;:!?)\]}*<|]|$| (?:with|without|in|at|is|that|and|or|to|on|from|are)\b))": "its own …, separate",
    r"(?<!there )(?<!here )is no (?!longer\b)[a-z]": "is not a",
    r"that there (?:is|are) not\b": "that does not exist",
    r"there is not\b(?! (?:enough|room))": "does not exist",
    r"dearer\b": "more expensive",
    r"who has the \w+ has\b": "anyone with the …",
    r"is (?:up )?to be had\b": "is available",
    r"It did not hold\b": "The rows do not show it",
    r"(?:what|which|whether|where)\b[^.:;\"]*, the rows? do(?:es)? not show\b": "The rows do not show what …",
    r"needs? not (?:be|have|do)\b": "do not have to, can",
    r"cannot be told\b(?! goodbye)": "is not known",
}
WORDS = re.compile(rf"\b(?:{'|'.join(REFUSED)})", re.IGNORECASE | re.MULTILINE)
"""Checked in the source of every module, so in its strings, docstrings and comments, and in the documents.

Each begins where a word does. That is looked for once for all of them, which takes a sixth of the time.
"""

FILES = sorted(
    [
        *ROOT.glob("lessons/**/*.py"),
        *(path for kind in ("js", "css", "html") for path in ROOT.glob(f"lessons/**/*.{kind}")),
        *ROOT.glob("pages/*.py"),
        *(path for path in ROOT.glob("tests/**/*.py") if path.name != "test_words.py"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("*.md"),
        *ROOT.glob("*.py"),
    ]
)


def test_no_refused_words_where_a_text_goes_over_two_lines():
    """A text that goes on in the next literal, or a paragraph in the next line, is read as a whole."""
    found = []
    for path in FILES:
        source = path.read_text(encoding="utf-8")
        texts = texts_of(ast.parse(source)) if path.suffix == ".py" else [source] if path.suffix == ".md" else []
        whole = (" ".join(text.split()) for text in texts)
        found += [f"{path.relative_to(ROOT)}: {match[0]!r}" for text in whole for match in WORDS.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    "folder", sorted({path.parent for path in FILES}), ids=lambda folder: str(folder.relative_to(ROOT))
)
def test_no_refused_words(folder):
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]!r} in {line.strip()[:90]}"
        for path in FILES
        if path.parent == folder
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for match in WORDS.finditer(line)
    ]
    assert found == []


NAMES = re.compile(r"^\s*(?:async )?(?:def|class) (\w+)|^(\w+)(?:: [^=\n]+)? = ", re.MULTILINE)


def test_no_refused_words_in_names():
    """Names of functions, classes and constants are read as words: `made_anew` has a refused one."""
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        if path.suffix == ".py"
        for names in NAMES.findall(path.read_text(encoding="utf-8"))
        for name in names
        if WORDS.search(name.replace("_", " "))
    ]
    assert found == []


def test_the_list_refuses_what_it_is_for():
    assert WORDS.search("Every add sets the whole TTL anew.")
    assert WORDS.search("that is no envelope")
    assert WORDS.search("an engine of its own")
    assert not WORDS.search("This is no longer so. There is no row. Your own class.")
