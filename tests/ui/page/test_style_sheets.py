"""What a browser cannot do leaves the page as usable as before."""

import re
from pathlib import Path

import pytest

import lessons.ui

SHEETS = sorted(Path(lessons.ui.__file__).parent.rglob("*.css"))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_an_animation_by_scrolling_is_asked_for_first(sheet: Path):
    """Without scroll timelines, as in Firefox, such an animation is at its end at once: the header would cover the title."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    asked_for = re.sub(r"@supports \(animation-timeline: [^{]*\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}", "", text)
    assert "animation-timeline:" not in re.sub(r"@supports[^{]*\{", "{", asked_for)
