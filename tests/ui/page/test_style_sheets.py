"""What a browser cannot do leaves the page as usable as before."""

import re
from pathlib import Path

import pytest

import lessons.ui

LARGE = re.compile(r"\.st-key-(?:bench|ledger-place|panel)\b")
"""The large parts of a page."""

SHEETS = sorted(Path(lessons.ui.__file__).parent.rglob("*.css"))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_an_animation_by_scrolling_is_asked_for_first(sheet: Path):
    """Without scroll timelines, as in Firefox, such an animation is at its end at once: the header would cover the title."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    asked_for = re.sub(r"@supports \(animation-timeline: [^{]*\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}", "", text)
    assert "animation-timeline:" not in re.sub(r"@supports[^{]*\{", "{", asked_for)


def _split(selector: str, at: str) -> list[str]:
    """The parts of a selector, split where no bracket is open."""
    depth, parts = 0, [""]
    for letter in selector:
        depth += (letter in "([") - (letter in ")]")
        if depth == 0 and letter in at:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_no_large_part_of_the_page_is_asked_what_it_holds_for_the_sake_of_what_is_in_it(sheet: Path):
    """With a rule such as `.stApp:not(:has(…)) button`, Chromium styled all of a page again whenever anything in it changed.

    A large part may set a variable by what it holds: `.stApp:has(…) { --stop: none; }`.
    """
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    selectors = [one for head in re.findall(r"[^{};]+(?=\{)", text) if "@" not in head for one in _split(head, ",")]
    assert selectors
    around = [compound for one in selectors for compound in _split(one, " >+~\n")[:-1] if ":has(" in compound]
    assert [one for one in around if LARGE.search(one) or not one.startswith(".st-key-")] == []
