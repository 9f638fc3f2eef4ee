"""Every kind of item has its letter, its colour and its name."""

import re
from pathlib import Path
from typing import get_args

import pytest

from lessons.kit.items import Kind
from lessons.ui.page import heading
from lessons.ui.widgets.item_kinds import KINDS, badge

STYLE = Path(heading.__file__).with_name("style.css")


@pytest.fixture(scope="module")
def colours() -> dict[str, str]:
    """The colour classes of kinds that the style sheet has."""
    style = STYLE.read_text(encoding="utf-8")
    colours = dict(re.findall(r"--kind-([a-z]+): (#[0-9a-f]{6});", style))
    assert {name for name in colours if f".kind.{name} {{ --k: var(--kind-{name}); }}" in style} == set(colours)
    return colours


def test_every_kind_has_an_entry():
    assert list(KINDS) == list(get_args(Kind))


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_kind_has_a_letter_a_name_and_a_style(kind, colours):
    look = KINDS[kind]
    assert look.colour in colours
    assert re.fullmatch("[A-Z]", look.letter)
    assert look.name[0].isupper()
    assert badge(kind) == f'<b class="kind {look.colour}" role="img" aria-label="{kind}">{look.letter}</b>'


def test_no_two_kinds_look_the_same(colours):
    assert len({look.letter for look in KINDS.values()}) == len(KINDS)
    assert len({colours[look.colour] for look in KINDS.values()}) == len(KINDS)
    assert len(colours) == len(KINDS)
